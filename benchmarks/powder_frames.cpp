#include "benchmarks/powder_frames.hpp"

#include "xrdct/codec/bitshuffle.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>

namespace xrdct::benchmarks {
namespace {

poni place(std::string const& name) {
  poni made;
  made.detector = make_detector(name);
  made.distance = 0.2;
  made.poni1 = 0.493 * made.detector.rows * made.detector.pixel1;
  made.poni2 = 0.512 * made.detector.columns * made.detector.pixel2;
  made.wavelength = 0.2e-10;
  return made;
}

// Rings at radii of a cubic lattice, over a background that falls off.
std::vector<float> mean_counts(poni const& geometry) {
  auto const& shape = geometry.detector;
  std::vector<float> means;
  for (int i = 0; i < shape.rows; ++i) {
    for (int j = 0; j < shape.columns; ++j) {
      double const x = (i + 0.5) * shape.pixel1 - geometry.poni1, y = (j + 0.5) * shape.pixel2 - geometry.poni2;
      double const radius = std::hypot(x, y) / (0.5 * shape.columns * shape.pixel2);
      double const order = 30 * radius * radius;  // rings where it is whole
      double const off = (order - std::round(order)) / (0.02 + 0.1 * radius);
      means.push_back(static_cast<float>(3 + 7 * std::exp(-3 * radius) + 40 * std::exp(-off * off / 2)));
    }
  }
  return means;
}

// Poisson numbers, good enough to time with and drawn in a nanosecond: the mean is taken to 1/4, quantiles to 1/4096.
class quick_poisson {
 public:
  explicit quick_poisson(float largest_mean) {
    for (int level = 0; level <= 4 * largest_mean; ++level) {
      double const mean = level / 4.0;
      double probability = std::exp(-mean), reached = probability;
      std::uint32_t count = 0;
      for (int i = 0; i < 4096; ++i) {
        while (reached < (i + 0.5) / 4096) reached += probability *= mean / ++count;
        quantiles_.push_back(count);
      }
    }
  }
  std::uint32_t operator()(float mean, std::uint32_t random) const {
    return quantiles_[static_cast<std::size_t>(4 * mean) * 4096 + random % 4096];
  }

 private:
  std::vector<std::uint32_t> quantiles_;  // [4 · mean][probability]
};

std::vector<std::byte> encode(std::vector<std::uint32_t> const& counts) {
  std::vector<std::byte> chunk;
  encode_bitshuffle_lz4(std::as_bytes(std::span(counts)), sizeof(std::uint32_t), 0, chunk);
  return chunk;
}

}  // namespace

std::vector<frame> powder_scene::frames(std::size_t count) const {
  std::vector<frame> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back({chunks[i % chunks.size()], 0, i});
  return made;
}

powder_scene make_powder_scene(std::string const& detector, int count) {
  powder_scene scene;
  scene.geometry = place(detector);
  scene.pixels.mask = scene.geometry.detector.gaps;
  scene.pixels.norm = solid_angle(scene.geometry);
  scene.format = {encoding::bitshuffle_lz4, pixel_type::u32, scene.geometry.detector.rows,
                  scene.geometry.detector.columns, 0};
  auto const means = mean_counts(scene.geometry);
  std::vector<std::uint32_t> counts(means.size());
  quick_poisson const draw(60);
  std::mt19937 random(1);
  for (int i = 0; i < count; ++i) {
    for (std::size_t p = 0; p < means.size(); ++p) counts[p] = draw(means[p], static_cast<std::uint32_t>(random()));
    for (std::size_t n = 0; n < counts.size() * 3 / 1000; ++n) counts[random() % counts.size()] += random() % 5000;
    for (std::size_t p = 0; p < scene.pixels.mask.size(); ++p)
      if (scene.pixels.mask[p] != 0) counts[p] = std::numeric_limits<std::uint32_t>::max();
    scene.chunks.push_back(encode(counts));
  }
  return scene;
}

}  // namespace xrdct::benchmarks
