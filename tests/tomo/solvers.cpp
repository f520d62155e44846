// Iterative solvers on every backend, against solutions that are computed in other ways, in double.
#include "tests/tomo/solver_scene.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace xrdct::test {
namespace {

class solvers_on : public testing::TestWithParam<solver_backend> {
 protected:
  device& on() const { return *GetParam().on; }
};

/// What takes many iterations; on other threads the same bits come of it, which a test of their own sees.
class solutions_on : public solvers_on {};

/// Without stopping early.
solver_options options_of(algorithm which, int iterations) {
  solver_options made;
  made.algorithm = which;
  made.iterations = iterations;
  made.tolerance = 0;
  if (which == algorithm::osem) made.subsets = 5;
  if (which == algorithm::tv) made.tv_weight = 1e-6;
  return made;
}

constexpr algorithm all_algorithms[] = {algorithm::sirt, algorithm::cgls, algorithm::mlem, algorithm::osem,
                                        algorithm::tv};

std::vector<double> random_image(int size, std::mt19937_64& random, double low = 0.2, double high = 1) {
  std::uniform_real_distribution<double> uniform(low, high);
  std::vector<double> x(static_cast<std::size_t>(size * size));
  std::ranges::generate(x, [&] { return uniform(random); });
  return x;
}

/// Random images, as they are seen.
struct seen_images {
  std::vector<std::vector<double>> truth;
  matrix a;
  solver_scene scene;

  seen_images(int size, std::size_t channels, double low = 0.2) {
    std::mt19937_64 random(static_cast<std::size_t>(size));
    scene.rays = many_rays(size, random);
    scene.channels = channels;
    a = matrix_of(scene.rays);
    for (std::size_t c = 0; c < channels; ++c) {
      truth.push_back(random_image(size, random, low));
      scene.set_channel(c, product(a, truth.back()));
    }
  }
  /// Adds what no image explains.
  void disturb(double sigma) {
    std::mt19937_64 random(99);
    std::normal_distribution<double> normal(0, sigma);
    for (std::size_t c = 0; c < scene.channels; ++c) {
      auto y = scene.channel(c);
      for (auto& v : y) v += normal(random);
      scene.set_channel(c, y);
    }
  }
  double worst(values const& image, std::vector<std::vector<double>> const& expected) const {
    double most = 0;
    for (std::size_t c = 0; c < expected.size(); ++c) {
      auto const got = channel_of(image, scene.channels, c);
      for (std::size_t i = 0; i < got.size(); ++i) most = std::max(most, std::abs(got[i] - expected[c][i]));
    }
    return most;
  }
};

/// 1/length of every ray; what is shorter than a hundredth of a pixel counts as not there.
std::vector<double> inverse_sums(matrix const& a) {
  std::vector<double> made;
  for (auto const& row : a) {
    double sum = 0;
    for (double const v : row) sum += v;
    made.push_back(sum > 0.01 ? 1 / sum : 0);
  }
  return made;
}

std::vector<double> measured(ray_list const& rays) {
  std::vector<double> made;
  for (float const w : rays.weights) made.push_back(w > 0 ? 1 : 0);
  return made;
}

/// Every algorithm, on data that images explain, missing entries being NaN: the truth.
TEST_P(solutions_on, find_the_truth_of_consistent_data) {
  for (int const size : {5, 6}) {
    seen_images seen(size, 3);
    seen.scene.forget_missing();
    std::map<algorithm, std::pair<int, double>> const reached{{algorithm::cgls, {40, 1e-4}},
                                                              {algorithm::sirt, {1000, 2e-3}},
                                                              {algorithm::mlem, {1000, 2e-3}},
                                                              {algorithm::osem, {200, 2e-3}},
                                                              {algorithm::tv, {2000, 2e-3}}};
    for (auto const which : all_algorithms) {
      auto const [iterations, error] = reached.at(which);
      solver_outcome ended;
      auto const image = seen.scene.solve_on(on(), options_of(which, iterations), &ended);
      EXPECT_LT(seen.worst(image, seen.truth), error) << name_of(which) << ", " << size;
      for (float const r : ended.residual) EXPECT_LT(r, 1e-3F) << name_of(which);
      for (auto const n : ended.iterations) EXPECT_LE(n, iterations);
    }
  }
}

TEST_P(solutions_on, find_least_squares_of_noisy_data) {
  seen_images seen(6, 2, -1);
  seen.disturb(0.3);
  std::vector<std::vector<double>> plain, by_length;
  for (std::size_t c = 0; c < 2; ++c) {
    plain.push_back(least_squares(seen.a, measured(seen.scene.rays), seen.scene.channel(c)));
    by_length.push_back(least_squares(seen.a, inverse_sums(seen.a), seen.scene.channel(c)));
  }
  ASSERT_GT(std::abs(plain[0][0] - by_length[0][0]), 0.01);  // they differ, so that one cannot pass for the other
  EXPECT_LT(seen.worst(seen.scene.solve_on(on(), options_of(algorithm::cgls, 80)), plain), 1e-4);
  EXPECT_LT(seen.worst(seen.scene.solve_on(on(), options_of(algorithm::sirt, 1500)), by_length), 2e-3);
  EXPECT_LT(seen.worst(seen.scene.solve_on(on(), options_of(algorithm::tv, 3000)), plain), 2e-3);
}

/// Errors of every value between a fifth and 3, some 0, which count as the least of their channel; and 1/σ² by ray.
std::vector<std::vector<double>> add_errors(solver_scene& scene) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<float> uniform(0.2F, 3);
  std::vector<std::vector<double>> weights(scene.channels);
  std::vector<float> least(scene.channels, 1e30F);
  for (std::size_t ray = 0; ray < scene.rays.weights.size(); ++ray)
    for (std::size_t c = 0; c < scene.channels; ++c) {
      bool const there = scene.rays.weights[ray] > 0;
      // What is said of missing rays does not matter.
      float const sigma = there ? uniform(random) * static_cast<float>(c + 1) : 1e-6F;
      scene.errors.push_back(there && ray % 17 == c ? 0 : sigma);
      if (there && scene.errors.back() > 0) least[c] = std::min(least[c], sigma);
    }
  for (std::size_t ray = 0; ray < scene.rays.weights.size(); ++ray)
    for (std::size_t c = 0; c < scene.channels; ++c) {
      double const sigma = static_cast<double>(std::max(scene.errors[ray * scene.channels + c], least[c]));
      weights[c].push_back(scene.rays.weights[ray] > 0 ? 1 / (sigma * sigma) : 0);
    }
  return weights;
}

