// Stages of single frames: reading, decoding, integrating.
#include "kernels/common/bit_transpose.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/bench/stages.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/kernels/frame_buffer.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/frame_memory.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <algorithm>
#include <atomic>
#include <memory>

namespace xrdct {
namespace {

constexpr std::uint64_t any_number = std::uint64_t{1} << 40;

void require_ok(frame_status status, std::uint64_t frame) {
  if (status != frame_status::ok)
    throw input_error("frame " + std::to_string(frame) + ": " + std::string(describe(status)));
}

/// Calls work(frame, thread) for frames shared out one by one.
template <class F>
void share_frames(thread_team& team, std::uint64_t frames, F const& work) {
  std::atomic<std::uint64_t> next{0};
  team.run([&](int thread) {
    for (auto i = next++; i < frames; i = next++) work(i, thread);
  });
}

/// Patterns of several batches that are reduced at a time.
class pattern_buffer {
 public:
  pattern_buffer(std::size_t batches, std::uint64_t batch, std::uint64_t channels)
      : batch_(batch),
        channels_(channels),
        values_(batches * batch * pattern_quantities * channels),
        status_(batches * batch) {}

  patterns part(std::size_t which, std::uint64_t frames) {
    auto const rows = [&](std::size_t quantity) {
      auto const first = (which * batch_ * pattern_quantities + quantity) * channels_;
      return view<float>(values_.data() + first, frames, channels_, pattern_quantities * channels_);
    };
    auto const status = std::span(status_).subspan(which * batch_, frames);
    std::ranges::fill(status, frame_status::ok);
    return {rows(0), rows(1), rows(2), rows(3), status, {}, {}};
  }

 private:
  std::uint64_t batch_, channels_;
  std::vector<float> values_;
  std::vector<frame_status> status_;
};

/// A reducer at work on frames in memory, batch after batch: as many as it works on at a time, and one that is ready.
class reducing {
 public:
  reducing(stage_input const& input, frames_in_memory const& frames)
      : reducer_(input.backend.make_reducer({&input.scan.detectors[0].matrix, &input.scan.detectors[0].pixels,
                                             input.what.geometry.errors, input.what.geometry.reject},
                                            frames.format)),
        batch_(
            static_cast<std::uint64_t>(input.what.run.batch.value_or(static_cast<int>(reducer_->preferred_batch())))),
        memory_(reducer_->frame_memory()),
        frames_(frames.frames),
        at_once_(std::max<std::size_t>(1, reducer_->batches_at_once())),
        buffer_(at_once_ + 1, batch_, input.scan.channels()),
        places_(at_once_ + 1) {
    if (!reducer_->frame_memory().is_equal(*std::pmr::new_delete_resource())) move_frames();
  }

  /// Frames that keep the device busy: as many batches as it works on at a time.
  std::uint64_t step() const { return batch_ * at_once_; }

  void run(std::uint64_t frames) {
    std::size_t next = 0;
    for (std::uint64_t first = 0; first < frames; first += batch_) {
      auto& here = places_[next];
      finish(here);
      for (auto i = first; i < std::min(first + batch_, frames); ++i)
        here.frames.push_back(frames_[i % frames_.size()]);
      here.into = buffer_.part(next, here.frames.size());
      here.work = reducer_->submit(here.frames, here.into);
      next = (next + 1) % places_.size();
    }
    for (auto& place : places_) finish(place);
  }

 private:
  /// A batch under way, if any.
  struct batch_place {
    std::vector<frame> frames;
    patterns into;
    std::unique_ptr<done> work;
  };

  /// To where the device wants them, and where they would be read to.
  void move_frames() {
    for (auto& one : frames_) one.bytes = chunks_.emplace_back(one.bytes.begin(), one.bytes.end(), &memory_);
  }
  static void finish(batch_place& place) {
    if (!place.work) return;
    place.work->wait();
    place.work.reset();
    place.frames.clear();
    for (std::size_t i = 0; i < place.into.status.size(); ++i) require_ok(place.into.status[i], i);
  }

