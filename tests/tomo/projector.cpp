#include "kernels/cpu/cpu.hpp"
#include "kernels/reference/reference.hpp"
#include "tests/devices/gpu.hpp"
#include "tests/tomo/backends.hpp"
#include "tests/tomo/dense_projection.hpp"
#include "tests/tomo/lanes_device.hpp"
#include "tests/tomo/ray_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <numbers>
#include <stdexcept>
#include <string>
#include <tuple>

namespace xrdct::test {
namespace {

using std::numbers::pi;

struct backend {
  std::string name;
  std::shared_ptr<device> on;
  double tolerance = 0;  ///< of the largest value of a channel
};

void PrintTo(backend const& one, std::ostream* out) { *out << one.name; }

std::vector<backend> const& backends() {
  static std::string const instructions = tomograph_instructions();  // limits them, where the environment asks for it
  static auto const all = [] {
    std::vector<backend> found{{"reference", reference::make_device(), 1e-7},
                               {"cpu_1", cpu::make_device(1), 1e-6},
                               {"cpu_2", cpu::make_device(2), 1e-6},
                               {"cpu_3", cpu::make_device(3), 1e-6},
                               {"lanes_1", make_lanes_device(), 1e-6}};
    if (has_gpu()) found.push_back({"cuda", make_gpu(), 1e-6});
    return found;
  }();
  return all;
}

/// One scan, on one device, with fields of random numbers: positive ones, or of either sign and of very different
/// sizes in different channels.
struct scene {
  scene(device& on, ray_case const& of, std::size_t seed = 1)
      : random(seed), rays(make_rays(of, random)), channels(of.channels), solver(on.make_projector(rays)) {}

  std::vector<float> numbers(std::size_t rows) {
    std::normal_distribution<float> normal;
    std::vector<float> values(rows * channels);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = normal(random) * std::pow(10.0F, static_cast<float>(i % channels % 13) - 6);
    return values;
  }
  std::vector<float> positive(std::size_t rows) {
    std::uniform_real_distribution<float> uniform(0, 1);
    std::vector<float> values(rows * channels);
    for (auto& v : values) v = uniform(random);
    return values;
  }
  std::size_t pixels() const { return static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size); }
  std::size_t entries() const { return rays.angles.size(); }

  std::unique_ptr<field> load(std::array<std::int64_t, 2> shape, std::vector<float> const& values) {
    auto made = solver->make({shape[0], shape[1], static_cast<std::int64_t>(values.size()) / (shape[0] * shape[1])});
    solver->copy(view<float const>(values.data(), static_cast<std::size_t>(shape[0] * shape[1]),
                                   static_cast<std::size_t>(made->shape()[2])),
                 *made);
    return made;
  }
  std::unique_ptr<field> image(std::vector<float> const& values) { return load({rays.size, rays.size}, values); }
  std::unique_ptr<field> sinogram(std::vector<float> const& values) {
    return load({rays.rotations, rays.translations}, values);
  }
  std::vector<float> unload(field const& from) {
    auto const [rows, columns, deep] = from.shape();
    std::vector<float> values(static_cast<std::size_t>(rows * columns * deep));
    solver->copy(from,
                 view<float>(values.data(), static_cast<std::size_t>(rows * columns), static_cast<std::size_t>(deep)));
    solver->synchronize();
    return values;
  }
  /// `before` is what the sinogram holds beforehand.
  std::vector<float> project(std::vector<float> const& values, rotation_set const& which,
                             std::vector<float> const& before) {
    auto const into = sinogram(before);
    solver->project(*image(values), which, *into);
    return unload(*into);
  }
  std::vector<float> project(std::vector<float> const& values) {
    return project(values, {}, std::vector<float>(values.size() / pixels() * entries(), 7.0F));
  }
  std::vector<float> back_project(std::vector<float> const& values, rotation_set const& which = {}) {
    auto const into = image(std::vector<float>(values.size() / entries() * pixels(), 7.0F));
    solver->back_project(*sinogram(values), which, *into);
    return unload(*into);
  }

