#include "xrdct/tomo/destripe.hpp"

#include "tests/tomo/ellipses.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/tomo/slice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace xrdct::test {
namespace {

struct striped_scan {
  scan_geometry geometry;
  entry_map entries;
  std::size_t channels = 3;
  std::vector<float> clean;
  std::vector<float> values;
  std::vector<double> offsets;  // [translation][channel]

  striped_scan(std::mt19937& random, int rotations, int translations, double noise, int stripes) {
    geometry.angles = even_angles(rotations, 180);
    geometry.translations = translations;
    geometry.axis = (translations - 1) / 2.0;
    entries = {rotations, translations, {}};
    entries.present.resize(static_cast<std::size_t>(rotations) * static_cast<std::size_t>(translations), 1);
    clean.resize(entries.present.size() * channels);
    offsets.resize(static_cast<std::size_t>(translations) * channels);
    std::normal_distribution<double> normal;
    for (std::size_t c = 0; c < channels; ++c) {
      auto const one = project_ellipses(random_sample(random, 0.45 * translations), geometry);
      double const level = *std::ranges::max_element(one);
      for (std::size_t e = 0; e < one.size(); ++e)
        clean[e * channels + c] = static_cast<float>(one[e] + noise * level * normal(random));
      for (int s = 0; s < stripes; ++s)
        offsets[(2 + random() % static_cast<std::size_t>(translations - 4)) * channels + c] =
            level * (s % 2 == 0 ? 0.06 : -0.09);
    }
    values = clean;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += static_cast<float>(offsets[i % offsets.size()]);
  }
  view<float> all() { return {values.data(), entries.present.size(), channels}; }
};

double deviation(std::vector<float> const& a, std::vector<float> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

/// Of a channel.
std::vector<double> tomogram_of(striped_scan const& scan, std::vector<float> const& values, std::size_t channel) {
  slice_model const slice(scan.geometry.angles, scan.geometry.translations, 0);
  std::vector<double> sinogram;
  for (std::size_t e = channel; e < values.size(); e += scan.channels) sinogram.push_back(values[e]);
  return slice.back_project(slice.filtered(sinogram),
                            std::vector<double>(scan.geometry.angles.size(), scan.geometry.axis));
}

double deviation(std::vector<double> const& a, std::vector<double> const& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

TEST(destripe, takes_rings_out_of_the_tomogram) {
  std::mt19937 random(1);
  for (auto const& [rotations, translations] : {std::pair{90, 61}, {75, 48}, {180, 101}}) {
    striped_scan scan(random, rotations, translations, 0.005, 3);
    auto const striped = scan.values;
    auto const found = destripe(scan.entries, scan.all());
    EXPECT_GE(found, 7U);
    EXPECT_LE(found, 14U);
    EXPECT_LT(deviation(scan.values, scan.clean), 0.2 * deviation(striped, scan.clean));
    for (std::size_t c = 0; c < scan.channels; ++c) {
      auto const clean = tomogram_of(scan, scan.clean, c);
      double const rings = deviation(tomogram_of(scan, striped, c), clean);
      EXPECT_LT(deviation(tomogram_of(scan, scan.values, c), clean), 0.25 * rings);
    }
  }
}

TEST(destripe, hardly_alters_what_has_no_stripes) {
  std::mt19937 random(2);
  for (double const noise : {0.0, 0.002, 0.02}) {
    striped_scan scan(random, 90, 60, noise, 0);
    EXPECT_LE(destripe(scan.entries, scan.all()), 9U) << noise;  // of 180
    float const largest = *std::ranges::max_element(scan.clean);
    EXPECT_LT(deviation(scan.values, scan.clean), 0.004 * largest) << noise;
  }
}

TEST(destripe, ignores_missing_entries_and_is_the_same_for_any_threads) {
  std::mt19937 random(3);
  striped_scan scan(random, 60, 41, 0.004, 2);
  scan.channels = 3;
  for (std::size_t e = 0; e < scan.entries.present.size(); e += 7) {
    scan.entries.present[e] = 0;
    for (std::size_t c = 0; c < 3; ++c) scan.values[e * 3 + c] = std::numeric_limits<float>::quiet_NaN();
  }
  auto const striped = scan.values;
  auto other = scan;
  auto const found = destripe(scan.entries, scan.all(), 1);
  EXPECT_GE(found, 4U);
  EXPECT_EQ(destripe(other.entries, other.all(), 3), found);
  double before = 0;
  double after = 0;
  for (std::size_t i = 0; i < striped.size(); ++i) {
    ASSERT_EQ(std::isnan(scan.values[i]), std::isnan(striped[i]));
    if (std::isnan(striped[i])) continue;
    ASSERT_EQ(scan.values[i], other.values[i]);
    before += std::pow(striped[i] - scan.clean[i], 2);
    after += std::pow(scan.values[i] - scan.clean[i], 2);
  }
  EXPECT_LT(after, 0.2 * before);
}

TEST(destripe, does_nothing_where_there_is_too_little_and_refuses_what_contradicts) {
  std::vector<float> values(3 * 9, 1.0F);
  values[4] = values[13] = values[22] = 7;
  entry_map const few{3, 9, std::vector<std::uint8_t>(27, 1)};
  EXPECT_EQ(destripe(few, view<float>(values.data(), 27, 1)), 0U) << "rotations";
  entry_map const narrow{9, 3, std::vector<std::uint8_t>(27, 1)};
  EXPECT_EQ(destripe(narrow, view<float>(values.data(), 27, 1)), 0U) << "translations";
  EXPECT_THROW(destripe(narrow, view<float>(values.data(), 9, 3)), input_error);
  EXPECT_THROW(destripe({9, 3, {1}}, view<float>(values.data(), 27, 1)), input_error);
}

}  // namespace
}  // namespace xrdct::test