std::vector<double> times(std::vector<double> a, std::vector<double> const& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] *= b[i];
  return a;
}

TEST_P(solutions_on, find_weighted_least_squares) {
  seen_images seen(6, 2, -1);
  seen.disturb(0.3);
  auto const weights = add_errors(seen.scene);
  std::vector<std::vector<double>> plain, by_length, positive, unweighted;
  for (std::size_t c = 0; c < 2; ++c) {
    auto const y = seen.scene.channel(c);
    auto const lengths = times(weights[c], inverse_sums(seen.a));
    plain.push_back(least_squares(seen.a, weights[c], y));
    by_length.push_back(least_squares(seen.a, lengths, y));
    positive.push_back(non_negative_least_squares(seen.a, lengths, y));
    unweighted.push_back(least_squares(seen.a, measured(seen.scene.rays), y));
  }
  auto const weighted = [](algorithm which, int iterations) {
    auto made = options_of(which, iterations);
    made.weighted = true;
    return made;
  };
  auto const image = seen.scene.solve_on(on(), weighted(algorithm::cgls, 120));
  EXPECT_LT(seen.worst(image, plain), 2e-4);
  EXPECT_GT(seen.worst(image, unweighted), 0.05);
  EXPECT_LT(seen.worst(seen.scene.solve_on(on(), weighted(algorithm::sirt, 4000)), by_length), 4e-3);
  auto cut = weighted(algorithm::sirt, 4000);
  cut.non_negative = true;
  EXPECT_LT(seen.worst(seen.scene.solve_on(on(), cut), positive), 4e-3);
  // Without weights, errors are not looked at.
  auto const as_before = seen.scene.solve_on(on(), options_of(algorithm::cgls, 20));
  seen.scene.errors.clear();
  EXPECT_EQ(seen.scene.solve_on(on(), options_of(algorithm::cgls, 20)), as_before);
  EXPECT_THROW(seen.scene.solve_on(on(), weighted(algorithm::cgls, 3)), input_error);
}

