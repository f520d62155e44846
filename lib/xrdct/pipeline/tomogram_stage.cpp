#include "xrdct/pipeline/tomogram_stage.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"

#include <array>
#include <cstdio>

namespace xrdct {

void reconstruct_slabs(tomogram_plan const& plan, device& backend, communicator const& ranks,
                       slab_to_fill const& sinogram, std::vector<channel_slab> const& slabs, slab_writer& file,
                       run_record& run) {
  auto const size = static_cast<std::uint64_t>(plan.geometry.size);
  sectored_array const shape{size, size, plan.bins, plan.channels, slabs};
  // All that a rank has of all sectors first, so that none waits for a sector that others work on.
  auto const made =
      together(ranks, [&] { return make_tomogram(plan, backend, sinogram, shape.rows_of(ranks.rank())); });
  auto const line = describe(made.filled, sinogram.entries, plan.how_to_fill);
  if (ranks.root() && !line.empty()) log_warning(line);
  run.end_of("tomogram");

  write_slabs(file, ranks, "/entry/tomogram/intensity", shape, made.intensity);
  if (!sinogram.has_errors) return;
  write_slabs(file, ranks, "/entry/tomogram/intensity_errors", shape, made.error);
}

void tell_axis(tomogram_plan const& plan, std::string const& translation_unit) {
  std::array<char, 64> number{};
  std::snprintf(number.data(), number.size(), "%.6g", plan.axis);
  std::string const unit = translation_unit.empty() ? "" : " " + translation_unit;
  log_info("rotation axis: at translation " + std::string(number.data()) + unit + " (" + plan.axis_method + ")");
}

}  // namespace xrdct
