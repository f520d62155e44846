/// \file Cakes: full splitting against polygons clipped one by one, and what every splitting keeps.

#include "xrdct/base/error.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"
#include "xrdct/geometry/polygon.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <random>

namespace xrdct {
namespace {

using std::numbers::pi;

/// A tilted detector of oblong pixels of odd sizes, the beam on it.
poni tilted(int orientation = 3) {
  poni p;
  p.detector.name = "Detector";
  p.detector.pixel1 = 1.3e-4;
  p.detector.pixel2 = 0.9e-4;
  p.detector.rows = 83;
  p.detector.columns = 61;
  p.detector.orientation = orientation;
  p.distance = 0.05;
  p.poni1 = 3.1e-3;
  p.poni2 = 2.2e-3;
  p.rot1 = 0.02;
  p.rot2 = -0.01;
  p.rot3 = 0.4;
  p.wavelength = 2e-11;
  return p;
}

integration_options cake_options(pixel_splitting splitting, int bins, int lines) {
  integration_options o;
  o.splitting = splitting;
  o.unit = radial_unit::two_theta_rad;
  o.bins = bins;
  o.azimuth_bins = lines;
  return o;
}

double total(integration_matrix const& matrix, std::size_t pixel) {
  double sum = 0;
  for (auto i = matrix.offsets[pixel]; i < matrix.offsets[pixel + 1]; ++i)
    sum += static_cast<double>(matrix.coefficient[i]);
  return sum;
}

struct point {
  long double x, y;
};

/// The part of a polygon where a·x + b·y ≤ c (Sutherland and Hodgman, 1974).
std::vector<point> clipped(std::vector<point> const& shape, long double a, long double b, long double c) {
  std::vector<point> made;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    point const& p = shape[i];
    point const& q = shape[(i + 1) % shape.size()];
    long double const from = a * p.x + b * p.y - c, to = a * q.x + b * q.y - c;
    if (from <= 0) made.push_back(p);
    if ((from < 0 && to > 0) || (from > 0 && to < 0)) {
      long double const along = from / (from - to);
      made.push_back({p.x + along * (q.x - p.x), p.y + along * (q.y - p.y)});
    }
  }
  return made;
}

/// Half the sum of cross products: with a sign, parts that are turned inside out against others.
long double area(std::vector<point> const& shape) {
  long double sum = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    point const& p = shape[i];
    point const& q = shape[(i + 1) % shape.size()];
    sum += p.x * q.y - q.x * p.y;
  }
  return sum / 2;
}

long double area_in_cell(std::vector<point> const& shape, int bin, int line) {
  auto const inside =
      clipped(clipped(clipped(clipped(shape, -1, 0, -bin), 1, 0, bin + 1), 0, -1, -line), 0, 1, line + 1);
  return std::abs(area(inside));
}

template <std::size_t corners>
void compare_random_polygons() {
  std::mt19937 random(41);
  std::uniform_real_distribution<double> place(-1.5, 4.5);
  for (int trial = 0; trial < 300; ++trial) {  // convex, concave and crossed ones
    polygon<corners> shape{};
    std::vector<point> points;
    for (std::size_t i = 0; i < corners; ++i) {
      shape.radius[i] = trial % 7 == 0 && i == 1 ? shape.radius[0] : place(random);
      shape.azimuth[i] = trial % 11 == 0 && i == 2 ? shape.azimuth[1] : place(random);
      points.push_back({shape.radius[i], shape.azimuth[i]});
    }
    polygon_strips<corners> const strips(shape);
    for (int line = -2; line < 5; ++line)
      for (int bin = -2; bin < 5; ++bin)
        ASSERT_NEAR(strips.area(bin, bin + 1.0, line, line + 1.0), static_cast<double>(area_in_cell(points, bin, line)),
                    1e-12)
            << "polygon " << trial << ", cell " << line << ", " << bin;
  }
}

TEST(polygon, areas_of_cells_are_those_of_clipped_polygons) {
  compare_random_polygons<4>();
  compare_random_polygons<6>();
}

/// One axis as SEMANTICS §3 has it.
struct axis {
  double lower, step;
};
axis axis_of(std::vector<double> const& centres, double scale) {
  double const step = (centres.back() - centres.front()) / static_cast<double>(centres.size() - 1);
  return {(centres.front() - step / 2) / scale, step / scale};
}

