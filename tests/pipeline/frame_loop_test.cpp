#include "xrdct/pipeline/frame_loop.hpp"

#include "tests/pipeline/small_scan.hpp"
#include "tests/support/counted_memory.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <span>
#include <thread>
#include <vector>

namespace xrdct {
namespace {

/// Copies the number of a frame into its pattern, at once or when it is waited for.
class numbering : public frame_reducer {
 public:
  explicit numbering(bool at_once, std::size_t batches = 1) : at_once_(at_once), batches_at_once_(batches) {}

  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    std::this_thread::sleep_for(std::chrono::microseconds(500));  // all that may be read is read meanwhile
    memory_.insert(frames.data());
    for (auto const& one : frames)
      if (!one.bytes.empty() && !frame_bytes_.holds(one.bytes.data(), one.bytes.size())) in_its_memory_ = false;
    for (std::size_t i = 0; i < frames.size(); ++i)
      if (!frames[i].bytes.empty()) bytes_ += std::to_integer<unsigned>(frames[i].bytes.back());
    auto work = std::make_unique<waiting>();
    work->frames = frames;
    work->into = into;
    work->at_once = at_once_;
    work->under_way = &under_way_;
    most_under_way_ = std::max(most_under_way_, ++under_way_);
    if (at_once_) work->fill();
    return work;
  }
  std::size_t preferred_batch() const override { return 4; }
  std::size_t batches_at_once() const override { return batches_at_once_; }
  std::size_t most_under_way() const { return most_under_way_; }
  std::size_t memory() const override { return 0; }
  std::pmr::memory_resource& frame_memory() override { return frame_bytes_; }

  /// Where the batches were: those of one stream keep their memory.
  std::set<frame const*> const& batches() const { return memory_; }
  /// Whether all frames were in the memory that it asks for, and have given it back.
  bool had_frames_in_its_memory() const { return in_its_memory_ && frame_bytes_.in_use() == 0; }

