#include "xrdct/tomo/destripe.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/parallel.hpp"
#include "xrdct/base/robust.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

namespace xrdct {
namespace {

constexpr double threshold = 5;         // deviations: of some thousand translations none by chance
constexpr double least_prominence = 8;  // deviations of all offsets, to which edges of the sample contribute
constexpr std::size_t least_translations = 8;
constexpr std::size_t least_rotations = 4;

void require(bool condition, std::string const& otherwise) {
  if (!condition) throw input_error("cannot look for stripes in a sinogram: " + otherwise);
}

/// How far the value of a translation is from what those beside it say, which are at(-2), …, at(2), NaN where they are
/// not known.
template <class At>
double difference(std::ptrdiff_t translation, std::ptrdiff_t translations, At at) {
  if (translation < 1 || translation + 1 >= translations) return std::nan("");
  double const near = (at(-1) + at(1)) / 2;
  if (translation < 2 || translation + 2 >= translations) return at(0) - near;
  return at(0) - (4 * near - (at(-2) + at(2)) / 2) / 3;
}

struct stripe_profile {
  std::vector<double> medians;  // of the differences at each translation, over the rotations; 0 where unknown
  std::vector<double> limits;   // what those medians must exceed, by the scatter of the differences
};

stripe_profile profile_of(entry_map const& entries, view<float> const& sinogram, std::size_t channel) {
  stripe_profile profile;
  std::vector<double> values;
  for (int t = 0; t < entries.translations; ++t) {
    values.clear();
    for (int r = 0; r < entries.rotations; ++r) {
      double const one = difference(t, entries.translations, [&](int aside) {
        if (!entries.has(r, t + aside)) return std::nan("");
        return double{sinogram(static_cast<std::size_t>(r) * static_cast<std::size_t>(entries.translations) +
                                   static_cast<std::size_t>(t + aside),
                               channel)};
      });
      if (std::isfinite(one)) values.push_back(one);
    }
    bool const known = values.size() >= least_rotations;
    profile.medians.push_back(known ? median(values) : 0);
    constexpr double of_median =
        1.2533;  // √(π/2): its error relative to that of the mean, of normally distributed values
    double const scatter = known ? median_deviation(values, profile.medians.back()) : 0;
    profile.limits.push_back(scatter *
                             std::max(1.0, threshold * of_median / std::sqrt(static_cast<double>(values.size()))));
  }
  return profile;
}

/// What is to be subtracted from every translation.
std::vector<double> stripes_of(stripe_profile const& profile) {
  auto const size = static_cast<std::ptrdiff_t>(profile.medians.size());
  std::vector<double> stripes(profile.medians.size());
  std::vector<double> rest = profile.medians;
  for (std::ptrdiff_t corrected = 0; corrected < size / 4; ++corrected) {
    double const limit = least_prominence * median_deviation(rest);
    std::size_t largest = 0;
    for (std::size_t t = 0; t < rest.size(); ++t)
      if (std::abs(rest[t]) > profile.limits[t] && std::abs(rest[t]) > std::abs(rest[largest])) largest = t;
    if (!(std::abs(rest[largest]) > std::max(limit, profile.limits[largest]))) break;
    stripes[largest] += rest[largest];
    // A difference is linear in the values, and what is the same at all angles shifts its median.
    for (std::ptrdiff_t t = 0; t < size; ++t) {
      double const explained =
          difference(t, size, [&](std::ptrdiff_t aside) { return stripes[static_cast<std::size_t>(t + aside)]; });
      auto const i = static_cast<std::size_t>(t);
      rest[i] = std::isfinite(explained) ? profile.medians[i] - explained : 0;
    }
  }
  return stripes;
}

std::uint64_t destripe_channel(entry_map const& entries, view<float> const& sinogram, std::size_t channel) {
  auto const stripes = stripes_of(profile_of(entries, sinogram, channel));
  std::uint64_t found = 0;
  for (std::size_t t = 0; t < stripes.size(); ++t) {
    if (stripes[t] == 0) continue;
    ++found;
    for (std::size_t row = t; row < sinogram.rows; row += stripes.size())
      sinogram(row, channel) -= static_cast<float>(stripes[t]);
  }
  return found;
}

}  // namespace

std::uint64_t destripe(entry_map const& entries, view<float> sinogram, int threads) {
  require(entries.rotations >= 0 && entries.translations >= 0 &&
              entries.present.size() ==
                  static_cast<std::size_t>(entries.rotations) * static_cast<std::size_t>(entries.translations),
          "the map of measured entries has not rotations x translations entries");
  if (sinogram.empty()) return 0;
  require(sinogram.rows == entries.present.size(), "it has not rotations x translations entries");
  if (static_cast<std::size_t>(entries.translations) < least_translations) return 0;
  constexpr std::size_t at_once = 16;  // channels that share cache lines
  std::atomic<std::uint64_t> found{0};
  in_parallel(threads, (sinogram.columns + at_once - 1) / at_once, [&](std::size_t group) {
    std::uint64_t some = 0;
    for (std::size_t c = group * at_once; c < std::min((group + 1) * at_once, sinogram.columns); ++c)
      some += destripe_channel(entries, sinogram, c);
    found += some;
  });
  return found;
}

}  // namespace xrdct