/// Coefficients of full splitting of every pixel off the cut: its corners, clipped to each cell, over what is inside.
void compare_with_clipped_pixels(poni const& p, integration_options const& options) {
  auto const made = make_integration(p, options, {});
  axis const radial = axis_of(made.radial, 1), azimuthal = axis_of(made.azimuthal, 180 / pi);
  int const bins = options.bins, lines = *options.azimuth_bins;
  pixel_geometry const pixels(p);
  std::vector<float> r0(62), r1(62), c0(62), c1(62);
  int compared = 0;
  for (int row = 0; row < 83; ++row) {
    pixels.corner_radii(options.unit, row, r0);
    pixels.corner_radii(options.unit, row + 1, r1);
    pixels.corner_azimuths(row, c0);
    pixels.corner_azimuths(row + 1, c1);
    for (std::size_t j = 0; j < 61; ++j) {
      auto const [low, high] = std::minmax({c0[j], c1[j], c1[j + 1], c0[j + 1]});
      if (high - low > 2) continue;
      auto const at = [&](float r, float c) {
        return point{(r - radial.lower) / radial.step, (c - azimuthal.lower) / azimuthal.step};
      };
      std::vector<point> const shape{at(r0[j], c0[j]), at(r1[j], c1[j]), at(r1[j + 1], c1[j + 1]),
                                     at(r0[j + 1], c0[j + 1])};
      std::map<std::uint32_t, long double> shares;
      long double inside = 0;
      for (int line = 0; line < lines; ++line)
        for (int bin = 0; bin < bins; ++bin) {
          auto const covered = area_in_cell(shape, bin, line);
          if (covered <= 0) continue;
          shares[static_cast<std::uint32_t>(line * bins + bin)] = covered;
          inside += covered;
        }
      auto const pixel = static_cast<std::size_t>(row) * 61 + j;
      auto const& m = made.matrix;
      if (inside < 1e-9L) continue;  // touches the range at most
      for (auto i = m.offsets[pixel]; i < m.offsets[pixel + 1]; ++i)
        shares[m.bin[i]] -= inside * static_cast<long double>(m.coefficient[i]);
      for (auto const& [bin, difference] : shares)
        ASSERT_NEAR(static_cast<double>(difference / inside), 0, 2e-6) << "pixel " << pixel << ", bin " << bin;
      ++compared;
    }
  }
  EXPECT_GT(compared, 500);
}

TEST(cake_by_areas, coefficients_are_those_of_clipped_pixels) {
  for (int orientation : {1, 2, 3, 4})
    compare_with_clipped_pixels(tilted(orientation), cake_options(pixel_splitting::full, 23, 31));
  auto in_ranges = cake_options(pixel_splitting::full, 17, 13);
  in_ranges.radial_range = {{0.02, 0.081}};
  in_ranges.azimuth_range = {{-123.4, 98.7}};
  compare_with_clipped_pixels(tilted(), in_ranges);
}

class every_cake : public testing::TestWithParam<pixel_splitting> {};
INSTANTIATE_TEST_SUITE_P(cake, every_cake,
                         testing::Values(pixel_splitting::no, pixel_splitting::bbox, pixel_splitting::full),
                         [](auto const& splitting) { return std::string(name_of(splitting.param)); });

TEST_P(every_cake, keeps_the_total_of_every_pixel) {
  for (auto [bins, lines] : {std::pair{1, 1}, {37, 1}, {1, 19}, {41, 29}, {700, 500}})
    for (int orientation : {2, 3}) {
      auto const matrix = make_integration(tilted(orientation), cake_options(GetParam(), bins, lines), {}).matrix;
      ASSERT_EQ(matrix.bins, static_cast<std::uint32_t>(bins * lines));
      for (std::size_t pixel = 0; pixel < matrix.pixels(); ++pixel)
        ASSERT_NEAR(total(matrix, pixel), 1, 3e-5) << "pixel " << pixel << ", " << bins << " × " << lines;
    }
}

TEST_P(every_cake, entries_are_valid_and_ascend) {
  auto const m = make_integration(tilted(), cake_options(GetParam(), 60, 36), {}).matrix;
  for (std::size_t pixel = 0; pixel < m.pixels(); ++pixel)
    for (auto i = m.offsets[pixel]; i < m.offsets[pixel + 1]; ++i) {
      ASSERT_LT(m.bin[i], m.bins);
      ASSERT_TRUE(i == m.offsets[pixel] || m.bin[i] > m.bin[i - 1]);
      ASSERT_GE(m.coefficient[i], 0);
      ASSERT_LE(m.coefficient[i], 1);
    }
}

TEST_P(every_cake, of_a_range_holds_no_more_than_the_pixels) {
  auto options = cake_options(GetParam(), 12, 9);
  options.radial_range = {{0.02, 0.06}};
  options.azimuth_range = {{150, 240}};
  auto const made = make_integration(tilted(), options, {});
  EXPECT_NEAR(made.azimuthal.front(), 155, 1e-4);
  EXPECT_NEAR(made.azimuthal.back(), 235, 1e-4);
  int whole = 0, none = 0;
  for (std::size_t pixel = 0; pixel < made.matrix.pixels(); ++pixel) {
    double const sum = total(made.matrix, pixel);
    ASSERT_TRUE(sum == 0 || std::abs(sum - 1) < 3e-6) << sum;
    (sum == 0 ? none : whole) += 1;
  }
  EXPECT_GT(whole, 100);
  EXPECT_GT(none, 1000);
}

