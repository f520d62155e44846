/// \file Every backend against patterns that pyFAI has solved; sigma clipping and azimuthal errors in two steps, as
/// pyFAI 0.21.3, which solved them, weights the scatter of a bin's pixels otherwise than we and its later versions do:
///     V = Σ c·ω·(s/ω − I)², std = √(V/N).
/// That formula in plain double must give what pyFAI gave, and backends what the same plain computation gives by ours.

#include "tests/geometry/solved_case.hpp"
#include "tests/kernels/backends.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace xrdct::test {
namespace {

std::uint32_t bits_of(double value, pixel_type type) {
  if (type == pixel_type::f32) return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
}

reduction_case reduction_of(solved_case const& c, integration_matrix const& matrix, error_model errors) {
  reduction_case made;
  made.format = {encoding::raw, c.type, matrix.rows, matrix.columns, 0};
  made.matrix = matrix;
  made.errors = errors;
  made.pixels.mask = c.mask;
  made.pixels.dark = c.dark;
  made.pixels.norm = c.norm;
  made.pixels.dummy = c.dummy;
  made.pixels.delta_dummy = c.delta_dummy;
  made.pixels.exclude_maximum = false;
  image_bits image;
  for (double const value : c.raw) image.push_back(bits_of(value, c.type));
  add_image(made, std::move(image));
  return made;
}

error_model model_of(solved_case const& c) {
  if (c.error_model == "poisson") return error_model::poisson;
  return c.error_model == "azimuthal" ? error_model::azimuthal : error_model::none;
}

/// What pyFAI 0.21.3 says of a bin.
struct bin_0_21 {
  double intensity = 0, sigma = 0, deviation = 0, count = 0;
};

bin_0_21 integrate_as_0_21(std::vector<plain_entry> const& entries) {
  bin_0_21 bin;
  double signal = 0, norm = 0, variance = 0;
  for (auto const& e : entries) {
    signal += static_cast<double>(e.c) * e.s;
    norm += static_cast<double>(e.c) * e.omega;
    bin.count += e.c;
  }
  bin.intensity = signal / norm;
  for (auto const& e : entries)
    variance += static_cast<double>(e.c) * e.omega * std::pow(static_cast<double>(e.s) / e.omega - bin.intensity, 2);
  bin.sigma = std::sqrt(variance) / norm;
  bin.deviation = std::sqrt(variance / norm);
  return bin;
}

bin_0_21 clip_as_0_21(std::vector<plain_entry> entries, double threshold, int cycles) {
  auto bin = integrate_as_0_21(entries);
  for (int cycle = 0; cycle < cycles && !entries.empty(); ++cycle) {
    double const chauvenet = std::sqrt(2 * std::log(std::max(3.0, bin.count) / std::sqrt(2 * std::numbers::pi)));
    double const limit = std::max(threshold, chauvenet) * bin.deviation;
    auto const dropped = std::erase_if(entries, [&](plain_entry const& e) {
      return std::abs(static_cast<double>(e.s) / e.omega - bin.intensity) > limit;
    });
    if (dropped == 0) break;
    bin = integrate_as_0_21(entries);
  }
  return bin;
}

/// The patterns of all bins, by columns.
struct columns_0_21 {
  std::vector<double> intensity, sigma, count;
  void add(bin_0_21 const& bin) {
    intensity.push_back(bin.intensity);
    sigma.push_back(bin.sigma);
    count.push_back(bin.count);
  }
};

void note(std::string const& what, double worst) { testing::Test::RecordProperty(what, std::to_string(worst)); }

/// Sums of a backend, as patterns of doubles.
struct pattern_of_backend {
  std::vector<double> signal, variance, norm, count, intensity, sigma;
  explicit pattern_of_backend(pattern_memory const& found)
      : signal(found.signal.begin(), found.signal.end()),
        variance(found.variance.begin(), found.variance.end()),
        norm(found.norm.begin(), found.norm.end()),
        count(found.count.begin(), found.count.end()) {
    for (std::size_t i = 0; i < signal.size(); ++i) {
      intensity.push_back(signal[i] / norm[i]);
      sigma.push_back(std::sqrt(variance[i]) / norm[i]);
    }
  }
};

class backend_cases : public every_backend {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(cases_path())) GTEST_SKIP() << cases_path() << " is not on this machine";
  }
  // All that a case has, where its range has pixels.
  template <class compare_one>
  void for_every_case(compare_one const& compare_case) {
    case_file const file(cases_path());
    for (auto const& name : file.cases()) {
      SCOPED_TRACE(name);
      auto const count = file.numbers(name + "/expected/count");
      if (std::ranges::count(count, 0) != std::ssize(count)) compare_case(file, name);
    }
  }
};

