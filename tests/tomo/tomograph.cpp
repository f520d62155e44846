#include "tests/tomo/backends.hpp"
#include "tests/tomo/dense_operator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <numbers>
#include <random>
#include <stdexcept>

namespace xrdct::test {
namespace {

using std::numbers::pi;

struct scan_case {
  char const* name;
  int rotations;
  int translations;
  int size;
  double axis;
  double centre;
  std::size_t channels;
  double shift = 0;  // rotations are shifted by as much at most
};

void PrintTo(scan_case const& one, std::ostream* out) { *out << one.name; }

constexpr scan_case cases[] = {
    {"odd", 9, 17, 17, 8, 8, 7},
    {"even", 16, 18, 18, 8.5, 8.5, 64},
    {"one_channel", 15, 20, 20, 10, 10, 1},
    {"ragged_channels", 31, 15, 13, 7.31, 6, 67},
    {"axis_outside", 7, 12, 14, -2.7, 6.5, 3},
    {"field_of_view_larger", 5, 11, 33, 4.6, 16.2, 65},
    {"centre_outside", 6, 21, 9, 10.1, 30.5, 2},
    {"several_tiles", 17, 64, 61, 31.9, 30, 5},
    {"two_translations", 3, 2, 4, 0.5, 1.5, 4},
    {"one_translation", 3, 1, 3, 0, 1, 66},
    {"many_angles", 151, 25, 4, 12.25, 1.5, 130},
    {"one_pixel", 4, 25, 1, 12.25, 0, 3},
    {"shifted", 37, 40, 41, 19.2, 20, 70, 3.7},
    {"shifted_outside", 17, 9, 12, 4.1, 5.5, 2, 15},
};

/// A scan with random angles, weights and filter; a share of the taps is zero, or all of one parity are.
struct random_scan {
  explicit random_scan(scan_case const& of) : shape(of), random(of.rotations * 1000 + of.translations) {
    std::uniform_real_distribution<double> angle(-4, 7);
    std::uniform_real_distribution<double> positive(0.1, 1);
    geometry.translations = of.translations;
    geometry.size = of.size;
    geometry.axis = of.axis;
    geometry.centre = of.centre;
    for (int a = 0; a < of.rotations; ++a) {
      geometry.angles.push_back(a < 4 ? a * pi / 2 : angle(random));
      weights.push_back(positive(random));
      if (of.shift > 0) geometry.shifts.push_back(of.shift * (2 * positive(random) - 1.1));
    }
  }

  filter_taps taps(int kind) {
    std::normal_distribution<double> normal;
    filter_taps filter;
    for (int d = 0; d < shape.translations; ++d) {
      bool const zero = (kind == 1 && d % 2 == 0 && d != 0) || (kind == 2 && d % 2 == 1) || (kind == 3 && d > 2);
      filter.taps.push_back(zero ? 0 : normal(random) / (1 + d));
    }
    return filter;
  }

  /// Channels of very different sizes, of either sign.
  std::vector<float> sinogram() {
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<std::size_t>(shape.rotations * shape.translations) * shape.channels);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = normal(random) * std::pow(10.0F, static_cast<float>(i % shape.channels % 13) - 6);
    }
    return values;
  }
  std::vector<float> variance() {
    std::vector<float> values = sinogram();
    for (float& one : values) one *= one;
    return values;
  }

  scan_case shape;
  std::mt19937_64 random;
  scan_geometry geometry;
  std::vector<double> weights;
};

std::unique_ptr<field> load(tomograph& device, scan_geometry const& geometry, std::vector<float> const& values,
                            std::size_t channels) {
  auto made = device.make(
      {static_cast<std::int64_t>(geometry.angles.size()), geometry.translations, static_cast<std::int64_t>(channels)});
  device.copy(view<float const>(values.data(), values.size() / channels, channels), *made);
  return made;
}

std::vector<float> unload(tomograph& device, field const& from) {
  auto const [rows, columns, channels] = from.shape();
  std::vector<float> values(static_cast<std::size_t>(rows * columns * channels));
  device.copy(from,
              view<float>(values.data(), static_cast<std::size_t>(rows * columns), static_cast<std::size_t>(channels)));
  device.synchronize();
  return values;
}