TEST_P(every_cake, of_a_flat_image_is_flat) {
  poni const p = tilted();
  auto const m = make_integration(p, cake_options(GetParam(), 40, 30), {}).matrix;
  norm_images images;
  images.solid_angle = solid_angle(p);
  images.polarization = polarization(p, 0.95, 0.1);
  auto const norm = pixel_norm(images);
  std::vector<double> signal(m.bins), sum_of_norms(m.bins);
  for (std::size_t pixel = 0; pixel < norm.size(); ++pixel)
    for (auto i = m.offsets[pixel]; i < m.offsets[pixel + 1]; ++i) {
      double const c = m.coefficient[i];
      signal[m.bin[i]] += c * 42.5 * static_cast<double>(norm[pixel]);
      sum_of_norms[m.bin[i]] += c * static_cast<double>(norm[pixel]);
    }
  int filled = 0;
  for (std::size_t bin = 0; bin < m.bins; ++bin)
    if (sum_of_norms[bin] > 0) {
      EXPECT_NEAR(signal[bin] / sum_of_norms[bin], 42.5, 1e-9);
      ++filled;
    }
  EXPECT_GT(filled, 500);
}

/// Marks pixels whose corners lie on both sides of ±180°.
std::vector<std::uint8_t> pixels_at_the_cut(poni const& geometry) {
  pixel_geometry const pixels(geometry);
  corner_rows azimuths(pixels, [&](int line, std::span<float> values) { pixels.corner_azimuths(line, values); });
  std::vector<std::uint8_t> marked;
  for (int row = 0; row < pixels.rows(); ++row) {
    auto const corners = azimuths.next();
    for (std::size_t at = 0; at < corners.size(); at += 4) {
      auto const [least, most] = std::ranges::minmax(corners.subspan(at, 4));
      marked.push_back(static_cast<double>(most - least) > pi ? 1 : 0);
    }
  }
  return marked;
}

/// Without a sector nothing of a pixel leaves a cake's lines, so that these add up to the pattern: but for pixels at
/// ±180°, which full splitting clips there and scales, so that they are left out here.
TEST_P(every_cake, adds_up_over_azimuths_to_the_pattern) {
  auto options = cake_options(GetParam(), 50, 37);
  options.radial_range = {{0.01, 0.07}};
  auto const mask = pixels_at_the_cut(tilted());
  auto const left_out = std::count(mask.begin(), mask.end(), 1);
  EXPECT_GT(left_out, 10);
  EXPECT_LT(left_out, 100);
  auto const cake = make_integration(tilted(), options, mask).matrix;
  options.azimuth_bins.reset();
  auto const pattern = make_integration(tilted(), options, mask).matrix;
  std::vector<double> of_cake(50), of_pattern(50);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> value(0, 1000);
  for (std::size_t pixel = 0; pixel < cake.pixels(); ++pixel) {
    double const raw = value(random);
    for (auto i = cake.offsets[pixel]; i < cake.offsets[pixel + 1]; ++i)
      of_cake[cake.bin[i] % 50] += raw * static_cast<double>(cake.coefficient[i]);
    for (auto i = pattern.offsets[pixel]; i < pattern.offsets[pixel + 1]; ++i)
      of_pattern[pattern.bin[i]] += raw * static_cast<double>(pattern.coefficient[i]);
  }
  for (std::size_t bin = 0; bin < 50; ++bin)
    EXPECT_NEAR(of_cake[bin], of_pattern[bin], 1e-6 * of_pattern[bin]) << "bin " << bin;
}

TEST_P(every_cake, refuses_what_is_too_large) {
  for (auto [bins, lines] : {std::pair{1000, 0}, {1000, -3}, {1 << 24, 2}, {1 << 20, 1 << 20}, {5000, 4000}})
    EXPECT_THROW(make_integration(tilted(), cake_options(GetParam(), bins, lines), {}), usage_error);
  EXPECT_NO_THROW(make_integration(tilted(), cake_options(GetParam(), 4096, 4096), {}));
}

TEST_P(every_cake, takes_a_whole_turn_from_where_it_is_told) {
  auto options = cake_options(GetParam(), 20, 36);
  options.azimuth_range = {{0, 360}};
  auto const made = make_integration(tilted(), options, {});
  EXPECT_NEAR(made.azimuthal.front(), 5, 1e-4);
  EXPECT_NEAR(made.azimuthal.back(), 355, 1e-4);
  for (std::size_t pixel = 0; pixel < made.matrix.pixels(); ++pixel) ASSERT_NEAR(total(made.matrix, pixel), 1, 3e-6);
}

}  // namespace
}  // namespace xrdct
