/// \file Images of CeO2 powder as pyFAI 0.21.3 and Dioptas have integrated them. Both compute centres of pixels from
/// positions in single precision.

#include "tests/geometry/npz_file.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/codec/image.hpp"
#include "xrdct/geometry/integration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace xrdct {
namespace {

struct sums {
  std::vector<double> signal, norm, count;
};

/// In double. `norm` may be empty: ones.
sums integrate(integration_matrix const& matrix, std::vector<double> const& raw, std::vector<float> const& norm) {
  sums made{std::vector<double>(matrix.bins), std::vector<double>(matrix.bins), std::vector<double>(matrix.bins)};
  for (std::size_t pixel = 0; pixel < raw.size(); ++pixel)
    for (std::uint32_t i = matrix.offsets[pixel]; i < matrix.offsets[pixel + 1]; ++i) {
      double const share = matrix.coefficient[i];
      made.signal[matrix.bin[i]] += share * raw[pixel];
      made.norm[matrix.bin[i]] += norm.empty() ? share : share * norm[pixel];
      made.count[matrix.bin[i]] += share;
    }
  return made;
}

struct text_pattern {
  std::vector<double> radial, intensity;
};

text_pattern read_pattern(std::filesystem::path const& path) {
  text_pattern made;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream numbers(line);
    double radial, intensity;
    if (line.starts_with('#') || !(numbers >> radial >> intensity)) continue;
    made.radial.push_back(radial);
    made.intensity.push_back(intensity);
  }
  return made;
}

double median_of_filled(std::vector<double> values, std::vector<double> const& count) {
  std::vector<double> filled;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (count[i] > 0) filled.push_back(std::abs(values[i]));
  auto const middle = filled.begin() + static_cast<std::ptrdiff_t>(filled.size() / 2);
  std::nth_element(filled.begin(), middle, filled.end());
  return *middle;
}

/// Every bin that is not empty to `tolerance` of the larger of the expected value and the median; empty ones are 0.
void compare(std::vector<double> const& expected, sums const& ours, double tolerance, std::string const& what) {
  ASSERT_EQ(expected.size(), ours.signal.size());
  double const median = median_of_filled(expected, ours.count);
  double worst = 0;
  int wrong = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!(ours.count[i] > 0)) {
      EXPECT_EQ(expected[i], 0) << what << " of bin " << i;
      continue;
    }
    double const off = std::abs(ours.signal[i] / ours.norm[i] - expected[i]) / std::max(std::abs(expected[i]), median);
    worst = std::max(worst, off);
    if (!(off <= tolerance) && ++wrong <= 3)
      ADD_FAILURE() << what << " of bin " << i << ": " << ours.signal[i] / ours.norm[i] << ", expected " << expected[i];
  }
  EXPECT_EQ(wrong, 0) << what << ": bins that differ; the worst by " << worst;
  testing::Test::RecordProperty(what, std::to_string(worst * 1e6) + "e-6");
}

void compare_axis(std::vector<double> const& ours, std::vector<double> const& expected, double tolerance) {
  ASSERT_EQ(ours.size(), expected.size());
  double const length = std::abs(expected.back() - expected.front());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(ours[i], expected[i], tolerance * std::max(std::abs(expected[i]), length)) << "bin " << i;
}

std::string const folder = "data/cbf/pilatus2m_CeO2/";

struct powder {
  poni geometry;
  std::vector<double> raw;
  std::vector<std::uint8_t> mask;
};

/// Masked by its own mask, and where it is negative.
powder read_powder() {
  powder made{read_poni(test::shared(folder + "CeO2.poni").string()),
              read_image_file(test::shared(folder + "CeO2.cbf").string()).values,
              {}};
  auto const mask = read_image_file(test::shared(folder + "mask.edf").string()).values;
  for (std::size_t i = 0; i < mask.size(); ++i) made.mask.push_back(mask[i] != 0 || made.raw[i] < 0 ? 1 : 0);
  return made;
}

/// Histograms of pyFAI 0.21.3 span all pixels, also those that are masked: the range that gives this axis, in its unit.
std::array<double, 2> range_of(std::vector<double> const& centres) {
  double const step = (centres.back() - centres.front()) / static_cast<double>(centres.size() - 1);
  return {centres.front() - step / 2, (centres.back() + step / 2) / (1 + std::ldexp(1, -23))};
}

/// The options of the histograms, whose axes are those of all pixels to all digits.
integration_options histogram_options(powder const& image, radial_unit unit, std::optional<int> azimuth_bins) {
  integration_options options;
  options.unit = unit;
  options.splitting = pixel_splitting::no;
  options.positions = position_precision::single_precision;
  options.azimuth_bins = azimuth_bins;
  integration const all = make_integration(image.geometry, options, {});
  options.radial_range = range_of(all.radial);
  if (azimuth_bins) options.azimuth_range = range_of(all.azimuthal);
  return options;
}

