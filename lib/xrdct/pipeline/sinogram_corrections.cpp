#include "xrdct/pipeline/sinogram_corrections.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/pipeline/channel_total.hpp"
#include "xrdct/tomo/despike.hpp"

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

}  // namespace

sinogram_corrections correct_sinogram(tomogram_plan& plan, job const& what, translation_axis const& translation,
                                      std::vector<slab_to_fill> const& layers, communicator const& ranks) {
  auto const& options = what.tomogram;
  int const threads = what.run.threads > 0 ? what.run.threads : default_threads(ranks);
  sinogram_corrections done;
  if (options.despike) {
    done.values = values_of(plan, layers);
    done.hot_values = remove_hot_spots(plan, options.despike_threshold, layers, ranks, threads);
    if (ranks.root())
      log_info("hot spots: " + std::to_string(*done.hot_values) + " of " + std::to_string(done.values) +
               " values of the sinogram replaced by what is beside them");
  }
  if (options.find_axis) {
    channel_choice const all{1, !options.despike, options.despike_threshold};
    done.axis = find_in(total_of_channels(plan, layers, all, ranks, threads), ranks, threads);
    if (done.axis->clear) place_axis(plan, translation.positions, done.axis->index, done.axis->method);
    if (ranks.root()) tell_found(plan, *done.axis, translation.unit);
  } else if (!options.axis) {
    channel_choice const few{std::max<std::uint64_t>(1, plan.bins.count() / channels_for_a_hint), false, 0};
    auto const found = find_in(total_of_channels(plan, layers, few, ranks, threads), ranks, threads);
    if (ranks.root()) tell_hint(plan, found, translation);
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
  if (done.hot_values) file.integer(group + "/hot_values", static_cast<std::int64_t>(*done.hot_values));
}

}  // namespace xrdct
