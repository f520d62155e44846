#include "xrdct/pipeline/time_estimate.hpp"

#include "xrdct/base/timer.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/ray_plan.hpp"
#include "xrdct/tomo/solver.hpp"

#include <algorithm>
#include <array>

namespace xrdct {
namespace {

/// Frames of a scan compress differently at its ends and in its middle.
constexpr std::array places{0.5, 0.125, 0.875};

/// The first frame at or after a share of the stack that is there, or before it where none follows.
std::uint64_t frame_at(frame_stack const& stack, double share) {
  auto const from = static_cast<std::uint64_t>(share * static_cast<double>(stack.frames));
  auto const is_there = [&](std::uint64_t frame) { return stack.stored_bytes[frame] > 0; };
  for (auto frame = from; frame < stack.frames; ++frame)
    if (is_there(frame)) return frame;
  for (auto frame = from; frame > 0; --frame)
    if (is_there(frame - 1)) return frame - 1;
  return from;
}

/// What a run over some places adds up to.
struct tally {
  double seconds = 0;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;

  frame_rate rate() const {
    if (frames == 0 || seconds <= 0) return {};
    return {static_cast<double>(frames) / seconds, static_cast<double>(bytes) / seconds, frames};
  }
};

/// How many frames may be looked at, so that their patterns take little memory.
std::uint64_t most_frames(std::uint64_t channels, std::uint64_t batch) {
  constexpr std::uint64_t memory = std::uint64_t{1} << 25;
  auto const of_frame = pattern_quantities * channels * sizeof(float);
  return std::max(2 * batch, memory / std::max<std::uint64_t>(1, of_frame));
}

/// The loop of the reduce stage over frames from `first` on, timed from where its first batch is done, as that waits
/// for the first bytes and for memory; or from its start, where there is no second one.
void reduce_from(std::uint64_t first, std::uint64_t count, frame_slice slice, std::size_t detector,
                 frame_reducer& reducer, double seconds, tally& sum) {
  std::vector<float> values(count * pattern_quantities * slice.scan.channels());
  frame_records records;
  records.resize(count);
  frame_slice const part{slice.scan, {first, count}, slice.batch, true, values, records};
  timer since_start;
  struct mark {
    double seconds = 0;
    std::uint64_t frames = 0, bytes = 0;
  };
  std::vector<mark> marks{{}};
  reduce_slice(part, detector, reducer, [&](std::uint64_t frames, std::uint64_t bytes) {
    if (frames > 0) marks.push_back({since_start.seconds(), frames, bytes});
    return since_start.seconds() < seconds || marks.size() < 3;
  });
  auto const& begin = marks.size() > 2 ? marks[1] : marks[0];
  auto const& end = marks.back();
  auto const stored = slice.scan.detectors[detector].stack.stored_bytes.begin() + static_cast<std::ptrdiff_t>(first);
  auto const from = stored + static_cast<std::ptrdiff_t>(begin.frames);
  auto const to = stored + static_cast<std::ptrdiff_t>(end.frames);
  sum.seconds += end.seconds - begin.seconds;
  sum.frames += static_cast<std::uint64_t>(to - from - std::count(from, to, std::uint64_t{0}));
  sum.bytes += end.bytes - begin.bytes;
}

/// Numbers like those of a measurement; nothing that makes arithmetic slower or faster than it is.
std::vector<float> made_up(std::size_t count) {
  std::vector<float> values(count);
  std::uint32_t state = 1;
  for (auto& v : values) {
    state = state * 1664525U + 1013904223U;
    v = 1.0F + static_cast<float>(state >> 8U) * 0x1p-24F;
  }
  return values;
}

/// A few channels of one layer.
class sample_of_tomogram {
 public:
  sample_of_tomogram(tomogram_plan const& plan, device& backend, bool errors, std::uint64_t channels)
      : plan_(plan), solver_(backend.make_tomograph(plan.geometry_of(0))), channels_(channels) {
    plan_.bins = {channels, 0};
    plan_.channels = {0, channels};
    plan_.layers = {};
    auto const rotations = static_cast<int>(plan.geometry.angles.size());
    auto const entries = plan.geometry.angles.size() * static_cast<std::size_t>(plan.geometry.translations);
    entries_ = {rotations, plan.geometry.translations, std::vector<std::uint8_t>(entries, 1)};
    intensity_ = made_up(entries * channels);
    if (errors) error_ = intensity_;
  }

  /// Seconds for the middle rows of the tomogram.
  double seconds(std::uint64_t rows) {
    auto const size = static_cast<std::uint64_t>(plan_.geometry.size);
    auto const entries = entries_.present.size();
    slab_to_fill const sinogram{{0, channels_},
                                entries_,
                                {intensity_.data(), entries, channels_},
                                error_.empty() ? view<float>() : view<float>(error_.data(), entries, channels_),
                                !error_.empty(),
                                {}};
    timer since_start;
    auto const made = make_tomogram(plan_, 0, *solver_, sinogram, {(size - rows) / 2, rows});
    return since_start.seconds();
  }

