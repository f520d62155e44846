#include "xrdct/pipeline/sinogram_corrections.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/pipeline/channel_total.hpp"
#include "xrdct/tomo/despike.hpp"
#include "xrdct/tomo/destripe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace xrdct {
namespace {

// The middle is looked at in some channels only, as few are enough to see that it is off by more than a step, and all
// of a large sinogram would take a tenth of the time of its reconstruction.
constexpr std::uint64_t channels_for_a_hint = 64;
constexpr double steps_for_a_hint = 1;
constexpr double errors_for_a_hint = 5;

std::string number_text(double value, char const* format = "%.6g") {
  std::array<char, 64> number{};
  std::snprintf(number.data(), number.size(), format, value);
  return number.data();
}

std::string with_unit(double value, std::string const& unit, char const* format = "%.6g") {
  return number_text(value, format) + (unit.empty() ? "" : " " + unit);
}

/// All ranks compute the same from the same sums; that they go on alike, nevertheless, is agreed on.
found_axis find_in(std::vector<total_scattering> const& layers, communicator const& ranks, int threads) {
  return together(ranks, [&] { return find_rotation_axis(sum_of_layers(layers), threads); });
}

void tell_found(tomogram_plan const& plan, found_axis const& found, std::string const& unit) {
  if (!found.clear) {
    log_warning("rotation axis: the scan does not tell where it is (" +
                (found.method.empty() ? "" : found.method + ", ") + "error " + number_text(found.error, "%.2g") +
                " steps): the middle of the translations is taken, " + with_unit(plan.axis, unit) +
                "; give --axis POSITION if you know better");
    return;
  }
  log_info("rotation axis: at translation " + with_unit(plan.axis, unit) + " +- " +
           with_unit(found.error * plan.step, unit, "%.2g") + " (" + found.method + ")");
  if (found.truncated)
    log_warning("rotation axis: the sample is larger than the field, so the axis is less certain than it could be");
}

void tell_hint(tomogram_plan const& plan, found_axis const& found, translation_axis const& translation) {
  double const off = std::abs(found.index - (plan.geometry.translations - 1) / 2.0);
  if (!found.clear || found.truncated || off <= std::max(steps_for_a_hint, errors_for_a_hint * found.error)) return;
  log_warning("the rotation axis is assumed in the middle of the translations, at " +
              with_unit(plan.axis, translation.unit) + ", but the sample turns about " +
              with_unit(position_of(plan, translation.positions, found.index), translation.unit) +
              ": use --axis auto, or give --axis POSITION");
}

/// Ranks that share a slab count them once.
std::uint64_t emptied_values_of(tomogram_plan const& plan, std::vector<slab_to_fill> const& layers,
                                communicator const& ranks) {
  std::array<std::uint64_t, 1> found{};
  for (auto const& layer : layers)
    if (layer.slab.member == 0) found[0] += layer.emptied.values;
  ranks.sum(found);
  if (ranks.root() && found[0] > 0)
    log_warning(std::to_string(found[0]) + " values of the sinogram have no pixel left, as all were rejected or bad: " +
                "they are filled like missing entries (" + std::string(name_of(plan.how_to_fill)) + ")");
  return found[0];
}

/// Of ranks that share a slab, each despikes what it has, and the first one counts.
std::uint64_t remove_hot_spots(tomogram_plan const& plan, double threshold, std::vector<slab_to_fill> const& layers,
                               communicator const& ranks, int threads) {
  std::array<std::uint64_t, 1> found{};
  together(ranks, [&] {
    for (auto const& layer : layers)
      for (auto const& run : chosen_columns(plan, layer.slab)) {
        auto const hot = despike({plan.geometry.angles, plan.geometry.axis, threshold}, layer.entries,
                                 columns_of(layer.intensity, run.first, run.count),
                                 columns_of(layer.error, run.first, run.count), threads);
        if (layer.slab.member == 0) found[0] += hot;
      }
  });
  ranks.sum(found);
  return found[0];
}

std::uint64_t values_of(tomogram_plan const& plan, std::vector<slab_to_fill> const& layers) {
  std::uint64_t entries = 0;
  for (auto const& layer : layers)
    entries += static_cast<std::uint64_t>(std::ranges::count_if(layer.entries.present, [](auto p) { return p != 0; }));
  return entries * plan.bins.parts() * plan.channels.count;
}

/// Likewise.
std::uint64_t remove_stripes(tomogram_plan const& plan, std::vector<slab_to_fill> const& layers,
                             communicator const& ranks, int threads) {
  std::array<std::uint64_t, 1> found{};
  together(ranks, [&] {
    for (auto const& layer : layers)
      for (auto const& run : chosen_columns(plan, layer.slab)) {
        auto const some = destripe(layer.entries, columns_of(layer.intensity, run.first, run.count), threads);
        if (layer.slab.member == 0) found[0] += some;
      }
  });
  ranks.sum(found);
  return found[0];
}

/// The shifts of all rotations, of those of the rotations with any frame.
std::vector<double> of_all_rotations(entry_map const& entries, std::vector<double> const& known) {
  std::vector<double> shifts(static_cast<std::size_t>(entries.rotations));
  std::size_t next = 0;
  for (int r = 0; r < entries.rotations; ++r) {
    bool any = false;
    for (int t = 0; t < entries.translations; ++t) any = any || entries.has(r, t);
    if (any) shifts[static_cast<std::size_t>(r)] = known[next++];
  }
  return shifts;
}

void align_lines(tomogram_plan& plan, std::vector<total_scattering> const& totals,
                 std::vector<slab_to_fill> const& layers, communicator const& ranks, sinogram_corrections& done) {
  together(ranks, [&] {
    bool const truncated = is_truncated(sum_of_layers(totals));
    for (std::size_t i = 0; i < layers.size(); ++i) {
      done.lines.push_back(find_line_shifts(totals[i], plan.geometry.axis, truncated));
      plan.line_shifts.push_back(of_all_rotations(layers[i].entries, done.lines.back().shifts));
    }
  });
}

void tell_lines(tomogram_plan const& plan, sinogram_corrections const& done, std::string const& unit) {
  double largest = 0;
  double squares = 0;
  double count = 0;
  double before = 0;
  double after = 0;
  for (auto const& layer : done.lines) {
    before = std::max(before, layer.misfit_before);
    after = std::max(after, layer.misfit_after);
    for (double const shift : layer.shifts) {
      largest = std::max(largest, std::abs(shift));
      squares += shift * shift;
      count += 1;
    }
  }
  log_info("lines: shifted by up to " + with_unit(largest * plan.step, unit, "%.3g") + " (" +
           with_unit(std::sqrt(squares / std::max(count, 1.0)) * plan.step, unit, "%.3g") +
           " root mean square); the tomogram leaves " + number_text(100 * after, "%.3g") +
           " % of the sinogram unexplained, " + number_text(100 * before, "%.3g") + " % without");
}

/// The axis that is asked for, or a word on the middle where none is given.
void look_for_axis(tomogram_plan& plan, tomogram_options const& options, translation_axis const& translation,
                   std::vector<total_scattering> const& totals, communicator const& ranks, int threads,
                   sinogram_corrections& done) {
  done.axis = find_in(totals, ranks, threads);
  if (options.find_axis) {
    if (done.axis->clear) place_axis(plan, translation.positions, done.axis->index, done.axis->method);
    if (ranks.root()) tell_found(plan, *done.axis, translation.unit);
  } else {
    if (ranks.root()) tell_hint(plan, *done.axis, translation);
    done.axis.reset();
  }
}

}  // namespace