TEST_P(solutions_on, find_non_negative_least_squares) {
  seen_images seen(7, 2, -0.5);
  seen.disturb(0.5);
  std::vector<std::vector<double>> plain, by_length;
  for (std::size_t c = 0; c < 2; ++c) {
    plain.push_back(non_negative_least_squares(seen.a, measured(seen.scene.rays), seen.scene.channel(c)));
    by_length.push_back(non_negative_least_squares(seen.a, inverse_sums(seen.a), seen.scene.channel(c)));
  }
  ASSERT_GT(std::ranges::count(plain[0], 0.0), 4);
  for (auto const which : {algorithm::sirt, algorithm::tv}) {
    auto options = options_of(which, 1500);
    options.non_negative = true;
    auto const image = seen.scene.solve_on(on(), options);
    EXPECT_LT(seen.worst(image, which == algorithm::sirt ? by_length : plain), 2e-3) << name_of(which);
    EXPECT_GE(*std::ranges::min_element(image), 0) << name_of(which);
  }
}

/// A regular scan, so that pixels beyond its circle are seen by some rotations only.
ray_list regular_rays(int rotations, int translations, int size) {
  ray_list rays;
  rays.rotations = rotations;
  rays.translations = translations;
  rays.size = size;
  rays.centre = (size - 1) / 2.0;
  for (int r = 0; r < rotations; ++r)
    for (int t = 0; t < translations; ++t) {
      rays.angles.push_back(std::numbers::pi * r / rotations);
      rays.positions.push_back(t - (translations - 1) / 2.0);
      rays.weights.push_back(1);
    }
  return rays;
}

/// Steps of different kinds: a disc, a rectangle within, a hole.
std::vector<double> steps_image(int size) {
  std::vector<double> x(static_cast<std::size_t>(size * size));
  double const c = (size - 1) / 2.0;
  for (int r = 0; r < size; ++r)
    for (int col = 0; col < size; ++col) {
      double value = std::hypot(r - c, col - c) < 0.42 * size ? 1 : 0;
      if (std::abs(r - 0.8 * c) < 0.15 * size && std::abs(col - 1.2 * c) < 0.1 * size) value = 3;
      if (std::hypot(r - 1.4 * c, col - 0.8 * c) < 0.1 * size) value = 0;
      x[static_cast<std::size_t>(r * size + col)] = value;
    }
  return x;
}

/// Channels of noisy steps, brighter and brighter, some of them empty.
solver_scene noisy_steps(int size, std::size_t channels, double noise) {
  solver_scene scene{regular_rays(size + 3, size, size), channels, {}};
  auto const y = product(matrix_of(scene.rays), steps_image(size));
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0, noise * norm(y) / std::sqrt(static_cast<double>(y.size())));
  for (std::size_t c = 0; c < channels; ++c) {
    auto some = y;
    double const bright = c % 7 == 3 ? 0 : std::pow(1.3, static_cast<double>(c % 40) - 20);
    for (auto& v : some) v = bright * (v + normal(random) * static_cast<double>(c % 5));
    scene.set_channel(c, some);
  }
  return scene;
}

TEST_P(solvers_on, agree_with_the_reference) {
  auto const scene = noisy_steps(21, 4, 0.05);
  for (auto const which : all_algorithms) {
    for (bool const non_negative : {false, true}) {
      if (non_negative && which == algorithm::cgls) continue;
      auto options = options_of(which, 12);
      options.non_negative = non_negative;
      if (which == algorithm::tv) options.tv_weight = 0.05;
      auto const image = scene.solve_on(on(), options);
      auto const expected = scene.solve_on(*solver_backend_named("reference").on, options);
      for (std::size_t c = 0; c < 4; ++c) {
        auto const got = channel_of(image, 4, c);
        auto const one = channel_of(expected, 4, c);
        double const largest = *std::ranges::max_element(one);
        ASSERT_EQ(largest > 0, c != 3);
        for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], one[i], 2e-5 * largest) << name_of(which);
      }
    }
  }
}