 private:
  tomogram_plan plan_;
  std::unique_ptr<tomograph> solver_;
  std::uint64_t channels_;
  entry_map entries_;
  std::vector<float> intensity_, error_;
};

/// As many channels as the solver works on at a time, but fewer where the sinogram is large.
std::uint64_t sample_channels(tomogram_plan const& plan, std::uint64_t all) {
  constexpr std::uint64_t least = 64;  // what a device's vectors and caches are made for
  constexpr std::uint64_t memory = std::uint64_t{1} << 25;
  auto const of_channel =
      plan.geometry.angles.size() * static_cast<std::size_t>(plan.geometry.translations) * sizeof(float);
  auto const fitting = memory / std::max<std::uint64_t>(1, of_channel) / least * least;
  return std::min(all, std::clamp<std::uint64_t>(fitting, least, 256));
}

/// Seconds for so many iterations of some channels, of rays where the axes are.
double time_iterations(tomogram_plan plan, device& backend, std::uint64_t channels, int iterations) {
  auto const rotations = static_cast<int>(plan.geometry.angles.size());
  auto const count = plan.geometry.angles.size() * static_cast<std::size_t>(plan.geometry.translations);
  entry_map const entries{rotations, plan.geometry.translations, std::vector<std::uint8_t>(count, 1)};
  auto const rays = rays_of(plan, 0, entries);
  auto const projector = backend.make_projector(rays);
  parts_team alone;
  ray_operator const matrix(*projector, rays, alone, plan.solver.subsets);
  plan.solver.iterations = iterations;
  plan.solver.tolerance = 0;
  auto const sinogram = made_up(count * channels);
  auto const pixels = static_cast<std::size_t>(plan.geometry.size) * static_cast<std::size_t>(plan.geometry.size);
  std::vector<float> image(pixels * channels);
  timer since_start;
  solve(matrix, plan.solver, view<float const>(sinogram.data(), count, channels),
        view<float>(image.data(), pixels, channels));
  return since_start.seconds();
}

/// All channels taking all iterations that they may.
double time_solver(tomogram_plan const& plan, device& backend, double seconds) {
  constexpr std::uint64_t block = 64;  // what devices work on together
  auto const all = plan.channels.count * plan.bins.parts();
  auto const channels = std::min(all, block);
  if (channels == 0) return 0;
  auto const one = time_iterations(plan, backend, channels, 1);
  int const more = std::clamp(static_cast<int>(seconds / std::max(one, 1e-6)), 1, 10);
  auto const several = time_iterations(plan, backend, channels, 1 + more);
  auto const whole = one + std::max(0.0, several - one) / more * (plan.solver.iterations - 1);
  auto const blocks = static_cast<double>((all + block - 1) / block);
  return whole * blocks * static_cast<double>(plan.layers.count());
}

}  // namespace

frame_rate time_reading(detector_input const& detector, double seconds) {
  tally sum;
  frame_reader reader(detector.stack);
  frame_buffer bytes;
  for (double const place : places) {
    timer since_start;
    std::uint64_t read = 0;
    for (auto frame = frame_at(detector.stack, place); frame < detector.stack.frames; ++frame) {
      std::uint32_t mask = 0;
      if (reader.read(frame, bytes, mask) == frame_status::ok) ++read;
      sum.bytes += bytes.size();
      if (since_start.seconds() > seconds / places.size()) break;
    }
    sum.frames += read;
    sum.seconds += since_start.seconds();
  }
  return sum.rate();
}

frame_rate time_reducing(measurement const& m, std::size_t detector, frame_reducer& reducer, std::uint64_t batch,
                         double seconds) {
  auto const& stack = m.detectors[detector].stack;
  frame_records none;
  frame_slice const slice{m, {}, batch, true, {}, none};
  auto const most = most_frames(m.channels(), batch);
  tally sum;
  timer since_start;
  for (double const place : places) {
    auto const first = frame_at(stack, place);
    auto const count = std::min(most, stack.frames - first);
    if (count == 0) continue;
    reduce_from(first, count, slice, detector, reducer, seconds / places.size(), sum);
    if (since_start.seconds() > seconds || sum.frames >= stack.frames) break;
  }
  return sum.rate();
}

double time_tomogram(tomogram_plan const& plan, device& backend, bool errors, double seconds) {
  auto const all = plan.channels.count * plan.bins.parts();
  auto const channels = sample_channels(plan, all);
  if (channels == 0) return 0;
  if (iterative(plan.solver.algorithm)) return time_solver(plan, backend, seconds);
  sample_of_tomogram sample(plan, backend, errors, channels);
  auto const size = static_cast<std::uint64_t>(plan.geometry.size);
  auto const warm_up = sample.seconds(1);
  auto const one_row = warm_up < seconds / 4 ? sample.seconds(1) : warm_up;
  double whole = one_row;
  for (std::uint64_t rows = std::min<std::uint64_t>(size, 8); rows > 1;) {
    auto const some = sample.seconds(rows);
    whole = one_row + std::max(0.0, some - one_row) * static_cast<double>(size - 1) / static_cast<double>(rows - 1);
    if (rows == size || some > seconds / 4) break;
    rows = std::min(size, rows * 4);
  }
  return whole * static_cast<double>(all) / static_cast<double>(channels) * static_cast<double>(plan.layers.count());
}

}  // namespace xrdct