 private:
  struct waiting : done {
    std::span<frame const> frames;
    patterns into;
    bool at_once = true;
    std::size_t* under_way = nullptr;
    waiting() = default;
    waiting(waiting const&) = delete;
    waiting& operator=(waiting const&) = delete;
    ~waiting() override { --*under_way; }
    void fill() {
      for (std::size_t i = 0; i < frames.size(); ++i)
        if (into.status[i] == frame_status::ok) into.signal(i, 0) = static_cast<float>(frames[i].id + 1);
    }
    void wait() override {
      if (!at_once) fill();
    }
    bool is_over() const override { return at_once; }
  };
  bool at_once_;
  std::size_t batches_at_once_;
  std::size_t under_way_ = 0, most_under_way_ = 0;
  unsigned bytes_ = 0;
  bool in_its_memory_ = true;
  test::counted_memory frame_bytes_;
  std::set<frame const*> memory_;
};

TEST(frame_loop, holds_no_more_batches_for_a_device_that_works_on_its_own) {
  test::temporary_folder folder;
  test::small_scan const scan;
  scan.write(folder.path());
  auto const what = scan.reconstruction(folder.path(), (folder / "out.h5").string());
  auto const m = examine(what, 1);
  struct kind {
    bool at_once;
    std::size_t batches;
  };
  for (auto const& [at_once, batches] : {kind{true, 1}, kind{false, 1}, kind{false, 2}, kind{false, 3}}) {
    std::vector<float> values(m.frames() * pattern_quantities * m.channels());
    frame_records records;
    records.resize(m.frames());
    numbering reducer(at_once, batches);
    std::uint64_t told = 0;
    frame_slice const slice{m, {0, m.frames()}, 4, false, values, records, 2};
    EXPECT_TRUE(reduce_slice(slice, 0, reducer, [&](std::uint64_t frames, std::uint64_t) {
      EXPECT_GE(frames, told);
      told = frames;
      return true;
    }));
    EXPECT_EQ(told, m.frames());
    EXPECT_LE(reducer.batches().size(), batches + (batches > 1 ? 2 : 1));  // those that are read ahead
    EXPECT_EQ(reducer.most_under_way(), at_once ? 1 : batches + 1);
    EXPECT_TRUE(reducer.had_frames_in_its_memory());
    for (std::uint64_t f = 0; f < m.frames(); ++f)
      EXPECT_EQ(values[f * pattern_quantities * m.channels()], static_cast<float>(f + 1)) << f;
  }
}

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

/// Three frames of 20 MB of pixels, of which little is stored; the last is missing.
measurement long_frames(encoding code) {
  measurement m;
  auto& stack = m.detectors.emplace_back().stack;
  stack.format = {code, pixel_type::u32, 2000, 2500};
  stack.frames = 3;
  stack.stored_bytes = {mebibyte, 3 * mebibyte, 0};
  return m;
}

TEST(frame_loop, batches_of_long_frames_are_short) {
  numbering const reducer(true);  // asks for 4 frames
  auto const batch = [&](encoding code, std::uint64_t bytes) {
    auto stack = long_frames(code).stack();
    stack.stored_bytes[0] = bytes;
    return choose_batch(reducer, stack, {});
  };
  EXPECT_EQ(batch(encoding::bitshuffle_lz4, 100), 3U);  // of 3 MiB in 4 x 2.5 MiB
  EXPECT_EQ(batch(encoding::bitshuffle_lz4, 9 * mebibyte), 1U);
  EXPECT_EQ(batch(encoding::bitshuffle_lz4, 99 * mebibyte), 1U);
  EXPECT_EQ(batch(encoding::raw, 100), 1U);
  auto stack = long_frames(encoding::bitshuffle_lz4).stack();
  EXPECT_EQ(choose_batch(reducer, stack, 9), 9U);
  stack.stored_bytes = {1, 1, 1};
  EXPECT_EQ(choose_batch(reducer, stack, {}), 4U);
}

TEST(frame_loop, memory_of_batches_is_that_of_the_longest_frames_of_the_slice) {
  auto const m = long_frames(encoding::bitshuffle_lz4);
  auto const longest = room_for_frame(3 * mebibyte);
  EXPECT_EQ(batch_memory(m, {0, 3}, 1, 1), 2 * longest);
  EXPECT_EQ(batch_memory(m, {0, 3}, 2, 1), 3 * longest);  // there are no four
  EXPECT_EQ(batch_memory(m, {0, 3}, 1, 2), 3 * longest);  // two are reduced at a time
  EXPECT_EQ(batch_memory(m, {0, 1}, 2, 1), room_for_frame(mebibyte));
  EXPECT_EQ(batch_memory(m, {1, 0}, 2, 1), 0U);
  EXPECT_EQ(batch_memory(long_frames(encoding::raw), {0, 3}, 1, 1), 2U * room_for_frame(20'000'000U));
  auto images = m;
  images.detectors[0].stack.segments.emplace_back().image = true;
  EXPECT_EQ(batch_memory(images, {0, 3}, 1, 1), 3 * longest);  // two are read meanwhile
}

TEST(frame_loop, two_batches_are_read_ahead_of_several_at_once_if_there_is_room) {
  auto m = long_frames(encoding::bitshuffle_lz4);
  auto& stack = m.detectors[0].stack;
  stack.frames = 100;
  auto const batches_of = [&](std::uint64_t bytes, std::uint64_t batch, std::uint64_t at_once) {
    stack.stored_bytes.assign(100, bytes);
    return batch_memory(m, {0, 100}, batch, at_once) / (batch * room_for_frame(bytes));
  };
  EXPECT_EQ(batches_of(mebibyte, 10, 1), 2U);
  EXPECT_EQ(batches_of(mebibyte, 10, 2), 4U);
  EXPECT_EQ(batches_of(mebibyte, 20, 3), 5U);  // all of 100 frames
  EXPECT_EQ(batches_of(6 * mebibyte, 10, 2), 4U);
  EXPECT_EQ(batches_of(7 * mebibyte, 10, 2), 3U);  // four would take more than 256 MiB
}

TEST(frame_loop, leaves_the_rest_out_when_it_is_told_to) {
  test::temporary_folder folder;
  test::small_scan const scan;
  scan.write(folder.path());
  auto const m = examine(scan.reconstruction(folder.path(), (folder / "out.h5").string()), 1);
  for (bool const at_once : {true, false}) {
    std::vector<float> values(m.frames() * pattern_quantities * m.channels());
    frame_records records;
    records.resize(m.frames());
    numbering reducer(at_once);
    frame_slice const slice{m, {0, m.frames()}, 4, false, values, records, 1};
    EXPECT_FALSE(reduce_slice(slice, 0, reducer, [&](std::uint64_t frames, std::uint64_t) { return frames < 12; }));
    EXPECT_EQ(values[11 * pattern_quantities * m.channels()], 12.0F);
    EXPECT_EQ(values[40 * pattern_quantities * m.channels()], 0.0F);
  }
}

}  // namespace
}  // namespace xrdct