class powder_image : public testing::TestWithParam<pixel_splitting> {};
INSTANTIATE_TEST_SUITE_P(pilatus_2m, powder_image,
                         testing::Values(pixel_splitting::no, pixel_splitting::bbox, pixel_splitting::full),
                         [](auto const& splitting) { return std::string(name_of(splitting.param)); });

TEST_P(powder_image, gives_the_patterns_of_pyfai) {
  XRDCT_NEEDS_SHARED(folder);
  powder const image = read_powder();
  ASSERT_EQ(std::count(image.mask.begin(), image.mask.end(), 1), 261152);
  for (auto const& [unit, name] :
       {std::pair{radial_unit::two_theta_deg, "2th_deg"}, {radial_unit::q_per_angstrom, "q_A-1"}}) {
    integration_options options;
    if (GetParam() == pixel_splitting::no) options = histogram_options(image, unit, {});
    options.bins = 2000;
    options.unit = unit;
    options.splitting = GetParam();
    options.positions = position_precision::single_precision;
    integration const made = make_integration(image.geometry, options, image.mask);
    for (bool solid : {false, true}) {
      std::string const what = std::string(name_of(GetParam())) + "_" + name + (solid ? "_sa" : "_nosa");
      text_pattern const expected = read_pattern(test::shared(folder + "ref_pyfai0.21.3_" + what + ".dat"));
      compare_axis(made.radial, expected.radial, 1e-9);
      compare(expected.intensity,
              integrate(made.matrix, image.raw, solid ? solid_angle(image.geometry) : std::vector<float>{}),
              GetParam() == pixel_splitting::full ? 1e-5 : 1e-6, what);
    }
  }
}

TEST(powder_image_sums, are_those_of_pyfai) {
  XRDCT_NEEDS_SHARED(folder);
  powder const image = read_powder();
  auto const expected = test::read_npz(test::shared(folder + "ref_pyfai0.21.3_no_hist_sums.npz"));
  auto options = histogram_options(image, radial_unit::two_theta_deg, {});
  options.bins = 2000;
  integration const made = make_integration(image.geometry, options, image.mask);
  compare_axis(made.radial, expected.at("radial"), 1e-9);
  sums const ours = integrate(made.matrix, image.raw, {});
  for (std::size_t i = 0; i < 2000; ++i) {
    ASSERT_EQ(ours.count[i], expected.at("count")[i]) << "bin " << i;
    ASSERT_NEAR(ours.signal[i], expected.at("sum_signal")[i], 1e-7 * ours.signal[i]) << "bin " << i;
  }
}

TEST(powder_image_cake, is_that_of_pyfai) {
  XRDCT_NEEDS_SHARED(folder);
  powder const image = read_powder();
  auto const expected = test::read_npz(test::shared(folder + "ref_pyfai0.21.3_cake_no_hist.npz"));
  auto options = histogram_options(image, radial_unit::two_theta_deg, 72);
  options.bins = 500;
  integration const made = make_integration(image.geometry, options, image.mask);
  compare_axis(made.radial, expected.at("radial"), 1e-9);
  compare_axis(made.azimuthal, expected.at("azimuthal"), 1e-9);
  sums const ours = integrate(made.matrix, image.raw, solid_angle(image.geometry));
  for (std::size_t i = 0; i < ours.count.size(); ++i) ASSERT_EQ(ours.count[i], expected.at("count")[i]) << "bin " << i;
  compare(expected.at("intensity"), ours, 1e-6, "cake");
}

/// Dioptas turns images upside down, leaves out nothing, and corrects polarization by 0.99.
TEST(powder_image_of_dioptas, gives_its_pattern) {
  XRDCT_NEEDS_SHARED("data/tiff");
  poni geometry = read_poni(test::shared("data/tiff/CeO2_Pilatus1M.poni").string());
  image const raw = read_image_file(test::shared("data/tiff/CeO2_Pilatus1M.tif").string());
  fit_shape(geometry, raw.rows, raw.columns);
  geometry.detector.orientation = 2;
  text_pattern const expected = read_pattern(test::shared("data/tiff/CeO2_Pilatus1M.xy"));
  integration_options options;
  options.bins = 1512;
  options.unit = radial_unit::two_theta_deg;
  options.positions = position_precision::single_precision;
  integration const made = make_integration(geometry, options, {});
  compare_axis(made.radial, expected.radial, 1e-9);
  norm_images images;
  images.polarization = polarization(geometry, 0.99, 0);
  images.solid_angle = solid_angle(geometry);
  compare(expected.intensity, integrate(made.matrix, raw.values, pixel_norm(images)), 1e-6, "Dioptas");
}

TEST(positions, names) {
  EXPECT_EQ(parse_positions("single"), position_precision::single_precision);
  EXPECT_EQ(parse_positions("double"), position_precision::double_precision);
  EXPECT_EQ(name_of(position_precision::single_precision), "single");
}

}  // namespace
}  // namespace xrdct
