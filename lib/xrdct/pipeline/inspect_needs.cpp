#include "xrdct/pipeline/inspect_needs.hpp"

#include "xrdct/base/memory.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/pipeline/memory_need.hpp"
#include "xrdct/pipeline/solver_stage.hpp"

#include <algorithm>
#include <filesystem>

namespace xrdct {
namespace {

std::vector<std::uint64_t> with_parts(measurement const& m, bin_layout const& bins, std::vector<std::uint64_t> shape) {
  if (bins.sectors > 0) shape.insert(shape.begin(), bins.sectors);
  if (m.scan.layers.several()) shape.insert(shape.begin(), m.scan.layers.count());
  return shape;
}

/// Every pixel in one bin: what is left of reducing is decoding and a sum.
integration_matrix sum_of_all(int rows, int columns) {
  integration_matrix matrix;
  matrix.rows = rows;
  matrix.columns = columns;
  matrix.bins = 1;
  matrix.offsets.resize(matrix.pixels() + 1);
  for (std::size_t p = 0; p <= matrix.pixels(); ++p) matrix.offsets[p] = static_cast<std::uint32_t>(p);
  matrix.bin.assign(matrix.pixels(), 0);
  matrix.coefficient.assign(matrix.pixels(), 1.0F);
  return matrix;
}

void sum_up_only(measurement& m) {
  for (auto& detector : m.detectors) {
    detector.pixels = {};
    detector.matrix = sum_of_all(detector.stack.format.rows, detector.stack.format.columns);
  }
  m.radial = {0};
  m.azimuthal = {};
}

/// One frame of every detector takes the sum of what they take.
void add_detector(frame_rate& sum, frame_rate const& one) {
  if (sum.frames == 0 || one.frames == 0) {
    sum = one;
    return;
  }
  auto const both = 1 / (1 / sum.frames + 1 / one.frames);
  auto const bytes = (sum.bytes / sum.frames + one.bytes / one.frames) * both;
  sum = {both, bytes, std::min(sum.measured, one.measured)};
}

std::uint64_t most_frames_of_a_rank(measurement const& m) {
  std::uint64_t most = 0;
  for (auto const& slice : m.slices) {
    auto const from = m.status.begin() + static_cast<std::ptrdiff_t>(slice.first);
    auto const to = from + static_cast<std::ptrdiff_t>(slice.count);
    most = std::max(most, slice.count - static_cast<std::uint64_t>(std::count(from, to, frame_status::missing)));
  }
  return most;
}

void time_frames(job const& what, measurement const& m, device& backend, double seconds, time_found& found) {
  auto const reducers = make_reducers(m, what, backend);
  auto const batch = common_batch(reducers, m, what.run.batch);
  auto const share = seconds / static_cast<double>(m.detectors.size());
  for (std::size_t i = 0; i < m.detectors.size(); ++i) {
    add_detector(found.reading, time_reading(m.detectors[i], share / 4));
    add_detector(found.reducing, time_reducing(m, i, *reducers[i], batch, share * 3 / 4));
  }
  if (found.reducing.frames > 0) found.reduce = static_cast<double>(most_frames_of_a_rank(m)) / found.reducing.frames;
}

/// The sinograms of all layers with their errors, a layer's tomogram, and what solving takes.
std::uint64_t memory_of_iterations(measurement const& m, tomogram_plan const& tomogram, int rank, int ranks,
                                   bool keeps) {
  auto const slab = channel_layout(m.channels(), ranks)[static_cast<std::size_t>(rank)];
  auto const size = static_cast<std::uint64_t>(tomogram.geometry.size);
  auto const pixels = size * size / static_cast<std::uint64_t>(slab.members);
  return (2 * m.scan.entries() + pixels) * slab.count * sizeof(float) + memory_to_solve(tomogram, slab) +
         (keeps ? memory_to_keep(tomogram, slab) : 0);
}

/// The sinograms of all layers with their errors, a layer's tomogram with its errors, and filtered samples of the
/// channels that are worked on at a time: two of variances, which are kept; then, what is more of the samples of
/// intensities with the layer's variances (and, where projections go on beside the field, copies of both that do), and
/// a rank's share of what is written at a time, unless it is written from where it lies, and once more where it is
/// compressed: noise hardly gets smaller.
std::uint64_t memory_of_fbp(measurement const& m, tomogram_plan const& tomogram, int rank, int ranks,
                            chunk_compression how) {
  constexpr std::uint64_t channels_at_once = 64;
  constexpr std::uint64_t written_at_once = 256'000'000;  // bytes of all ranks
  auto const slab = channel_layout(m.channels(), ranks)[static_cast<std::size_t>(rank)];
  auto const size = static_cast<std::uint64_t>(tomogram.geometry.size);
  auto const pixels = size * size / static_cast<std::uint64_t>(slab.members);
  auto const of_layer = m.scan.rotation.size() * m.scan.translation.size();
  auto const with_margins =
      m.scan.rotation.size() * (m.scan.translation.size() + 2 * static_cast<std::uint64_t>(tomogram.margin));
  auto const copies = tomogram.margin > 0 ? 2 * with_margins * slab.count * sizeof(float) : 0;
  auto const samples = with_margins * channels_at_once * sizeof(float);
  auto const held = (2 * m.scan.entries() + 2 * pixels) * slab.count * sizeof(float) + 2 * samples;
  auto const plain = std::min(written_at_once, size * size * m.channels() * sizeof(float));
  bool const gathered = ranks > 1 || m.bins().sectors > 0;
  auto const written = (gathered ? plain : 0) + (how == chunk_compression::none ? 0 : plain);
  return held + std::max(of_layer * slab.count * sizeof(float) + copies + samples,
                         written / static_cast<std::uint64_t>(ranks));
}

// What a rank takes beside its data, measured with one thread: libraries, their buffers, and the code; what MPI shares
// with ranks of the same node; what a tomogram is written with; and, of iterations, lists and sums of a few pixels. Of
// projections that go on beside the field, what is left of their making.
constexpr std::uint64_t memory_of_program = 26'000'000;
constexpr std::uint64_t memory_of_company = 8'000'000;
constexpr std::uint64_t memory_of_tomogram = 7'000'000;
constexpr std::uint64_t memory_of_iterating = 6'000'000;
constexpr std::uint64_t memory_of_padding = 8'000'000;

}  // namespace

double array_found::bytes() const {
  double all = quantities * static_cast<double>(sizeof(float));
  for (auto const n : shape) all *= static_cast<double>(n);
  return all;
}

std::vector<array_found> result_arrays(job const& what, measurement const& m, tomogram_plan const* tomogram) {
  int const errors = what.geometry.errors != error_model::none ? 1 : 0;
  auto const& integration = what.geometry.integration;
  bin_layout bins{static_cast<std::uint64_t>(integration.bins),
                  static_cast<std::uint64_t>(integration.azimuth_bins.value_or(0))};
  if (!m.radial.empty()) bins = m.bins();
  if (tomogram == nullptr) {
    std::vector<std::uint64_t> shape{m.frames(), bins.channels};
    if (bins.sectors > 0) shape.insert(shape.begin() + 1, bins.sectors);
    return {{"patterns", shape, 5 + errors}};
  }
  auto const size = static_cast<std::uint64_t>(tomogram->geometry.size);
  return {
      {"sinogram", with_parts(m, bins, {m.scan.rotation.size(), m.scan.translation.size(), bins.channels}), 3 + errors},
      {"tomogram", with_parts(m, bins, {size, size, tomogram->channels.count}),
       iterative(tomogram->solver.algorithm) ? 1 : 1 + errors}};
}

memory_found memory_needed(measurement const& m, reducer_list const& reducers, std::uint64_t batch, rank_count ranks,
                           tomogram_plan const* tomogram, chunk_compression how, bool keeps) {
  auto const plan = plan_exchange(m.slices, m.channels(), batch);
  memory_found found;
  found.ranks = ranks.all;
  for (int rank = 0; rank < ranks.all; ++rank) {
    auto need = memory_to_reduce(m, reducers, plan, rank);
    if (tomogram != nullptr) {
      bool const iterates = iterative(tomogram->solver.algorithm);
      auto const data = iterates ? memory_of_iterations(m, *tomogram, rank, ranks.all, keeps) + memory_of_iterating
                                 : memory_of_fbp(m, *tomogram, rank, ranks.all, how);
      auto const padding = tomogram->margin > 0 ? memory_of_padding : 0;
      need = std::max(need, data + memory_of_tomogram + padding);
    }
    need += memory_of_program + (ranks.all > 1 ? memory_of_company : 0);
    // Who leads a node sets up the geometry, as this process has by now.
    if (rank % ranks.here == 0) need = std::max(need, most_memory_used());
    found.all_ranks += need;
    if (rank < ranks.here) found.this_node += need;
  }
  found.available = available_memory();
  return found;
}

disk_found disk_needed(job const& what, std::vector<array_found> const& results) {
  disk_found found;
  for (auto const& array : results) found.result += array.bytes();
  std::error_code ignored;
  found.folder = std::filesystem::current_path(ignored).string();
  if (!what.output.empty()) found.folder = std::filesystem::absolute(what.output, ignored).parent_path().string();
  found.free = free_disk_space(found.folder + "/result");
  return found;
}

time_found time_needed(job const& what, measurement& m, device& backend, tomogram_plan const* tomogram,
                       double seconds) {
  time_found found;
  found.backend = backend.description();
  found.ranks = static_cast<int>(m.slices.size());
  found.decoding_only = m.radial.empty();
  bool const errors = what.geometry.errors != error_model::none;
  if (found.decoding_only) {
    auto plain = what;
    plain.geometry.errors = error_model::none;
    plain.geometry.reject = {};
    sum_up_only(m);
    time_frames(plain, m, backend, seconds, found);
    return found;
  }
  time_frames(what, m, backend, seconds * 2 / 3, found);
  if (tomogram != nullptr)
    found.tomogram = time_tomogram(*tomogram, backend, errors, seconds / 3) / static_cast<double>(m.slices.size());
  return found;
}

}  // namespace xrdct