  std::unique_ptr<frame_reducer> reducer_;
  std::uint64_t batch_;
  frame_memory memory_;
  std::vector<frame_buffer> chunks_;
  std::vector<frame> frames_;  // over and over
  std::size_t at_once_;
  pattern_buffer buffer_;
  std::vector<batch_place> places_;
};

double pattern_bytes(stage_input const& input) {
  return static_cast<double>(pattern_quantities * input.scan.channels() * sizeof(float));
}

}  // namespace

stage_probe read_stage(stage_input const& input) {
  auto const& stack = input.scan.detectors[0].stack;
  auto const slice = input.scan.slices[static_cast<std::size_t>(input.ranks.rank())];
  auto const readers = readers_for(input.what.run, input.threads);
  // As xrdct reads: 32 frames, or fewer of long ones.
  constexpr double batch_bytes = 32 * 2.5 * (1 << 20);
  auto const batch = static_cast<std::uint64_t>(std::clamp(batch_bytes / input.frames.mean_bytes, 1.0, 32.0));
  stage_probe made{bench_stage::read, {}, ""};
  made.what.threads = stack.of_images() ? static_cast<int>(readers) : 1;
  made.what.step = std::min<std::uint64_t>(batch, slice.count);
  made.what.most = slice.count;
  made.what.bytes_in = made.what.bytes_out = input.frames.mean_bytes;
  made.what.note = "the file, from the page cache after the first time";
  made.what.run = [&stack, slice, readers, batch](std::uint64_t frames) {
    frame_stream stream(stack, slice.first, frames, batch, 2, readers);
    while (auto some = stream.next()) stream.recycle(std::move(*some));
  };
  return made;
}

stage_probe lz4_stage(stage_input const& input, int threads) {
  auto const& frames = input.frames;
  stage_probe made{bench_stage::lz4, {}, frames.no_lz4};
  made.what.threads = threads;
  made.what.most = any_number;
  made.what.bytes_in = frames.mean_bytes;
  made.what.bytes_out = static_cast<double>(frames.format.bytes());
  made.what.note = "LZ4_decompress_safe alone, block by block into a buffer that stays in the cache";
  if (!made.skipped.empty()) return made;
  auto const team = std::make_shared<thread_team>(threads);
  auto const buffers = std::make_shared<std::vector<std::vector<std::byte>>>(
      threads, std::vector<std::byte>(std::max(frames.tables[0].block_bytes, std::size_t{1})));
  made.what.run = [&frames, team, buffers](std::uint64_t count) {
    share_frames(*team, count, [&](std::uint64_t i, int thread) {
      auto const& table = frames.tables[i % frames.tables.size()];
      auto& out = (*buffers)[static_cast<std::size_t>(thread)];
      out.resize(std::max(out.size(), std::min(table.block_bytes, table.decoded_bytes)));
      for (std::size_t b = 0; b < table.blocks.size(); ++b) require_ok(decode_by_liblz4(table, b, out.data()), i);
    });
  };
  return made;
}

stage_probe unshuffle_stage(stage_input const& input) {
  auto const& frames = input.frames;
  stage_probe made{bench_stage::unshuffle, {}, frames.no_lz4};
  if (made.skipped.empty() && !frames.tables[0].bit_shuffled) made.skipped = "the frames are not bit-shuffled";
  auto const pixels = static_cast<double>(frames.format.bytes());
  made.what.threads = input.threads;
  made.what.most = any_number;
  made.what.bytes_in = made.what.bytes_out = pixels;
  made.what.note = "blocks of bit planes to pixels, into a buffer that stays in the cache";
  if (!made.skipped.empty()) return made;
  // The planes of one frame serve for all: what unshuffling does depends on no bit of them.
  auto const& table = frames.tables[0];
  auto const planes = std::make_shared<std::vector<std::byte>>(table.decoded_bytes);
  for (std::size_t b = 0; b < table.blocks.size(); ++b)
    require_ok(decode_by_liblz4(table, b, planes->data() + b * table.block_bytes), 0);
  auto const team = std::make_shared<thread_team>(input.threads);
  auto const element = bytes_of(frames.format.type);
  made.what.run = [&table, planes, team, element](std::uint64_t count) {
    share_frames(*team, count, [&](std::uint64_t, int) {
      thread_local std::vector<std::byte> out;
      out.resize(table.block_bytes);
      for (std::size_t b = 0; b < table.blocks.size(); ++b)
        unshuffle_block(planes->data() + b * table.block_bytes, table.bytes_of(b) / element, element, out.data());
    });
  };
  return made;
}

stage_probe integrate_stage(stage_input const& input) {
  constexpr std::uint64_t most = 8;  // far more than caches hold
  auto const pixels = std::make_shared<frames_in_memory>(decoded(input.frames, most));
  auto const work = std::make_shared<reducing>(input, *pixels);
  stage_probe made{bench_stage::integrate, {}, ""};
  made.what.threads = input.threads;
  made.what.step = work->step();
  made.what.most = any_number;
  made.what.bytes_in = static_cast<double>(pixels->format.bytes());
  made.what.bytes_out = pattern_bytes(input);
  made.what.note = "pixels in memory to patterns";
  made.what.run = [pixels, work](std::uint64_t frames) { work->run(frames); };
  return made;
}

stage_probe reduce_stage(stage_input const& input) {
  auto const work = std::make_shared<reducing>(input, input.frames);
  stage_probe made{bench_stage::reduce, {}, ""};
  made.what.threads = input.threads;
  made.what.step = work->step();
  made.what.most = any_number;
  made.what.bytes_in = input.frames.mean_bytes;
  made.what.bytes_out = pattern_bytes(input);
  made.what.note = "chunks in memory to patterns, decoding and integrating at once";
  made.what.run = [work](std::uint64_t frames) { work->run(frames); };
  return made;
}

}  // namespace xrdct
