// What is predicted of errors is what noise does: many noisy sinograms, each a channel, are reconstructed, and their
// scatter is compared with the error propagated from the noise's own.
#include "tests/tomo/backends.hpp"
#include "xrdct/tomo/fbp.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <cmath>
#include <numbers>
#include <random>

namespace xrdct::test {
namespace {

using std::numbers::pi;

struct noisy_scan {
  char const* name;
  int rotations;
  int translations;
  double span;    ///< of the angles, from 0 [rad]
  double offset;  ///< of the axis from the middle of the translations
  std::size_t draws;
};

void PrintTo(noisy_scan const& one, std::ostream* out) { *out << one.name; }

// With quarter turns, rays of an odd number of translations go through grid points, or just between them if the axis is
// half a translation off. Few of their voxels are independent, so that more draws are needed.
constexpr noisy_scan scans[] = {
    {"odd", 24, 23, pi, 0, 1024},
    {"even_off_axis", 25, 22, pi, 0.37, 1024},
    {"full_turn", 30, 21, 2 * pi, -0.2, 1024},
    {"at_grid_points", 2, 25, pi, 0, 8192},
    {"between_grid_points", 2, 25, pi, 0.5, 8192},
};

/// Inside the circle, over all voxels: the mean of (scatter/predicted)², and the share of voxels whose scatter is what
/// was predicted within a tenth.
struct agreement {
  double mean_square = 0;
  double within_a_tenth = 0;
};

/// Noise of standard deviations that differ from entry to entry, and by 10 at most.
class experiment {
 public:
  experiment(noisy_scan const& scan, window filter, convention whose) : scan_(scan) {
    for (int a = 0; a < scan.rotations; ++a) geometry_.angles.push_back(scan.span * a / scan.rotations);
    geometry_.translations = geometry_.size = scan.translations;
    geometry_.axis = default_axis(whose, scan.translations) + scan.offset;
    geometry_.centre = centre(whose, scan.translations);
    filter_ = make_filter(filter, whose, scan.translations);
    weights_ = angle_weights(geometry_.angles, whose);
    std::mt19937_64 random(static_cast<std::uint64_t>(scan.translations) * 100 + static_cast<std::uint64_t>(filter));
    std::uniform_real_distribution<double> uniform;
    std::normal_distribution<double> normal;
    for (std::size_t entry = 0; entry < entries(); ++entry) {
      double const sigma = std::pow(10.0, uniform(random));
      double const value = 100 * uniform(random);
      variance_.push_back(static_cast<float>(sigma * sigma));
      for (std::size_t draw = 0; draw < scan.draws; ++draw) {
        sinograms_.push_back(static_cast<float>(value + sigma * normal(random)));
      }
    }
  }

  agreement with(tomograph_backend const& backend) const {
    std::vector<float> tomograms(pixels() * scan_.draws);
    std::vector<float> one(pixels());
    std::vector<float> predicted(pixels());
    auto const device = backend.make(geometry_);
    fbp(*device, geometry_, view<float const>(sinograms_.data(), entries(), scan_.draws), {}, filter_, weights_, 0,
        view<float>(tomograms.data(), pixels(), scan_.draws), {});
    fbp(*device, geometry_, view<float const>(variance_.data(), entries(), 1),
        view<float const>(variance_.data(), entries(), 1), filter_, weights_, 0, view<float>(one.data(), pixels(), 1),
        view<float>(predicted.data(), pixels(), 1));
    agreement found;
    int voxels = 0;
    for (std::size_t pixel = 0; pixel < pixels(); ++pixel) {
      if (!in_circle(pixel)) continue;
      double const ratio = scatter(view<float>(tomograms.data(), pixels(), scan_.draws).row(pixel)) /
                           static_cast<double>(predicted[pixel]);
      found.mean_square += ratio;
      found.within_a_tenth += std::abs(std::sqrt(ratio) - 1) <= 0.1 ? 1 : 0;
      ++voxels;
    }
    return {found.mean_square / voxels, found.within_a_tenth / voxels};
  }

 private:
  std::size_t entries() const {
    return static_cast<std::size_t>(scan_.rotations) * static_cast<std::size_t>(scan_.translations);
  }
  std::size_t pixels() const {
    return static_cast<std::size_t>(scan_.translations) * static_cast<std::size_t>(scan_.translations);
  }

  bool in_circle(std::size_t pixel) const {
    auto const size = static_cast<std::size_t>(scan_.translations);
    double const y = static_cast<double>(pixel / size) - geometry_.centre;
    double const x = static_cast<double>(pixel % size) - geometry_.centre;
    return std::hypot(x, y) <= geometry_.centre - 1;
  }

  /// The variance of draws about their mean.
  static double scatter(std::span<float const> draws) {
    double mean = 0;
    for (float const value : draws) mean += value;
    mean /= static_cast<double>(draws.size());
    double squares = 0;
    for (float const value : draws) squares += (value - mean) * (value - mean);
    return squares / static_cast<double>(draws.size() - 1);
  }

  noisy_scan scan_;
  scan_geometry geometry_;
  filter_taps filter_;
  std::vector<double> weights_;
  std::vector<float> variance_;
  std::vector<float> sinograms_;  // [entry][draw]
};

class propagated_errors : public testing::TestWithParam<std::tuple<noisy_scan, window, convention>> {};

TEST_P(propagated_errors, are_the_scatter_of_noise) {
  auto const [scan, filter, whose] = GetParam();
  experiment const noise(scan, filter, whose);
  for (char const* const backend : {"cpu_2", "reference"}) {
    auto const found = noise.with(tomograph_backend_named(backend));
    EXPECT_NEAR(found.mean_square, 1, 0.01) << backend;
    EXPECT_GE(found.within_a_tenth, 0.99) << backend;
  }
}

INSTANTIATE_TEST_SUITE_P(tomo, propagated_errors,
                         testing::Combine(testing::ValuesIn(scans),
                                          testing::Values(window::ramp, window::shepp_logan, window::cosine,
                                                          window::hann, window::hamming, window::none),
                                          testing::Values(convention::xrdct, convention::skimage)),
                         [](auto const& one) {
                           std::string name(name_of(std::get<1>(one.param)));
                           std::ranges::replace(name, '-', '_');
                           return std::string(std::get<0>(one.param).name) + "_" + name + "_" +
                                  std::string(name_of(std::get<2>(one.param)));
                         });

}  // namespace
}  // namespace xrdct::test
