#include "xrdct/tomo/rotation_axis.hpp"

#include "xrdct/base/robust.hpp"
#include "xrdct/tomo/projection_misfit.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

constexpr double largest_error = 0.5;       // translations; beyond, an axis looked for is no better than the middle
constexpr double largest_deviation = 0.1;   // of the translations: centres of mass of mere noise are all over the field
constexpr double share_of_contrast = 0.05;  // a sample at an end of a projection, rather than noise
constexpr double share_of_rotations = 0.1;  // that have one

/// The mean of the two outermost values on one side, relative to the air.
double end_of(total_scattering const& total, int rotation, bool last, double air) {
  auto const columns = static_cast<std::size_t>(total.entries.translations);
  auto const first = static_cast<std::size_t>(rotation) * columns;
  auto const at = [&](std::size_t i) { return total.values[first + (last ? columns - 1 - i : i)]; };
  return (columns > 1 ? (at(0) + at(1)) / 2 : at(0)) - air;
}

bool reaches_the_ends(total_scattering const& total, double air) {
  if (total.values.empty()) return false;
  auto values = total.values;
  auto const high = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 19 / 20);
  std::nth_element(values.begin(), high, values.end());
  double const limit = share_of_contrast * (*high - air);
  int rotations = 0;
  for (int r = 0; r + 2 < total.entries.rotations; ++r) {
    bool reached = false;
    for (bool const last : {false, true})  // three rotations in a row: noise does not reach so far
      reached = reached || median({std::abs(end_of(total, r, last, air)), std::abs(end_of(total, r + 1, last, air)),
                                   std::abs(end_of(total, r + 2, last, air))}) > limit;
    rotations += reached ? 1 : 0;
  }
  return rotations > share_of_rotations * total.entries.rotations;
}

found_axis undecided(total_scattering const& total, found_axis found) {
  found.clear = false;
  found.index = (total.entries.translations - 1) / 2.0;
  return found;
}

}  // namespace

bool is_truncated(total_scattering const& total) { return reaches_the_ends(total, level_of_air(total)); }

found_axis find_rotation_axis(total_scattering const& total, int threads) {
  found_axis found;
  int const translations = total.entries.translations;
  if (translations < 2 || total.entries.rotations < 4) return undecided(total, found);
  double const air = level_of_air(total);
  auto const fit = fit_sinusoid(total.angles, mass_centres(total, air));
  found.truncated = reaches_the_ends(total, air);
  if (!found.truncated) {
    found.method = "centre of mass of the projections";
    found.index = fit.offset;
    found.error = fit.offset_error;
    found.misfit = fit.deviation;
    found.clear = fit.deviation <= largest_deviation * translations;
  } else {
    auto const least = find_least_misfit(total, threads);
    found.method = "projection of the tomogram";
    found.index = least.axis;
    found.error = least.error;
    found.misfit = std::sqrt(least.misfit);
    found.clear = true;
  }
  found.clear = found.clear && found.error <= largest_error && found.index >= 0 && found.index <= translations - 1;
  return found.clear ? found : undecided(total, found);
}

}  // namespace xrdct