TEST_P(backend_cases, patterns_are_those_of_pyfai) {
  int compared = 0;
  for_every_case([&](case_file const& file, std::string const& name) {
    auto const c = read_case(file, name);
    auto const given = reduction_of(c, make_integration(c.geometry, c.options, c.mask).matrix, model_of(c));
    auto const expected = [&](char const* what) { return file.numbers(name + "/expected/" + what); };
    auto const memory = reduce(*device_, given);
    pattern_of_backend const found(memory);
    bool const full = c.options.splitting == pixel_splitting::full;
    double const tolerance = full ? 1e-5 : 1e-6;
    auto const count = expected("count");
    double const of_sums = full ? 3e-5 : 1e-6;
    compare("count", found.count, count, count, of_sums);
    compare("signal", found.signal, expected("sum_signal"), count, of_sums);
    compare("norm", found.norm, expected("sum_normalization"), count, of_sums);
    note(name, compare("intensity", found.intensity, expected("intensity"), count, tolerance));
    if (c.error_model == "poisson") compare("sigma", found.sigma, expected("sigma"), count, full ? 1e-4 : tolerance);
    expect_pattern(reduce_plainly(given, given.images[0]), memory, 0);
    ++compared;
  });
  EXPECT_GT(compared, 25);
}

TEST_P(backend_cases, azimuthal_errors_are_those_of_pyfai_but_for_its_weights) {
  int compared = 0;
  for_every_case([&](case_file const& file, std::string const& name) {
    auto const c = read_case(file, name);
    if (c.error_model != "azimuthal") return;
    auto const sigma = file.numbers(name + "/expected/sigma"), count = file.numbers(name + "/expected/count");
    if (!std::ranges::any_of(sigma, [](double s) { return std::isfinite(s) && s > 0; })) return;  // with dead values
    auto const given = reduction_of(c, make_integration(c.geometry, c.options, c.mask).matrix, error_model::azimuthal);
    columns_0_21 theirs;
    for (auto const& entries : gather_plainly(given, given.images[0]).bins) theirs.add(integrate_as_0_21(entries));
    bool const full = c.options.splitting == pixel_splitting::full;
    note(name, compare("sigma", theirs.sigma, sigma, count, full ? 1e-4 : 1e-6));
    ++compared;
  });
  EXPECT_GT(compared, 8);
}

TEST_P(backend_cases, sigma_clipping_is_that_of_pyfai_but_for_its_weights) {
  int compared = 0;
  for_every_case([&](case_file const& file, std::string const& name) {
    if (!file.has(name + "/expected_sigma_clip")) return;
    auto const expected = [&](char const* what) { return file.numbers(name + "/expected_sigma_clip/" + what); };
    auto const c = read_case(file, name);
    auto given = reduction_of(c, make_integration(c.geometry, c.options, c.mask).matrix, error_model::azimuthal);
    given.reject = {.method = rejection_method::sigma_clip, .threshold = 3, .cycles = 5};
    columns_0_21 theirs;
    for (auto const& entries : gather_plainly(given, given.images[0]).bins) theirs.add(clip_as_0_21(entries, 3, 5));
    auto const count = expected("count");
    for (auto& n : theirs.count) n = std::max(3.0, n);  // as that version has it
    note(name, std::max({compare("count", theirs.count, count, count, 1e-6),
                         compare("intensity", theirs.intensity, expected("intensity"), count, 1e-6),
                         compare("sigma", theirs.sigma, expected("sigma"), count, 1e-6)}));
    auto const ours = reduce_plainly(given, given.images[0]);
    EXPECT_EQ(std::ranges::count(ours.undecided, true), 0);
    expect_pattern(ours, reduce(*device_, given), 0);
    ++compared;
  });
  EXPECT_GE(compared, 3);
}

XRDCT_FOR_EVERY_BACKEND(backend_cases);

}  // namespace
}  // namespace xrdct::test