std::vector<float> reconstruct(tomograph& device, scan_geometry const& geometry, filter_taps const& taps,
                               std::vector<double> const& weights, std::vector<float> const& sinogram,
                               std::size_t channels, std::int64_t first_row, std::int64_t rows) {
  auto const samples = load(device, geometry, sinogram, channels);
  auto const filtered = device.make(samples->shape());
  auto const image = device.make({rows, geometry.size, static_cast<std::int64_t>(channels)});
  device.filter(*samples, taps, weights, *filtered);
  device.back_project(*filtered, first_row, *image);
  return unload(device, *image);
}

std::vector<float> reconstruct_variance(tomograph& device, scan_geometry const& geometry, filter_taps const& taps,
                                        std::vector<double> const& weights, std::vector<float> const& variance,
                                        std::size_t channels, std::int64_t first_row, std::int64_t rows) {
  auto const samples = load(device, geometry, variance, channels);
  auto const image = device.make({rows, geometry.size, static_cast<std::int64_t>(channels)});
  device.back_project_variance(*samples, taps, weights, first_row, *image);
  return unload(device, *image);
}

/// The largest deviation in any channel, in parts of the largest value of that channel.
double deviation(std::vector<float> const& got, std::vector<double> const& expected, std::size_t channels,
                 std::vector<double> const& least_scale = {}) {
  double worst = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    double largest = least_scale.empty() ? 0 : least_scale[c];
    double difference = 0;
    for (std::size_t i = c; i < expected.size(); i += channels) {
      largest = std::max(largest, std::abs(expected[i]));
      if (std::isnan(got[i])) return std::numeric_limits<double>::infinity();
      difference = std::max(difference, std::abs(got[i] - expected[i]));
    }
    worst = std::max(worst, largest > 0 ? difference / largest : difference * 1e300);
  }
  return worst;
}

/// What the terms of a channel's sums add up to if their signs are random: the scale of values where there are too few
/// pixels to rely on one in which the terms do not cancel.
std::vector<double> scale_of_terms(dense_operator const& dense, std::vector<float> sinogram, std::size_t channels) {
  for (float& value : sinogram) value *= value;
  auto const squares = dense.variances(sinogram, channels);
  std::vector<double> scale(channels);
  for (std::size_t i = 0; i < squares.size(); ++i) {
    scale[i % channels] = std::max(scale[i % channels], std::sqrt(squares[i]));
  }
  return scale;
}

