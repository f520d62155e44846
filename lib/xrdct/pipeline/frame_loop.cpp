#include "xrdct/pipeline/frame_loop.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace xrdct {
namespace {

constexpr std::size_t batches_ahead = 2;                       // read while one is reduced
constexpr std::uint64_t batch_bytes = std::uint64_t{1} << 28;  // of frames as they are read, at most

/// A batch on the device. `running` is destroyed first: it waits, and the device uses the rest.
struct batch_on_device {
  frame_batch batch;
  std::uint64_t first = 0;  // in the slice
  std::unique_ptr<done> running;
};

patterns rows_of(frame_slice const& slice, std::uint64_t first, std::size_t frames) {
  auto const channels = static_cast<std::size_t>(slice.scan.channels());
  auto const stride = pattern_quantities * channels;
  float* const start = slice.patterns.data() + first * stride;
  auto const quantity = [&](std::size_t q) { return view<float>(start + q * channels, frames, channels, stride); };
  return {quantity(0),
          quantity(1),
          quantity(2),
          quantity(3),
          std::span(slice.records.status).subspan(first, frames),
          std::span(slice.records.raw_sum).subspan(first, frames),
          std::span(slice.records.saturated).subspan(first, frames)};
}

/// What was known before the frame was read goes first.
void set_status(frame_slice const& slice, batch_on_device const& work) {
  for (std::size_t i = 0; i < work.batch.frames.size(); ++i) {
    auto const known = slice.scan.status[slice.frames.first + work.first + i];
    slice.records.status[work.first + i] = known != frame_status::ok ? known : work.batch.status[i];
  }
}

void use_frame_norm(frame_slice const& slice, std::uint64_t frame) {
  auto const channels = slice.scan.channels();
  double const factor = slice.scan.frame_norm[slice.frames.first + frame];
  if (factor == 1) return;
  for (auto& norm : slice.patterns.subspan((frame * pattern_quantities + 2) * channels, channels))
    norm = static_cast<float>(norm * factor);
}

/// Waits for a batch, applies frame norms, refuses bad frames.
void complete(frame_slice const& slice, batch_on_device& work) {
  work.running->wait();
  for (std::uint64_t i = work.first; i < work.first + work.batch.frames.size(); ++i) {
    auto const status = slice.records.status[i];
    if (status == frame_status::ok) use_frame_norm(slice, i);
    if (is_bad(status) && !slice.skip_bad_frames)
      refuse_frame(slice.scan.stack, slice.frames.first + i, std::string(describe(status)));
  }
}

}  // namespace

std::uint64_t choose_batch(frame_reducer const& reducer, measurement const& m, std::optional<int> const& asked) {
  if (asked && *asked < 1) throw usage_error("--batch must be at least 1, not " + std::to_string(*asked));
  if (asked) return static_cast<std::uint64_t>(*asked);
  // What HDF5 decodes is read as pixels, however little of it is stored.
  auto const largest = m.stack.format.code == encoding::raw
                           ? m.stack.format.bytes()
                           : *std::max_element(m.stack.stored_bytes.begin(), m.stack.stored_bytes.end());
  auto const fitting = std::max<std::uint64_t>(1, batch_bytes / std::max<std::uint64_t>(1, largest));
  return std::clamp<std::uint64_t>(reducer.preferred_batch(), 1, fitting);
}

void reduce_slice(frame_slice const& slice, frame_reducer& reducer, after_batch const& next) {
  if (slice.frames.count == 0) return;
  frame_stream stream(slice.scan.stack, slice.frames.first, slice.frames.count, slice.batch, batches_ahead);
  std::optional<batch_on_device> before;
  std::uint64_t begun = 0;
  std::uint64_t bytes = 0;
  while (auto batch = stream.next()) {
    batch_on_device work{std::move(*batch), begun, nullptr};
    auto const count = work.batch.frames.size();
    set_status(slice, work);
    work.running = reducer.submit(work.batch.frames, rows_of(slice, begun, count));
    if (before) {
      complete(slice, *before);
      before->running.reset();
      stream.recycle(std::move(before->batch));
    }
    bool const go_on = next(begun, bytes);
    begun += count;
    bytes += work.batch.bytes;
    before.emplace(std::move(work));
    if (!go_on) return;
  }
  if (before) complete(slice, *before);
  next(begun, bytes);
}

}  // namespace xrdct
