#include "xrdct/pipeline/tomogram_stage.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/timer.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/stop_watch.hpp"
#include "xrdct/pipeline/sample_absorption.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>

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
  if (layers.size() == 1) throw input_error("no tomogram can be made: none of the entries was measured");
  throw input_error("no tomogram can be made: none of the " + std::to_string(layers.size()) +
                    " layers has a measured entry");
}

/// Channels in which a measured entry has no value are not known anywhere.
void leave_unknown(tomogram_plan const& plan, slab_to_fill const& sinogram, tomogram_slab& made) {
  std::vector<std::size_t> unknown;
  std::size_t bins = 0;
  for (auto const& run : chosen_columns(plan, sinogram.slab))
    for (std::size_t c = run.first; c < run.first + run.count; ++c, ++bins)
      if (!sinogram.emptied.channels.empty() && sinogram.emptied.channels[c] != 0) unknown.push_back(bins);
  for (auto* const values : {&made.intensity, &made.error})
    for (std::size_t pixel = 0; pixel < values->size(); pixel += bins)
      for (auto const bin : unknown) (*values)[pixel + bin] = std::numeric_limits<float>::quiet_NaN();
}

}  // namespace

solver_report reconstruct_slabs(tomogram_plan const& plan, device& backend, communicator const& ranks,
                                std::vector<slab_to_fill> const& layers, std::vector<channel_slab> const& slabs,
                                slab_writer& file, run_record& run, std::string const& when_stopped,
                                checkpoints const* kept) {
  auto const size = static_cast<std::uint64_t>(plan.geometry.size);
  sectored_array shape{size, size, plan.bins, plan.channels, slabs, {}};
  bool const iterates = iterative(plan.solver.algorithm);
  together(ranks, [&] {
    if (plan.layers.several() || iterates) require_a_layer(layers);
  });
  std::unique_ptr<tomograph> solver;  // of all layers, unless each has a geometry of its own
  std::optional<slab_solver> iterations;
  if (iterates) iterations.emplace(plan, backend, ranks, slabs, when_stopped, kept);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto const& sinogram = layers[i];
    if (plan.layers.several()) shape.layer = i;
    // All that a rank has of all sectors first, so that none waits for a sector that others work on.
    auto const rows = shape.rows_of(ranks.rank());
    auto made = iterates ? iterations->solve(i, sinogram, rows) : together(ranks, [&] {
      stop_watch watch(ranks, when_stopped);
      timer const since_start;
      if (!solver || !plan.line_shifts.empty()) solver = backend.make_tomograph(plan.geometry_of(i));
      if (!plan.absorption.empty()) undo_absorption(transmission(plan, i, backend, sinogram.entries), sinogram);
      auto tomogram = make_tomogram(plan, i, *solver, sinogram, rows);
      run.add_own("tomogram", since_start.seconds());
      watch.finish();
      return tomogram;
    });
    if (plan.how_to_fill == fill::none) leave_unknown(plan, sinogram, made);
    auto line = describe(made.filled, sinogram.entries, plan.how_to_fill);
    if (plan.layers.several() && !line.empty())
      line = "layer at " + with_unit(plan.layers.centres[i], plan.layers.unit) + ": " + line;
    if (ranks.root() && !line.empty()) log_warning(line);
    run.end_of("tomogram");

    write_slabs(file, ranks, "/entry/tomogram/intensity", shape, made.intensity);
    if (sinogram.has_errors && !iterates)
      write_slabs(file, ranks, "/entry/tomogram/intensity_errors", shape, made.error);
    run.end_of("write");
  }
  if (iterates) run.add_own("tomogram", iterations->seconds());
  return iterates ? iterations->finish() : solver_report();
}

void tell_solver(tomogram_plan const& plan, bool errors) {
  auto const& solver = plan.solver;
  if (!iterative(solver.algorithm)) return;
  std::string const name(name_of(solver.algorithm));
  log_info(name + ": up to " + std::to_string(solver.iterations) + " iterations; minimises " + objective_of(solver));
  if (errors)
    log_info(name + ": the tomogram has no intensity_errors, as iterations have no exact propagation of errors");
}

void tell_axis(tomogram_plan const& plan, std::string const& translation_unit) {
  log_info("rotation axis: at translation " + with_unit(plan.axis, translation_unit) + " (" + plan.axis_method + ")");
}

}  // namespace xrdct
