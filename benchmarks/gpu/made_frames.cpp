#include "benchmarks/gpu/made_frames.hpp"

#include "xrdct/base/parallel.hpp"
#include "xrdct/codec/bitshuffle.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <thread>

namespace xrdct::benchmarks {
namespace {

double radius_of(int row, int column) { return std::hypot(row - 1083.4, column - 1034.7); }

/// Modules of 1030 × 514 pixels with 10 columns and 37 rows between them.
bool in_gap(int row, int column) { return column % 1040 >= 1030 || row % 551 >= 514; }

/// Mean counts at a radius; chosen so that frames are compressed by about 9.
double mean_at(double radius) {
  double mean = 0.35 * std::exp(-radius / 900);
  for (double ring = 150; ring < 1500; ring += 97 + ring / 20)
    mean += 4 * std::exp(-ring / 700) * std::exp(-0.5 * std::pow((radius - ring) / 4, 2));
  return mean;
}

/// Draws of Poisson numbers of some means, to be taken from at random: a draw each would take minutes.
class draws {
 public:
  static constexpr std::size_t levels = 256, each = 4096;
  draws() : counts_(levels * each) {
    std::mt19937 random(5);
    for (std::size_t level = 0; level < levels; ++level) {
      std::poisson_distribution<std::uint32_t> poisson(mean_of(level));
      for (std::size_t i = 0; i < each; ++i) counts_[level * each + i] = poisson(random);
    }
  }
  static double mean_of(std::size_t level) { return 0.02 * static_cast<double>(level + 1); }
  static std::size_t level_of(double mean) {
    return static_cast<std::size_t>(std::clamp(mean / 0.02 - 1, 0.0, static_cast<double>(levels - 1)));
  }
  std::uint32_t operator()(std::size_t level, std::uint64_t random) const {
    return counts_[level * each + random % each];
  }

 private:
  std::vector<std::uint32_t> counts_;
};

/// The level of every pixel; `levels` in gaps.
std::vector<std::uint16_t> make_levels() {
  std::vector<std::uint16_t> made;
  for (int row = 0; row < eiger_4m.rows; ++row)
    for (int column = 0; column < eiger_4m.columns; ++column)
      made.push_back(static_cast<std::uint16_t>(
          in_gap(row, column) ? draws::levels : draws::level_of(mean_at(radius_of(row, column)))));
  return made;
}

}  // namespace

std::vector<std::byte> made_frame(std::uint64_t number) {
  static draws const from;
  static auto const levels = make_levels();
  std::vector<std::uint32_t> pixels(levels.size());
  std::mt19937_64 random(number + 1);
  std::uint64_t bits = 0;
  for (std::size_t p = 0; p < pixels.size(); ++p) {
    bits = p % 5 == 0 ? random() : bits >> 12;  // five draws a number
    pixels[p] = levels[p] == draws::levels ? std::numeric_limits<std::uint32_t>::max()
                                           : from(levels[p], bits & (draws::each - 1));
  }
  std::vector<std::byte> chunk;
  encode_bitshuffle_lz4(std::as_bytes(std::span(pixels)), sizeof(std::uint32_t), 0, chunk);
  return chunk;
}

std::vector<std::vector<std::byte>> made_frames(std::uint64_t first, std::uint64_t count) {
  std::vector<std::vector<std::byte>> made(count);
  in_parallel(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())), count,
              [&](std::size_t i) { made[i] = made_frame(first + i); });
  return made;
}

integration_matrix radial_matrix(std::uint32_t bins) {
  integration_matrix made{eiger_4m.rows, eiger_4m.columns, bins, {0}, {}, {}};
  double const width = radius_of(0, 0) / bins;
  for (int row = 0; row < made.rows; ++row)
    for (int column = 0; column < made.columns; ++column) {
      double const low = std::max(0.0, radius_of(row, column) - 0.5), high = low + 1;
      for (auto bin = static_cast<std::uint32_t>(low / width); bin < bins && bin * width < high; ++bin) {
        double const share = std::min(high, (bin + 1) * width) - std::max(low, bin * width);
        if (in_gap(row, column) || share <= 0) continue;
        made.bin.push_back(bin);
        made.coefficient.push_back(static_cast<float>(share));
      }
      made.offsets.push_back(static_cast<std::uint32_t>(made.bin.size()));
    }
  return made;
}

corrections made_corrections() {
  corrections made;
  for (int row = 0; row < eiger_4m.rows; ++row)
    for (int column = 0; column < eiger_4m.columns; ++column) {
      made.mask.push_back(in_gap(row, column) ? 1 : 0);
      made.norm.push_back(static_cast<float>(std::cos(std::atan(radius_of(row, column) / 2000))));
    }
  return made;
}

}  // namespace xrdct::benchmarks