/// A channel has the bits that it has alone, though others leave before it does, and blocks become fewer.
TEST_P(solvers_on, leave_the_bits_of_channels_to_themselves) {
  std::size_t const channels = 200;
  auto const scene = noisy_steps(12, channels, 0.03);
  for (auto const which : all_algorithms) {
    auto options = options_of(which, which == algorithm::cgls ? 25 : 60);
    options.tolerance = 6e-3;
    if (which == algorithm::tv) options.tv_weight = 0.02;
    solver_outcome ended;
    auto const image = scene.solve_on(on(), options, &ended);
    auto const [least, most] = std::ranges::minmax(ended.iterations);
    EXPECT_EQ(least, 0) << name_of(which);  // empty channels
    EXPECT_GT(most, 5) << name_of(which);
    EXPECT_GT(std::ranges::count_if(ended.iterations, [most](int n) { return n > 0 && n < most; }), 20)
        << name_of(which);
    for (std::size_t const c : {0, 3, 64, 65, 127, 199}) {
      solver_scene one{scene.rays, 1, {}};
      one.set_channel(0, scene.channel(c));
      solver_outcome of_one;
      auto const alone = one.solve_on(on(), options, &of_one);
      EXPECT_EQ(channel_of(image, channels, c), channel_of(alone, 1, 0)) << name_of(which) << ", channel " << c;
      EXPECT_EQ(of_one.iterations[0], ended.iterations[c]);
      EXPECT_EQ(of_one.residual[0], ended.residual[c]);
    }
  }
}

/// More channels than are worked on at a time, and an image that is smaller than the scan.
TEST_P(solvers_on, take_any_number_of_channels) {
  solver_scene scene{regular_rays(9, 8, 5), 300, {}};
  std::mt19937_64 random(3);
  std::uniform_real_distribution<float> uniform;
  scene.sinogram.resize(9 * 8 * 300);
  std::ranges::generate(scene.sinogram, [&] { return uniform(random); });
  for (auto const which : all_algorithms) {
    auto const image = scene.solve_on(on(), options_of(which, 3));
    for (std::size_t const c : {255, 256, 299}) {
      solver_scene one{scene.rays, 1, {}};
      one.set_channel(0, scene.channel(c));
      EXPECT_EQ(channel_of(image, 300, c), channel_of(one.solve_on(on(), options_of(which, 3)), 1, 0));
    }
  }
}

/// What is minimised never gets larger; residuals are those of the image, computed from it in double.
TEST_P(solvers_on, never_make_residuals_larger) {
  auto const scene = noisy_steps(13, 3, 0.1);
  auto const a = matrix_of(scene.rays);
  auto const by_length = inverse_sums(a);
  for (auto const which : {algorithm::sirt, algorithm::cgls}) {
    for (bool const non_negative : {false, true}) {
      if (non_negative && which == algorithm::cgls) continue;
      std::vector<double> before(3, 1e300);
      for (int iterations = 1; iterations <= 20; ++iterations) {
        auto options = options_of(which, iterations);
        options.non_negative = non_negative;
        solver_outcome ended;
        auto const image = scene.solve_on(on(), options, &ended);
        for (std::size_t c = 0; c < 3; ++c) {
          auto const y = scene.channel(c);
          auto rest = product(a, channel_of(image, 3, c));
          for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= y[i];
          ASSERT_NEAR(static_cast<double>(ended.residual[c]), norm(rest) / norm(y), 1e-5);
          if (which == algorithm::sirt)
            for (std::size_t i = 0; i < rest.size(); ++i) rest[i] *= std::sqrt(by_length[i]);
          ASSERT_LE(norm(rest), before[c] * (1 + 1e-6)) << name_of(which) << iterations;
          before[c] = norm(rest);
        }
      }
    }
  }
}

/// Of Poisson counts, MLEM never gets less likely, and from its first iteration on explains as many as there are.
TEST_P(solvers_on, make_counts_likelier) {
  solver_scene scene{regular_rays(20, 15, 15), 2, {}};
  auto const a = matrix_of(scene.rays);
  auto const expected = product(a, steps_image(15));
  std::mt19937_64 random(8);
  for (std::size_t c = 0; c < 2; ++c) {
    std::vector<double> counts;
    for (double const mean : expected)
      counts.push_back(std::poisson_distribution<int>(mean * (c == 0 ? 1 : 30) + 1e-9)(random));
    scene.set_channel(c, counts);
  }
  std::vector<double> before(2, -1e300);
  for (int iterations = 1; iterations <= 25; ++iterations) {
    auto const image = scene.solve_on(on(), options_of(algorithm::mlem, iterations));
    ASSERT_GE(*std::ranges::min_element(image), 0);
    for (std::size_t c = 0; c < 2; ++c) {
      auto const y = scene.channel(c);
      auto const seen = product(a, channel_of(image, 2, c));
      double likelihood = 0, total = 0, explained = 0;
      for (std::size_t i = 0; i < y.size(); ++i) {
        if (y[i] > 0) likelihood += y[i] * std::log(seen[i]);
        likelihood -= seen[i];
        total += y[i];
        explained += seen[i];
      }
      ASSERT_GE(likelihood, before[c] - 1e-6 * std::abs(likelihood)) << iterations;
      ASSERT_NEAR(explained, total, 1e-5 * total);
      before[c] = likelihood;
    }
  }
}