sinogram_corrections correct_sinogram(tomogram_plan& plan, job const& what, translation_axis const& translation,
                                      std::vector<slab_to_fill> const& layers, communicator const& ranks) {
  auto const& options = what.tomogram;
  int const threads = what.run.threads > 0 ? what.run.threads : default_threads(ranks);
  sinogram_corrections done;
  done.emptied = emptied_values_of(plan, layers, ranks);
  if (options.despike) {
    done.values = values_of(plan, layers);
    done.hot_values = remove_hot_spots(plan, options.despike_threshold, layers, ranks, threads);
    if (ranks.root())
      log_info("hot spots: " + std::to_string(*done.hot_values) + " of " + std::to_string(done.values) +
               " values of the sinogram replaced by what is beside them");
  }
  if (options.destripe) {
    done.stripes = remove_stripes(plan, layers, ranks, threads);
    if (ranks.root())
      log_info("stripes: " + std::to_string(*done.stripes) + " removed, each a translation of a channel");
  }
  bool const all = options.find_axis || options.align;
  if (!all && options.axis) return done;
  channel_choice const few{std::max<std::uint64_t>(1, plan.bins.count() / channels_for_a_hint), false, 0};
  channel_choice const despiked{1, !options.despike, options.despike_threshold};
  auto const totals = total_of_channels(plan, layers, all ? despiked : few, ranks, threads);
  if (!options.axis) look_for_axis(plan, options, translation, totals, ranks, threads, done);
  if (options.align) {
    align_lines(plan, totals, layers, ranks, done);
    if (ranks.root()) tell_lines(plan, done, translation.unit);
  }
  return done;
}

void write_corrections(nexus_file& file, tomogram_plan const& plan, sinogram_corrections const& done,
                       std::string const& translation_unit) {
  std::string const group = "/entry/tomogram";
  file.number(group + "/axis", plan.axis, translation_unit);
  file.text(group + "/axis_method", plan.axis_method);
  if (done.axis) {
    file.number(group + "/axis_error", done.axis->error * plan.step, translation_unit);
    file.number(group + "/axis_misfit", done.axis->misfit);
  }
  if (done.emptied > 0) file.integer(group + "/emptied_values", static_cast<std::int64_t>(done.emptied));
  if (done.hot_values) file.integer(group + "/hot_values", static_cast<std::int64_t>(*done.hot_values));
  if (done.stripes) file.integer(group + "/stripes", static_cast<std::int64_t>(*done.stripes));
  if (done.lines.empty()) return;
  std::vector<double> shifts;
  std::vector<double> before;
  std::vector<double> after;
  for (std::size_t layer = 0; layer < done.lines.size(); ++layer) {
    for (double const shift : plan.line_shifts[layer]) shifts.push_back(shift * plan.step);
    before.push_back(done.lines[layer].misfit_before);
    after.push_back(done.lines[layer].misfit_after);
  }
  std::vector<std::uint64_t> shape{plan.line_shifts.front().size()};
  if (plan.layers.several()) shape.insert(shape.begin(), done.lines.size());
  file.array<double>(group + "/line_shift", shifts, shape, translation_unit);
  file.array(group + "/line_misfit_before", before);
  file.array(group + "/line_misfit", after);
}

}  // namespace xrdct