bool same_bits(std::vector<float> const& a, std::vector<float> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class on_every_backend : public testing::TestWithParam<std::tuple<tomograph_backend, scan_case>> {
 protected:
  tomograph_backend const& backend() const { return std::get<0>(GetParam()); }
  scan_case const& shape() const { return std::get<1>(GetParam()); }
};

TEST_P(on_every_backend, equals_the_dense_operator) {
  random_scan scan(shape());
  auto const device = backend().make(scan.geometry);
  for (int kind = 0; kind < 4; ++kind) {
    filter_taps const taps = scan.taps(kind);
    dense_operator const dense(scan.geometry, taps, scan.weights);
    auto const sinogram = scan.sinogram();
    auto const image =
        reconstruct(*device, scan.geometry, taps, scan.weights, sinogram, shape().channels, 0, shape().size);
    ASSERT_EQ(image.size(), dense.pixels() * shape().channels);
    EXPECT_LE(deviation(image, dense.values(sinogram, shape().channels), shape().channels,
                        scale_of_terms(dense, sinogram, shape().channels)),
              backend().tolerance)
        << "filter " << kind;
  }
}

TEST_P(on_every_backend, propagates_variances_as_the_dense_operator) {
  random_scan scan(shape());
  auto const device = backend().make(scan.geometry);
  for (int kind = 0; kind < 4; ++kind) {
    filter_taps const taps = scan.taps(kind);
    dense_operator const dense(scan.geometry, taps, scan.weights);
    auto const variance = scan.variance();
    auto const image =
        reconstruct_variance(*device, scan.geometry, taps, scan.weights, variance, shape().channels, 0, shape().size);
    EXPECT_LE(deviation(image, dense.variances(variance, shape().channels), shape().channels), backend().tolerance)
        << "filter " << kind;
  }
}

TEST_P(on_every_backend, a_band_has_the_bits_of_the_whole) {
  random_scan scan(shape());
  auto const device = backend().make(scan.geometry);
  auto const taps = scan.taps(0);
  auto const sinogram = scan.sinogram();
  auto const variance = scan.variance();
  auto const whole =
      reconstruct(*device, scan.geometry, taps, scan.weights, sinogram, shape().channels, 0, shape().size);
  auto const whole_variance =
      reconstruct_variance(*device, scan.geometry, taps, scan.weights, variance, shape().channels, 0, shape().size);
  std::vector<float> stitched;
  std::vector<float> stitched_variance;
  for (int row = 0, rows = 1; row < shape().size; row += rows, rows = rows % 7 + 2) {
    rows = std::min(rows, shape().size - row);
    auto const band = reconstruct(*device, scan.geometry, taps, scan.weights, sinogram, shape().channels, row, rows);
    stitched.insert(stitched.end(), band.begin(), band.end());
    auto const errors =
        reconstruct_variance(*device, scan.geometry, taps, scan.weights, variance, shape().channels, row, rows);
    stitched_variance.insert(stitched_variance.end(), errors.begin(), errors.end());
  }
  EXPECT_TRUE(same_bits(stitched, whole));
  EXPECT_TRUE(same_bits(stitched_variance, whole_variance));
}

TEST_P(on_every_backend, a_channel_alone_has_the_bits_it_has_among_others) {
  random_scan scan(shape());
  auto const device = backend().make(scan.geometry);
  auto const taps = scan.taps(0);
  auto const sinogram = scan.sinogram();
  auto const all = reconstruct(*device, scan.geometry, taps, scan.weights, sinogram, shape().channels, 0, shape().size);
  for (std::size_t channel : {std::size_t{0}, shape().channels / 2, shape().channels - 1}) {
    std::vector<float> alone;
    for (std::size_t i = channel; i < sinogram.size(); i += shape().channels) alone.push_back(sinogram[i]);
    std::vector<float> expected;
    for (std::size_t i = channel; i < all.size(); i += shape().channels) expected.push_back(all[i]);
    EXPECT_TRUE(
        same_bits(reconstruct(*device, scan.geometry, taps, scan.weights, alone, 1, 0, shape().size), expected));
  }
}

class with_threads : public testing::TestWithParam<scan_case> {};

TEST_P(with_threads, has_the_bits_of_one_thread) {
  random_scan scan(GetParam());
  auto const taps = scan.taps(0);
  auto const sinogram = scan.sinogram();
  auto const variance = scan.variance();
  int const size = GetParam().size;
  std::size_t const channels = GetParam().channels;
  auto const one = tomograph_backend_named("cpu_1").make(scan.geometry);
  auto const values = reconstruct(*one, scan.geometry, taps, scan.weights, sinogram, channels, 0, size);
  auto const errors = reconstruct_variance(*one, scan.geometry, taps, scan.weights, variance, channels, 0, size);
  for (char const* const more : {"cpu_2", "cpu_3"}) {
    auto const device = tomograph_backend_named(more).make(scan.geometry);
    EXPECT_TRUE(
        same_bits(reconstruct(*device, scan.geometry, taps, scan.weights, sinogram, channels, 0, size), values));
    EXPECT_TRUE(same_bits(reconstruct_variance(*device, scan.geometry, taps, scan.weights, variance, channels, 0, size),
                          errors));
  }
}

INSTANTIATE_TEST_SUITE_P(cpu, with_threads, testing::ValuesIn(cases),
                         [](auto const& one) { return std::string(one.param.name); });

/// Values whose pixels are `stride` apart and begin at a multiple of 64 bytes, or `offset` values behind one.
class spread_values {
 public:
  spread_values(std::size_t pixels, std::size_t stride, std::size_t offset, float between)
      : stride_(stride), memory_(pixels * stride + 32, between) {
    auto const beyond = reinterpret_cast<std::uintptr_t>(memory_.data()) % 64 / sizeof(float);
    begin_ = (16 - beyond) % 16 + offset;
  }

  float& at(std::size_t pixel, std::size_t channel) { return memory_[begin_ + pixel * stride_ + channel]; }
  template <class T>
  view<T> as(std::size_t channels) {
    return view<T>(memory_.data() + begin_, (memory_.size() - 32) / stride_, channels, stride_);
  }
  void put(std::vector<float> const& values, std::size_t channels) {
    for (std::size_t i = 0; i < values.size(); ++i) at(i / channels, i % channels) = values[i];
  }

 private:
  std::size_t stride_;
  std::vector<float> memory_;
  std::size_t begin_;
};

/// Bands in the caller's memory, whose rows do not touch, with other things between them.
TEST_P(on_every_backend, the_callers_memory_gets_the_bits_of_fields) {
  random_scan scan(shape());
  auto const device = backend().make(scan.geometry);
  auto const taps = scan.taps(0);
  auto const sinogram = scan.sinogram();
  auto const variance = scan.variance();
  std::size_t const channels = shape().channels;
  auto const filtered = device->make({shape().rotations, shape().translations, static_cast<std::int64_t>(channels)});
  struct layout {
    std::size_t stride, offset;
  };
  // Vectors that are written past the caches need pixels of whole blocks, all of them aligned.
  for (auto const [stride, offset] : {layout{channels + 3, 1}, layout{(channels + 31) / 16 * 16, 0}}) {
    float const nan = std::numeric_limits<float>::quiet_NaN();
    spread_values values(sinogram.size() / channels, stride, offset, nan);
    spread_values variances(sinogram.size() / channels, stride, offset, nan);
    values.put(sinogram, channels);
    variances.put(variance, channels);
    device->filter(values.as<float const>(channels), taps, scan.weights, *filtered);
    for (int const first : {0, shape().size / 3}) {
      int const rows = shape().size - first;
      auto const pixels = static_cast<std::size_t>(rows * shape().size);
      spread_values image(pixels, stride, offset, -7);
      spread_values errors(pixels, stride, offset, -7);
      device->back_project(*filtered, first, image.as<float>(channels));
      device->back_project_variance(variances.as<float const>(channels), taps, scan.weights, first,
                                    errors.as<float>(channels));
      auto const expected = reconstruct(*device, scan.geometry, taps, scan.weights, sinogram, channels, first, rows);
      auto const expected_errors =
          reconstruct_variance(*device, scan.geometry, taps, scan.weights, variance, channels, first, rows);
      for (std::size_t p = 0; p < pixels; ++p) {
        for (std::size_t c = 0; c < stride; ++c) {
          ASSERT_EQ(image.at(p, c), c < channels ? expected[p * channels + c] : -7) << p;
          ASSERT_EQ(errors.at(p, c), c < channels ? expected_errors[p * channels + c] : -7) << p;
        }
      }
    }
  }
}

TEST_P(on_every_backend, filters_in_place) {
  random_scan scan(shape());
  auto const device = backend().make(scan.geometry);
  auto const taps = scan.taps(0);
  auto const sinogram = scan.sinogram();
  auto const samples = load(*device, scan.geometry, sinogram, shape().channels);
  auto const filtered = device->make(samples->shape());
  device->filter(*samples, taps, scan.weights, *filtered);
  EXPECT_TRUE(same_bits(unload(*device, *samples), sinogram)) << "the sinogram has changed";
  device->filter(*samples, taps, scan.weights, *samples);
  EXPECT_TRUE(same_bits(unload(*device, *samples), unload(*device, *filtered)));
}

TEST_P(on_every_backend, adds_to_what_is_there) {
  random_scan scan(shape());
  auto const device = backend().make(scan.geometry);
  auto const samples = load(*device, scan.geometry, scan.sinogram(), shape().channels);
  auto const once = device->make({shape().size, shape().size, static_cast<std::int64_t>(shape().channels)});
  auto const twice = device->make(once->shape());
  device->back_project(*samples, 0, *once);
  device->back_project(*samples, 0, *twice);
  device->back_project(*samples, 0, *twice);
  auto const single = unload(*device, *once);
  std::vector<double> expected;
  for (float const value : single) expected.push_back(2.0 * value);
  EXPECT_LE(deviation(unload(*device, *twice), expected, shape().channels), 2e-7);
}

INSTANTIATE_TEST_SUITE_P(backends, on_every_backend,
                         testing::Combine(testing::ValuesIn(tomograph_backends()), testing::ValuesIn(cases)),
                         [](auto const& one) {
                           return std::get<0>(one.param).name + "_" + std::get<1>(one.param).name;
                         });

class tomograph_of : public testing::TestWithParam<tomograph_backend> {};

scan_geometry small_geometry() { return {{0, 1, 2}, 8, 3.5, 8, 3.5}; }

TEST_P(tomograph_of, refuses_shifts_that_are_not_one_a_rotation) {
  auto geometry = small_geometry();
  geometry.shifts = {0.5, 1};
  EXPECT_THROW(GetParam().make(geometry), std::invalid_argument);
  geometry.shifts = {0.5, 1, std::numeric_limits<double>::quiet_NaN()};
  EXPECT_THROW(GetParam().make(geometry), std::invalid_argument);
  geometry.shifts = {0.5, 1, -1};
  EXPECT_NO_THROW(GetParam().make(geometry));
}

TEST_P(tomograph_of, copies_through_any_stride) {
  auto const device = GetParam().make(small_geometry());
  for (std::size_t const channels : {1, 63, 64, 65, 200}) {
    std::size_t const stride = channels + 5;
    std::vector<float> source(15 * stride);
    for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<float>(i);
    auto const made = device->make({3, 5, static_cast<std::int64_t>(channels)});
    EXPECT_EQ(made->shape(), (std::array<std::int64_t, 3>{3, 5, static_cast<std::int64_t>(channels)}));
    for (float const value : unload(*device, *made)) ASSERT_EQ(value, 0.0F);
    device->copy(view<float const>(source.data(), 15, channels, stride), *made);
    std::vector<float> result(source.size(), -1);
    device->copy(*made, view<float>(result.data(), 15, channels, stride));
    device->synchronize();
    for (std::size_t i = 0; i < source.size(); ++i) {
      ASSERT_EQ(result[i], i % stride < channels ? source[i] : -1.0F) << i << " of " << channels;
    }
  }
}

TEST_P(tomograph_of, rounding_does_not_decide_what_is_inside) {
  for (int const n : {1, 2, 8, 9, 64}) {
    double const middle = (n - 1) / 2.0;
    scan_geometry const geometry{{0, pi / 2, pi, 3 * pi / 2, 2 * pi, -pi / 2}, n, middle, n, middle};
    auto const device = GetParam().make(geometry);
    auto const ones = load(*device, geometry, std::vector<float>(6 * static_cast<std::size_t>(n), 1.0F), 1);
    auto const image = device->make({n, n, 1});
    device->back_project(*ones, 0, *image);
    for (float const value : unload(*device, *image)) ASSERT_NEAR(value, 6, 1e-5) << n;
  }
}

TEST_P(tomograph_of, rays_beside_the_translations_see_nothing) {
  scan_geometry geometry = small_geometry();
  geometry.axis = 1e9;
  auto const device = GetParam().make(geometry);
  auto const ones = load(*device, geometry, std::vector<float>(24, 1.0F), 1);
  auto const image = device->make({8, 8, 1});
  device->back_project(*ones, 0, *image);
  for (float const value : unload(*device, *image)) ASSERT_EQ(value, 0);
}

TEST_P(tomograph_of, works_without_channels_or_rows) {
  scan_geometry const geometry = small_geometry();
  auto const device = GetParam().make(geometry);
  filter_taps const taps{std::vector<double>(8, 1.0)};
  std::vector<double> const weights(3, 1.0);
  for (std::int64_t const channels : {0, 3}) {
    auto const samples = device->make({3, 8, channels});
    auto const image = device->make({channels == 0 ? 8 : 0, 8, channels});
    device->filter(*samples, taps, weights, *samples);
    device->back_project(*samples, 0, *image);
    device->back_project_variance(*samples, taps, weights, 0, *image);
    EXPECT_TRUE(unload(*device, *image).empty());
  }
}

TEST_P(tomograph_of, refuses_impossible_geometries) {
  auto const refused = [](auto change) {
    scan_geometry geometry = small_geometry();
    change(geometry);
    EXPECT_THROW(GetParam().make(geometry), std::invalid_argument);
  };
  double const nan = std::numeric_limits<double>::quiet_NaN();
  refused([](auto& geometry) { geometry.angles.clear(); });
  refused([&](auto& geometry) { geometry.angles[1] = nan; });
  refused([](auto& geometry) { geometry.translations = 0; });
  refused([](auto& geometry) { geometry.size = -1; });
  refused([&](auto& geometry) { geometry.axis = nan; });
  refused([](auto& geometry) { geometry.centre = std::numeric_limits<double>::infinity(); });
}

TEST_P(tomograph_of, refuses_shapes_that_contradict) {
  auto const device = GetParam().make(small_geometry());
  EXPECT_THROW(device->make({-1, 2, 3}), std::invalid_argument);
  std::int64_t const huge = std::numeric_limits<std::int64_t>::max();
  EXPECT_THROW(device->make({huge, 2, 3}), std::bad_alloc);
  EXPECT_THROW(device->make({huge / 4, huge / 4, huge / 4}), std::bad_alloc);
  EXPECT_THROW(device->make({1, huge, 1}), std::bad_alloc);

  auto const sinogram = device->make({3, 8, 2});
  auto const turned = device->make({8, 3, 2});
  auto const image = device->make({8, 8, 2});
  auto const other_channels = device->make({8, 8, 3});
  filter_taps const taps{std::vector<double>(8, 1.0)};
  filter_taps const few{std::vector<double>(7, 1.0)};
  std::vector<double> const weights(3, 1.0);
  std::vector<double> const more(4, 1.0);
  std::vector<float> values(50);
  EXPECT_THROW(device->copy(view<float const>(values.data(), 24, 1), *sinogram), std::invalid_argument);
  EXPECT_THROW(device->copy(*sinogram, view<float>(values.data(), 25, 2)), std::invalid_argument);
  EXPECT_THROW(device->filter(*turned, taps, weights, *turned), std::invalid_argument);
  EXPECT_THROW(device->filter(*sinogram, taps, weights, *turned), std::invalid_argument);
  EXPECT_THROW(device->filter(*sinogram, few, weights, *sinogram), std::invalid_argument);
  EXPECT_THROW(device->filter(*sinogram, taps, more, *sinogram), std::invalid_argument);
  EXPECT_THROW(device->back_project(*turned, 0, *image), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, 1, *image), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, -1, *image), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, 0, *turned), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, 0, *other_channels), std::invalid_argument);
  view<float const> const entries(values.data(), 24, 2);
  view<float> const pixels(values.data(), 16, 2);
  EXPECT_THROW(device->filter(view<float const>(values.data(), 23, 2), taps, weights, *sinogram),
               std::invalid_argument);
  EXPECT_THROW(device->filter(view<float const>(values.data(), 24, 1), taps, weights, *sinogram),
               std::invalid_argument);
  EXPECT_THROW(device->filter(entries, few, weights, *sinogram), std::invalid_argument);
  EXPECT_THROW(device->filter(entries, taps, weights, *turned), std::invalid_argument);
  EXPECT_THROW(device->back_project(*turned, 0, pixels), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, 7, pixels), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, -1, pixels), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, 0, view<float>(values.data(), 15, 2)), std::invalid_argument);
  EXPECT_THROW(device->back_project(*sinogram, 0, view<float>(values.data(), 16, 3)), std::invalid_argument);
  EXPECT_THROW(device->back_project_variance(entries, taps, weights, 7, pixels), std::invalid_argument);
  EXPECT_THROW(device->back_project_variance(entries, few, weights, 0, pixels), std::invalid_argument);
  EXPECT_THROW(device->back_project_variance(entries, taps, more, 0, pixels), std::invalid_argument);
  EXPECT_THROW(device->back_project_variance(view<float const>(values.data(), 23, 2), taps, weights, 0, pixels),
               std::invalid_argument);
  EXPECT_THROW(device->back_project_variance(*sinogram, few, weights, 0, *image), std::invalid_argument);
  EXPECT_THROW(device->back_project_variance(*sinogram, taps, more, 0, *image), std::invalid_argument);
  EXPECT_THROW(device->back_project_variance(*sinogram, taps, weights, 0, *other_channels), std::invalid_argument);
}

TEST(tomograph, runs_on_the_instructions_asked_for) {
  std::string const runs_on = tomograph_instructions();
  EXPECT_FALSE(runs_on.empty());
  char const* const asked = std::getenv("XRDCT_TEST_SIMD");  // NOLINT(concurrency-mt-unsafe)
  if (asked != nullptr && runs_on != asked) GTEST_SKIP() << "no " << asked << " on this machine, only " << runs_on;
}

INSTANTIATE_TEST_SUITE_P(backends, tomograph_of, testing::ValuesIn(tomograph_backends()),
                         [](auto const& one) { return one.param.name; });

}  // namespace
}  // namespace xrdct::test