TEST_P(solvers_on, take_negative_counts_for_none) {
  solver_scene scene{regular_rays(7, 6, 6), 2, {}};
  std::vector<double> y(42, 2.0);
  y[5] = y[17] = -3;
  scene.set_channel(0, y);
  y[5] = y[17] = 0;
  scene.set_channel(1, y);
  for (auto const which : {algorithm::mlem, algorithm::osem}) {
    auto const image = scene.solve_on(on(), options_of(which, 10));
    EXPECT_EQ(channel_of(image, 2, 0), channel_of(image, 2, 1));
    EXPECT_GT(*std::ranges::max_element(image), 0.1F);
  }
}

double distance(std::vector<double> a, std::vector<double> const& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return norm(a);
}

/// Few noisy rotations of steps: total variation is nearer to the truth than conjugate gradients ever come.
TEST_P(solutions_on, keep_steps_by_total_variation) {
  for (int const size : {31, 32}) {
    auto const truth = steps_image(size);
    solver_scene scene{regular_rays(16, size, size), 1, {}};
    auto y = product(matrix_of(scene.rays), truth);
    std::mt19937_64 random(21);
    std::normal_distribution<double> normal(0, 0.05 * norm(y) / std::sqrt(static_cast<double>(y.size())));
    for (auto& v : y) v += normal(random);
    scene.set_channel(0, y);
    double best = 1e300;
    for (int iterations = 1; iterations < 25; ++iterations)
      best = std::min(best,
                      distance(channel_of(scene.solve_on(on(), options_of(algorithm::cgls, iterations)), 1, 0), truth));
    auto options = options_of(algorithm::tv, 300);
    options.tv_weight = 0.05;
    auto const tv = distance(channel_of(scene.solve_on(on(), options), 1, 0), truth);
    EXPECT_LT(tv, 0.6 * best) << size;
  }
}

/// ½‖A x − y‖² + λ·TV, in double.
double tv_objective(matrix const& a, std::vector<double> const& x, std::vector<double> const& y, double weight,
                    int size) {
  auto rest = product(a, x);
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= y[i];
  double variation = 0;
  auto const at = [&](int r, int c) { return x[static_cast<std::size_t>(r * size + c)]; };
  for (int r = 0; r < size; ++r)
    for (int c = 0; c < size; ++c)
      variation += std::hypot(c + 1 < size ? at(r, c + 1) - at(r, c) : 0, r + 1 < size ? at(r + 1, c) - at(r, c) : 0);
  return norm(rest) * norm(rest) / 2 + weight * variation;
}

/// No image around has a smaller objective, whatever the scale of the data.
TEST_P(solutions_on, minimise_total_variation) {
  int const size = 15;
  auto scene = noisy_steps(size, 42, 0.05);  // of very different brightness
  auto const a = matrix_of(scene.rays);
  auto options = options_of(algorithm::tv, 1500);
  options.tv_weight = 0.1;
  auto const image = scene.solve_on(on(), options);
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  for (std::size_t const c : {1, 11, 39}) {
    auto const y = scene.channel(c);
    auto const x = channel_of(image, 42, c);
    double const rms = norm(y) / std::sqrt(static_cast<double>(y.size()));
    double const weight = 0.1 * rms * std::sqrt(static_cast<double>(scene.rays.rotations));
    double const reached = tv_objective(a, x, y, weight, size);
    auto const truth = steps_image(size);
    double const scale = norm(x) / norm(truth);
    for (int trial = 0; trial < 200; ++trial) {
      auto other = x;
      double const far = std::pow(10.0, -1 - trial % 4);
      for (std::size_t i = 0; i < other.size(); ++i)
        other[i] += trial % 2 == 0 ? far * scale * normal(random) : far * (scale * truth[i] - other[i]);
      ASSERT_GE(tv_objective(a, other, y, weight, size), reached * (1 - 1e-6)) << c << ", " << trial;
    }
  }
}

