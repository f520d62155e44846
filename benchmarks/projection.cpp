// Projection along rays and its adjoint beside filtered back-projection of the same scan, by turns; the table at the
// end holds the shortest times, and their ratios to a whole filtered back-projection (filter and back-projection).
//   projection [--threads=N] [--rotations=N] [--translations=N] [--channels=N] [--rounds=N] [--jitter=STEPS]
#include "benchmarks/arguments.hpp"
#include "kernels/cpu/cpu.hpp"
#include "xrdct/tomo/fbp.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <numbers>
#include <random>
#include <string>

namespace xrdct::benchmarks {
namespace {

struct scan {
  int rotations = 0;
  int translations = 0;
  int channels = 0;
  double jitter = 0;

  scan_geometry geometry() const {
    scan_geometry made;
    for (int r = 0; r < rotations; ++r) made.angles.push_back(r * std::numbers::pi / rotations);
    made.translations = translations;
    made.axis = default_axis(convention::xrdct, translations);
    made.size = translations;
    made.centre = centre(convention::xrdct, translations);
    return made;
  }
  /// The same rays, each a little beside its place.
  ray_list rays() const {
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> around(-jitter, jitter);
    auto const regular = geometry();
    ray_list made;
    made.rotations = rotations;
    made.translations = translations;
    made.size = regular.size;
    made.centre = regular.centre;
    made.weights.assign(static_cast<std::size_t>(rotations) * static_cast<std::size_t>(translations), 1);
    for (int r = 0; r < rotations; ++r) {
      for (int t = 0; t < translations; ++t) {
        made.angles.push_back(regular.angles[static_cast<std::size_t>(r)] + around(random) / translations);
        made.positions.push_back(t - regular.axis + around(random));
      }
    }
    return made;
  }
};

/// All that is timed.
class work {
 public:
  work(device& on, scan const& of)
      : geometry_(of.geometry()),
        weights_(angle_weights(geometry_.angles, convention::xrdct)),
        taps_(make_filter(window::ramp, convention::xrdct, of.translations)),
        fbp_(on.make_tomograph(geometry_)),
        rays_(on.make_projector(of.rays())),
        sinogram_(rays_->make({of.rotations, of.translations, of.channels})),
        filtered_(rays_->make(sinogram_->shape())),
        image_(rays_->make({of.translations, of.translations, of.channels})),
        other_image_(rays_->make(image_->shape())),
        some_(static_cast<std::size_t>(of.channels), 0.5F),
        sums_(static_cast<std::size_t>(of.channels)),
        values_(static_cast<std::size_t>(of.rotations * of.translations) * some_.size()),
        tomogram_(static_cast<std::size_t>(of.translations * of.translations) * some_.size()) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(0, 1);
    for (auto& v : values_) v = uniform(random);
    rays_->copy(view<float const>(values_.data(), values_.size() / some_.size(), some_.size()), *sinogram_);
    rays_->back_project(*sinogram_, {}, *image_);
  }

  void reconstruct() {
    view<float const> const from(values_.data(), values_.size() / some_.size(), some_.size());
    view<float> const to(tomogram_.data(), tomogram_.size() / some_.size(), some_.size());
    fbp(*fbp_, geometry_, from, {}, taps_, weights_, 0, to, {});
  }
  void project() { rays_->project(*image_, {}, *filtered_); }
  void back_project() { rays_->back_project(*sinogram_, {}, *other_image_); }
  /// What an iteration of conjugate gradients does besides.
  void vectors() {
    rays_->dot(*filtered_, *filtered_, sums_);
    rays_->combine(*image_, some_, *other_image_, some_);
    rays_->combine(*filtered_, some_, *sinogram_, some_);
    rays_->dot(*other_image_, *other_image_, sums_);
    rays_->combine(*image_, some_, *other_image_, some_);
  }

 private:
  scan_geometry geometry_;
  std::vector<double> weights_;
  filter_taps taps_;
  std::unique_ptr<tomograph> fbp_;
  std::unique_ptr<projector> rays_;
  std::unique_ptr<field> sinogram_, filtered_, image_, other_image_;
  std::vector<float> some_;
  std::vector<double> sums_;
  std::vector<float> values_;
  std::vector<float> tomogram_;
};

/// Of a clock on the wall, and of processors: on a busy machine these lie less.
struct seconds {
  double wall = 1e300;
  double processors = 1e300;

  void keep_shorter(seconds const& other) {
    wall = std::min(wall, other.wall);
    processors = std::min(processors, other.processors);
  }
};

seconds seconds_of(std::function<void()> const& what) {
  auto const begin = std::chrono::steady_clock::now();
  auto const used = std::clock();
  what();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC};
}

}  // namespace
}  // namespace xrdct::benchmarks

int main(int count, char** arguments) {
  using namespace xrdct::benchmarks;
  auto const number = [&](char const* name, char const* otherwise) {
    return std::max(1, std::atoi(take(name, otherwise, count, arguments).c_str()));
  };
  auto const device = xrdct::cpu::make_device(number("--threads=", "2"));
  scan const of{number("--rotations=", "300"), number("--translations=", "300"), number("--channels=", "256"),
                std::atof(take("--jitter=", "0", count, arguments).c_str())};
  int const rounds = number("--rounds=", "5");
  if (count > 1) return 2;

  work all(*device, of);
  struct row {
    char const* name;
    std::function<void()> run;
    seconds shortest{};
  };
  row rows[] = {{"filtered back-projection", [&] { all.reconstruct(); }},
                {"project", [&] { all.project(); }},
                {"back-project", [&] { all.back_project(); }},
                {"vectors of CGLS", [&] { all.vectors(); }}};
  for (int round = 0; round < rounds; ++round)
    for (auto& one : rows) one.shortest.keep_shorter(seconds_of(one.run));
  std::printf("%s, %d rotations x %d translations, %d channels\n", device->description().c_str(), of.rotations,
              of.translations, of.channels);
  std::printf("%-28s %20s %8s %20s %8s\n", "ms for 64 channels", "wall", "ratio", "processors", "ratio");
  for (auto const& one : rows) {
    double const scale = 1e3 * 64 / of.channels;
    std::printf("%-28s %20.2f %8.3f %20.2f %8.3f\n", one.name, scale * one.shortest.wall,
                one.shortest.wall / rows[0].shortest.wall, scale * one.shortest.processors,
                one.shortest.processors / rows[0].shortest.processors);
  }
  return 0;
}
