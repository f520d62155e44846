#include "xrdct/pipeline/tomogram_stage.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/stop_watch.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace xrdct {

namespace {

std::string number_text(double value) {
  std::array<char, 64> number{};
  std::snprintf(number.data(), number.size(), "%.6g", value);
  return number.data();
}

std::string with_unit(double value, std::string const& unit) {
  return number_text(value) + (unit.empty() ? "" : " " + unit);
}

/// A layer without any frame is left undefined, but not all of them.
void require_a_layer(std::vector<slab_to_fill> const& layers) {
  for (auto const& layer : layers)
    if (std::ranges::any_of(layer.entries.present, [](std::uint8_t p) { return p != 0; })) return;
  throw input_error("no tomogram can be made: none of the " + std::to_string(layers.size()) +
                    " layers has a measured entry");
}

}  // namespace

void reconstruct_slabs(tomogram_plan const& plan, device& backend, communicator const& ranks,
                       std::vector<slab_to_fill> const& layers, std::vector<channel_slab> const& slabs,
                       slab_writer& file, run_record& run, std::string const& when_stopped) {
  auto const size = static_cast<std::uint64_t>(plan.geometry.size);
  sectored_array shape{size, size, plan.bins, plan.channels, slabs, {}};
  auto const solver = together(ranks, [&] {
    if (plan.layers.several()) require_a_layer(layers);
    return backend.make_tomograph(plan.geometry);
  });
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto const& sinogram = layers[i];
    if (plan.layers.several()) shape.layer = i;
    // All that a rank has of all sectors first, so that none waits for a sector that others work on.
    auto const made = together(ranks, [&] {
      stop_watch watch(ranks, when_stopped);
      auto tomogram = make_tomogram(plan, *solver, sinogram, shape.rows_of(ranks.rank()));
      watch.finish();
      return tomogram;
    });
    auto line = describe(made.filled, sinogram.entries, plan.how_to_fill);
    if (plan.layers.several() && !line.empty())
      line = "layer at " + with_unit(plan.layers.centres[i], plan.layers.unit) + ": " + line;
    if (ranks.root() && !line.empty()) log_warning(line);
    run.end_of("tomogram");

    write_slabs(file, ranks, "/entry/tomogram/intensity", shape, made.intensity);
    if (sinogram.has_errors) write_slabs(file, ranks, "/entry/tomogram/intensity_errors", shape, made.error);
    run.end_of("write");
  }
}

void tell_axis(tomogram_plan const& plan, std::string const& translation_unit) {
  log_info("rotation axis: at translation " + with_unit(plan.axis, translation_unit) + " (" + plan.axis_method + ")");
}

}  // namespace xrdct