/// One group, which goes on from this state.
group_source whole(solver_state const& state) {
  return [&state](std::uint64_t, std::size_t) { return group_start{0, state}; };
}

/// Saved after any iteration and begun anew: the same bits. The reference keeps doubles, which states do not hold.
TEST_P(solvers_on, go_on_from_a_saved_state) {
  if (GetParam().name == "reference") GTEST_SKIP() << "it does not compute in single precision";
  std::size_t const channels = 150;
  auto scene = noisy_steps(9, channels, 0.03);
  add_errors(scene);
  std::vector<std::pair<algorithm, bool>> kinds{{algorithm::sirt, true}, {algorithm::cgls, true}};
  for (auto const which : all_algorithms) kinds.push_back({which, false});
  for (auto const& [which, weighted] : kinds) {
    auto options = options_of(which, 30);
    options.weighted = weighted;
    options.tolerance = 8e-3;
    if (which == algorithm::tv) options.tv_weight = 0.02;
    solver_outcome ended;
    std::vector<solver_state> states;
    auto const image =
        scene.solve_on(on(), options, &ended, [&](std::uint64_t first, channel_group const& group, bool ending) {
          ASSERT_EQ(first, 0U);
          ASSERT_FALSE(ending);
          states.push_back(group.save());
          ASSERT_EQ(states.back().iteration, static_cast<int>(states.size()));
        });
    ASSERT_GT(states.size(), 8U);
    for (std::size_t const at : {std::size_t{0}, std::size_t{4}, states.size() - 2, states.size() - 1}) {
      solver_outcome again;
      auto const resumed = scene.solve_on(on(), options, &again, {}, whole(states[at]));
      EXPECT_EQ(resumed, image) << name_of(which) << " from " << at;
      EXPECT_EQ(again.iterations, ended.iterations);
      EXPECT_EQ(again.residual, ended.residual);
    }
    auto wrong = states[1];
    wrong.arrays.pop_back();
    EXPECT_THROW(scene.solve_on(on(), options, nullptr, {}, whole(wrong)), input_error);
    wrong = states[1];
    wrong.channels.back() = 1000;
    EXPECT_THROW(scene.solve_on(on(), options, nullptr, {}, whole(wrong)), input_error);
    wrong = states[1];
    wrong.done.pop_back();
    EXPECT_THROW(scene.solve_on(on(), options, nullptr, {}, whole(wrong)), input_error);
  }
}

/// States of groups are cut at multiples of 64 channels and put together in other groups, each after other iterations,
/// or from the beginning: the same bits.
TEST_P(solvers_on, go_on_in_other_groups) {
  if (GetParam().name == "reference") GTEST_SKIP() << "it does not compute in single precision";
  std::size_t const channels = 230;
  auto const scene = noisy_steps(8, channels, 0.03);
  for (auto const which : all_algorithms) {
    auto options = options_of(which, 20);
    options.tolerance = 8e-3;
    solver_outcome ended;
    std::vector<solver_state> states;
    auto const image = scene.solve_on(on(), options, &ended, [&](std::uint64_t, channel_group const& group, bool) {
      states.push_back(group.save());
    });
    ASSERT_GT(states.size(), 5U);
    auto const& late = states.back();
    ASSERT_TRUE(late.is_final());
    std::vector<group_start> const starts{
        {128, joined({part_of(states[2], 0, 64), part_of(states[2], 64, 64)})},
        {64, std::nullopt},
        {38, joined({part_of(part_of(states[4], 150, 80), 42, 20), part_of(late, 212, 18)})}};
    std::size_t asked = 0;
    solver_outcome again;
    auto const resumed =
        scene.solve_on(on(), options, &again, {}, [&](std::uint64_t, std::size_t) { return starts.at(asked++); });
    EXPECT_EQ(asked, starts.size());
    EXPECT_EQ(resumed, image) << name_of(which);
    EXPECT_EQ(again.iterations, ended.iterations);
    EXPECT_EQ(again.residual, ended.residual);
    EXPECT_THROW(part_of(states[1], 200, 31), input_error);
    EXPECT_THROW(joined({part_of(states[0], 0, 64), part_of(states[1], 64, 64)}), input_error);
    auto wrong = part_of(states[1], 64, 64);
    wrong.arrays.pop_back();
    EXPECT_THROW(joined({part_of(states[1], 0, 64), wrong}), input_error);
    wrong = part_of(states[1], 64, 64);
    wrong.arrays.back().pop_back();
    EXPECT_THROW(joined({part_of(states[1], 0, 64), wrong}), input_error);
  }
}