  std::mt19937_64 random;
  ray_list rays;
  std::size_t channels;
  std::unique_ptr<projector> solver;
};

/// The largest deviation in any channel, in parts of the largest value of that channel.
double deviation(std::vector<float> const& got, dense_projection::sums const& of, std::size_t channels) {
  auto const& [expected, scale] = of;
  if (got.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t c = 0; c < channels; ++c) {
    double largest = 0;
    double difference = 0;
    for (std::size_t i = c; i < expected.size(); i += channels) {
      if (std::isnan(got[i])) return std::numeric_limits<double>::infinity();
      largest = std::max({largest, std::abs(expected[i]), scale[i]});
      difference = std::max(difference, std::abs(static_cast<double>(got[i]) - expected[i]));
    }
    worst = std::max(worst, largest > 0 ? difference / largest : difference * 1e300);
  }
  return worst;
}

bool same_bits(std::vector<float> const& a, std::vector<float> const& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// Which entries belong to a set: counted out one by one.
std::vector<bool> meant(ray_list const& rays, rotation_set const& which) {
  std::vector<int> rotations;
  for (int r = which.first; r < rays.rotations; r += which.step) rotations.push_back(r);
  std::vector<bool> result(rays.angles.size());
  auto const n = rotations.size();
  auto const parts = static_cast<std::size_t>(projection_parts);
  for (auto part = static_cast<std::size_t>(which.first_part);
       part < static_cast<std::size_t>(which.first_part + which.parts); ++part) {
    for (std::size_t k = part * n / parts; k < (part + 1) * n / parts; ++k)
      for (int t = 0; t < rays.translations; ++t)
        result[static_cast<std::size_t>(rotations[k] * rays.translations + t)] = true;
  }
  return result;
}

constexpr rotation_set sets[] = {{},           {0, 1, 0, 8},  {0, 1, 8, 8},
                                 {0, 1, 4, 4}, {0, 1, 15, 1}, {0, 3, 0, 16},
                                 {1, 3, 2, 2}, {2, 7, 0, 16}, {0, 1000, 0, 16}};

class projection : public testing::TestWithParam<std::tuple<backend, ray_case>> {
 protected:
  backend const& by() const { return std::get<0>(GetParam()); }
  ray_case const& shape() const { return std::get<1>(GetParam()); }
};

TEST_P(projection, equals_the_dense_matrix) {
  scene scan(*by().on, shape());
  dense_projection const dense(scan.rays);
  auto const image = scan.numbers(scan.pixels());
  EXPECT_LE(deviation(scan.project(image), dense.project(image, scan.channels), scan.channels), by().tolerance);
  auto const sinogram = scan.numbers(scan.entries());
  EXPECT_LE(deviation(scan.back_project(sinogram), dense.back_project(sinogram, scan.channels, meant(scan.rays, {})),
                      scan.channels),
            by().tolerance);
}

TEST_P(projection, of_some_rotations_leaves_the_others_alone) {
  scene scan(*by().on, shape());
  dense_projection const dense(scan.rays);
  auto const image = scan.numbers(scan.pixels());
  auto const all = scan.project(image);
  auto const sinogram = scan.numbers(scan.entries());
  for (auto const& which : sets) {
    if (which.first >= scan.rays.rotations) continue;
    auto const belongs = meant(scan.rays, which);
    auto expected = sinogram;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (belongs[i / scan.channels]) expected[i] = all[i];
    EXPECT_TRUE(same_bits(scan.project(image, which, sinogram), expected));
    EXPECT_LE(deviation(scan.back_project(sinogram, which), dense.back_project(sinogram, scan.channels, belongs),
                        scan.channels),
              by().tolerance);
  }
}

TEST_P(projection, has_an_exact_adjoint) {
  scene scan(*by().on, shape());
  if (shape().missing == 1) return;
  for (bool const of_either_sign : {false, true}) {
    auto const x = of_either_sign ? scan.numbers(scan.pixels()) : scan.positive(scan.pixels());
    auto const y = of_either_sign ? scan.numbers(scan.entries()) : scan.positive(scan.entries());
    auto const image = scan.image(x);
    auto const sinogram = scan.sinogram(y);
    auto const projected = scan.solver->make(sinogram->shape());
    auto const back = scan.solver->make(image->shape());
    scan.solver->project(*image, {}, *projected);
    scan.solver->back_project(*sinogram, {}, *back);
    std::vector<double> one(scan.channels), other(scan.channels), size_one(scan.channels), size_other(scan.channels);
    scan.solver->dot(*projected, *sinogram, one);
    scan.solver->dot(*image, *back, other);
    scan.solver->dot(*projected, *projected, size_one);
    scan.solver->dot(*sinogram, *sinogram, size_other);
    for (std::size_t c = 0; c < scan.channels; ++c) {
      double const scale = of_either_sign ? std::sqrt(size_one[c] * size_other[c]) : std::abs(one[c]);
      ASSERT_GT(scale, 0);
      EXPECT_LE(std::abs(one[c] - other[c]), 1e-6 * scale) << "channel " << c;
    }
  }
}

TEST_P(projection, of_halves_adds_up_to_the_bits_of_the_whole) {
  scene scan(*by().on, shape());
  auto const sinogram = scan.sinogram(scan.numbers(scan.entries()));
  auto const whole = scan.solver->make({scan.rays.size, scan.rays.size, sinogram->shape()[2]});
  auto const sum = scan.solver->make(whole->shape());
  auto const other = scan.solver->make(whole->shape());
  std::vector<float> const ones(scan.channels, 1.0F);
  for (int parts = 8; parts >= 1; parts /= 2) {
    for (int first = 0; first < projection_parts; first += 2 * parts) {
      scan.solver->back_project(*sinogram, {0, 1, first, 2 * parts}, *whole);
      scan.solver->back_project(*sinogram, {0, 1, first, parts}, *sum);
      scan.solver->back_project(*sinogram, {0, 1, first + parts, parts}, *other);
      scan.solver->combine(*sum, ones, *other, ones);
      ASSERT_TRUE(same_bits(scan.unload(*sum), scan.unload(*whole))) << parts << " parts from " << first;
    }
  }
}

TEST_P(projection, of_a_channel_alone_has_the_bits_it_has_among_others) {
  scene scan(*by().on, shape());
  auto const image = scan.numbers(scan.pixels());
  auto const sinogram = scan.numbers(scan.entries());
  auto const projected = scan.project(image);
  auto const back = scan.back_project(sinogram);
  for (std::size_t channel : {std::size_t{0}, scan.channels / 2, scan.channels - 1}) {
    auto const alone = [&](std::vector<float> const& all) {
      std::vector<float> chosen;
      for (std::size_t i = channel; i < all.size(); i += scan.channels) chosen.push_back(all[i]);
      return chosen;
    };
    EXPECT_TRUE(same_bits(scan.project(alone(image)), alone(projected)));
    EXPECT_TRUE(same_bits(scan.back_project(alone(sinogram)), alone(back)));
  }
}

INSTANTIATE_TEST_SUITE_P(backends, projection,
                         testing::Combine(testing::ValuesIn(backends()), testing::ValuesIn(ray_cases)),
                         [](auto const& one) {
                           return std::get<0>(one.param).name + "_" + std::get<1>(one.param).name;
                         });

class projection_with_threads : public testing::TestWithParam<ray_case> {};

TEST_P(projection_with_threads, has_the_bits_of_one_thread) {
  scene one(*backends()[1].on, GetParam());
  auto const image = one.numbers(one.pixels());
  auto const sinogram = one.numbers(one.entries());
  auto const projected = one.project(image);
  auto const back = one.back_project(sinogram);
  for (std::size_t more : {2, 3}) {
    scene same(*backends()[more].on, GetParam());
    EXPECT_TRUE(same_bits(same.project(image), projected));
    EXPECT_TRUE(same_bits(same.back_project(sinogram), back));
  }
}

INSTANTIATE_TEST_SUITE_P(cpu, projection_with_threads, testing::ValuesIn(ray_cases),
                         [](auto const& one) { return std::string(one.param.name); });

class projector_of : public testing::TestWithParam<backend> {};

ray_list two_rays() { return {1, 2, {0, pi / 2}, {0, 1}, {1, 0.5F}, 3, 1}; }

TEST_P(projector_of, sums_a_column_and_a_row) {
  auto const solver = GetParam().on->make_projector(two_rays());
  std::vector<float> const pixels{1, 2, 3, 4, 5, 6, 7, 8, 9};
  auto const image = solver->make({3, 3, 1});
  auto const sinogram = solver->make({1, 2, 1});
  solver->copy(view<float const>(pixels.data(), 9, 1), *image);
  solver->project(*image, {}, *sinogram);
  float sums[2];
  solver->copy(*sinogram, view<float>(sums, 2, 1));
  EXPECT_FLOAT_EQ(sums[0], 2 + 5 + 8);
  EXPECT_FLOAT_EQ(sums[1], 0.5F * (1 + 2 + 3));  // y = −1 is the first row
}

TEST_P(projector_of, takes_rays_that_pass_far_beside_the_image) {
  ray_list rays{1, 6, {0, 1, 2, 3, 4, 5}, {1e9, -1e9, 1e6, -300, 40, 2e8}, {1, 1, 1, 1, 1, 1}, 9, 4};
  auto const solver = GetParam().on->make_projector(rays);
  std::vector<float> const ones(81, 1);
  auto const image = solver->make({9, 9, 1});
  auto const sinogram = solver->make({1, 6, 1});
  solver->copy(view<float const>(ones.data(), 81, 1), *image);
  solver->project(*image, {}, *sinogram);
  std::vector<float> sums(81);
  solver->copy(*sinogram, view<float>(sums.data(), 6, 1));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(sums[static_cast<std::size_t>(i)], 0);
  solver->copy(view<float const>(ones.data(), 6, 1), *sinogram);
  solver->back_project(*sinogram, {}, *image);
  solver->copy(*image, view<float>(sums.data(), 81, 1));
  for (float const value : sums) EXPECT_EQ(value, 0);
}

TEST_P(projector_of, works_without_channels) {
  auto const solver = GetParam().on->make_projector(two_rays());
  auto const image = solver->make({3, 3, 0});
  auto const sinogram = solver->make({1, 2, 0});
  solver->project(*image, {}, *sinogram);
  solver->back_project(*sinogram, {}, *image);
}

TEST_P(projector_of, refuses_impossible_rays) {
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  auto const refused = [](auto change) {
    ray_list rays = two_rays();
    change(rays);
    EXPECT_THROW(GetParam().on->make_projector(rays), std::invalid_argument);
  };
  for (int const none : {0, -1, std::numeric_limits<int>::min()}) {
    refused([&](auto& rays) { rays.rotations = none; });
    refused([&](auto& rays) { rays.translations = none; });
    refused([&](auto& rays) { rays.size = none; });
  }
  refused([](auto& rays) { rays.size = largest_image + 1; });
  refused([](auto& rays) { rays.size = std::numeric_limits<int>::max(); });
  refused([](auto& rays) { rays.rotations = rays.translations = std::numeric_limits<int>::max(); });
  refused([](auto& rays) { rays.rotations = rays.translations = 65536; });
  refused([](auto& rays) { rays.angles.pop_back(); });
  refused([](auto& rays) { rays.positions.push_back(0); });
  refused([](auto& rays) { rays.weights.clear(); });
  for (double const bad : {nan, infinity, -infinity}) {
    refused([&](auto& rays) { rays.angles[1] = bad; });
    refused([&](auto& rays) { rays.positions[0] = bad; });
    refused([&](auto& rays) { rays.weights[1] = static_cast<float>(bad); });
    refused([&](auto& rays) { rays.centre = bad; });
  }
  refused([](auto& rays) { rays.positions[1] = -1.1e9; });
  refused([](auto& rays) { rays.centre = 1e300; });
  refused([](auto& rays) { rays.weights[0] = -0.1F; });
}

TEST_P(projector_of, refuses_rotations_and_shapes_that_do_not_exist) {
  auto const solver = GetParam().on->make_projector(two_rays());
  auto const image = solver->make({3, 3, 2});
  auto const sinogram = solver->make({1, 2, 2});
  int const most = std::numeric_limits<int>::max();
  for (rotation_set const& bad : std::initializer_list<rotation_set>{{1, 1},
                                                                     {-1, 1},
                                                                     {0, 0},
                                                                     {0, -1},
                                                                     {0, 1, 0, 0},
                                                                     {0, 1, 0, 3},
                                                                     {0, 1, 0, 32},
                                                                     {0, 1, 1, 2},
                                                                     {0, 1, 16, 1},
                                                                     {0, 1, -8, 8},
                                                                     {0, 1, 8, 16},
                                                                     {0, 1, most, 1},
                                                                     {0, 1, 0, most},
                                                                     {most, most, 0, 16}}) {
    EXPECT_THROW(solver->project(*image, bad, *sinogram), std::invalid_argument);
    EXPECT_THROW(solver->back_project(*sinogram, bad, *image), std::invalid_argument);
  }
  EXPECT_THROW(solver->project(*sinogram, {}, *image), std::invalid_argument);
  EXPECT_THROW(solver->back_project(*image, {}, *sinogram), std::invalid_argument);
  auto const other = solver->make({1, 2, 3});
  EXPECT_THROW(solver->project(*image, {}, *other), std::invalid_argument);
  EXPECT_THROW(solver->back_project(*other, {}, *image), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(backends, projector_of, testing::ValuesIn(backends()),
                         [](auto const& one) { return one.param.name; });

}  // namespace
}  // namespace xrdct::test