TEST_P(solvers_on, refuse_shapes_that_contradict_each_other) {
  solver_scene scene{regular_rays(4, 5, 5), 3, values(60)};
  auto const projector = on().make_projector(scene.rays);
  parts_team alone;
  ray_operator const a(*projector, scene.rays, alone);
  values image(75);
  auto const options = options_of(algorithm::sirt, 1);
  view<float const> const sinogram(scene.sinogram.data(), 20, 3);
  EXPECT_THROW(solve(a, options, view<float const>(scene.sinogram.data(), 19, 3), view<float>(image.data(), 25, 3)),
               input_error);
  EXPECT_THROW(solve(a, options, sinogram, view<float>(image.data(), 24, 3)), input_error);
  EXPECT_THROW(solve(a, options, sinogram, view<float>(image.data(), 25, 2)), input_error);
  EXPECT_NO_THROW(solve(a, options, sinogram, view<float>(image.data(), 25, 3)));
  EXPECT_EQ(image, values(75));
}

INSTANTIATE_TEST_SUITE_P(all, solvers_on, testing::ValuesIn(solver_backends()),
                         [](auto const& one) { return one.param.name; });
INSTANTIATE_TEST_SUITE_P(all, solutions_on,
                         testing::Values(solver_backend_named("reference"), solver_backend_named("cpu_1"),
                                         solver_backend_named("lanes_1")),
                         [](auto const& one) { return one.param.name; });

TEST(solvers, have_the_same_bits_by_any_number_of_threads) {
  auto const scene = noisy_steps(19, 130, 0.05);
  for (auto const which : all_algorithms) {
    auto const one = scene.solve_on(*solver_backend_named("cpu_1").on, options_of(which, 15));
    EXPECT_EQ(scene.solve_on(*solver_backend_named("cpu_2").on, options_of(which, 15)), one) << name_of(which);
    EXPECT_EQ(scene.solve_on(*solver_backend_named("cpu_3").on, options_of(which, 15)), one) << name_of(which);
  }
}

TEST(solvers, settle_what_was_asked_for) {
  solver_choice choice;
  choice.algorithm = algorithm::osem;
  EXPECT_EQ(settle(choice, 100).subsets, 10);
  EXPECT_EQ(settle(choice, 4).subsets, 4);
  choice.subsets = 3;
  choice.iterations = 7;
  EXPECT_EQ(settle(choice, 100).subsets, 3);
  EXPECT_EQ(settle(choice, 100).iterations, 7);
  choice.algorithm = algorithm::mlem;
  EXPECT_THROW(settle(choice, 100), usage_error);
  choice.subsets = {};
  EXPECT_EQ(settle(choice, 100).subsets, 1);
  choice.tv_weight = 0.1;
  EXPECT_THROW(settle(choice, 100), usage_error);
  choice.algorithm = algorithm::tv;
  EXPECT_EQ(settle(choice, 100).tv_weight, 0.1);
  choice.weighted = true;
  EXPECT_THROW(settle(choice, 100), usage_error);
  choice = {};
  choice.algorithm = algorithm::cgls;
  choice.weighted = true;
  EXPECT_TRUE(settle(choice, 100).weighted);
  choice.weighted = false;
  EXPECT_GT(settle(choice, 1).iterations, 1);
  choice.non_negative = true;
  EXPECT_THROW(settle(choice, 100), usage_error);
  choice.algorithm = algorithm::fbp;
  EXPECT_NO_THROW(settle(choice, 100));
  choice.iterations = 3;
  EXPECT_THROW(settle(choice, 100), usage_error);
  for (auto const* name : {"fbp", "sirt", "cgls", "mlem", "osem", "tv"})
    EXPECT_EQ(name_of(parse_algorithm(name)), name);
  EXPECT_THROW(parse_algorithm("art"), usage_error);
}

}  // namespace
}  // namespace xrdct::test
