#include "xrdct/simulation/powder_frames.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/scan/number_text.hpp"
#include "xrdct/simulation/random.hpp"
#include "xrdct/simulation/work_sharing.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <type_traits>

namespace xrdct {
namespace {

powder_frame_options checked(powder_frame_options options) {
  using enum pixel_type;
  if (options.type != u16 && options.type != u32 && options.type != i32)
    throw usage_error("'" + std::string(name_of(options.type)) +
                      "' is no type of a counting detector here; use u16, u32 or i32");
  if (!options.counts) options.counts = usual_counts(options.type);
  if (!(*options.counts >= 0.01 && *options.counts <= powder_frames::most_counts))
    throw usage_error("made frames have from 0.01 to 128 counts in their brightest ring, not " +
                      number_text(*options.counts));
  return options;
}

poni place(std::string const& name) {
  poni made;
  made.detector = make_detector(name);
  made.distance = 0.2;
  made.poni1 = 0.493 * made.detector.rows * made.detector.pixel1;
  made.poni2 = 0.512 * made.detector.columns * made.detector.pixel2;
  made.wavelength = 0.2e-10;
  return made;
}

/// The expected share of the brightest ring's counts at a squared radius in units of the detector's half width: rings
/// of a cubic lattice, whose squared radii are equidistant, and a background.
double brightness(double radius2) {
  constexpr double rings = 30;  // within a radius of 1
  constexpr std::array strength{1.0, 0.35, 0.6, 0.2, 0.5, 0.15, 0.3};
  double const order = rings * radius2;
  auto const nearest = static_cast<std::size_t>(order + 0.5);
  double const off = (order - static_cast<double>(nearest)) / (0.03 + 0.09 * radius2);
  double const profile = 1 / (1 + off * off);
  double const ring = nearest == 0 ? 0 : strength[nearest % strength.size()] * profile * profile;
  return 0.08 + 0.14 / (1 + 6 * radius2) + 0.78 * ring / (1 + 0.5 * radius2);
}

std::vector<std::uint16_t> mean_steps(poni const& geometry, counts_table const& table, double counts) {
  auto const& shape = geometry.detector;
  double const half_width = 0.5 * shape.columns * shape.pixel2;
  std::vector<std::uint16_t> steps;
  steps.reserve(static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.columns));
  for (int i = 0; i < shape.rows; ++i) {
    double const y = ((i + 0.5) * shape.pixel1 - geometry.poni1) / half_width;
    for (int j = 0; j < shape.columns; ++j) {
      double const x = ((j + 0.5) * shape.pixel2 - geometry.poni2) / half_width;
      steps.push_back(table.step_of(counts * brightness(x * x + y * y)));
    }
  }
  return steps;
}

template <class T>
std::vector<std::byte> stored(std::span<std::uint32_t const> counts, std::span<std::uint8_t const> gaps) {
  constexpr T largest = std::numeric_limits<T>::max();
  constexpr T gap = std::is_signed_v<T> ? static_cast<T>(-1) : largest;
  std::vector<std::byte> bytes(counts.size() * sizeof(T));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto const within = static_cast<T>(std::min(counts[i], static_cast<std::uint32_t>(largest) - 1));
    T const value = !gaps.empty() && gaps[i] != 0 ? gap : within;
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

}  // namespace

double usual_counts(pixel_type type) { return type == pixel_type::u16 ? 9.7 : 12.4; }

powder_frames::powder_frames(powder_frame_options const& options)
    : options_(checked(options)),
      geometry_(place(options_.detector)),
      format_{encoding::bitshuffle_lz4, options_.type, geometry_.detector.rows, geometry_.detector.columns, 0},
      table_(*options_.counts) {
  means_ = mean_steps(geometry_, table_, *options_.counts);
}

// Spots of 5 × 5 pixels, wherever the numbers say, on gaps too (which hide them) but not across an edge.
void powder_frames::add_reflections(std::uint64_t frame, std::span<std::uint32_t> counts) const {
  constexpr std::uint32_t many = 255, half = 2, least_octave = 9, octaves = 8, largest_peak = 100'000;
  auto const& gaps = geometry_.detector.gaps;
  auto const is_live = [&](std::size_t p) { return gaps.empty() || gaps[p] == 0; };
  auto const rows = static_cast<std::uint32_t>(format_.rows), columns = static_cast<std::uint32_t>(format_.columns);
  if (rows <= 2 * half || columns <= 2 * half) return;
  std::size_t live = 0, wanted = 0;
  for (std::size_t p = 0; p < counts.size(); ++p) live += is_live(p) ? 1 : 0;
  wanted = live / 100;
  random_source const random(options_.seed, purpose::reflections, frame);
  for (std::uint32_t spot = 0, above = 0; above < wanted; ++spot) {
    auto const w = random.words(spot);
    std::uint32_t const row = half + w[0] % (rows - 2 * half), column = half + w[1] % (columns - 2 * half);
    std::uint32_t const octave = 1U << (least_octave + w[2] % octaves);
    std::uint32_t const peak = std::min(octave + (w[3] & (octave - 1)), largest_peak);
    for (std::uint32_t i = 0; i <= 2 * half; ++i)
      for (std::uint32_t j = 0; j <= 2 * half; ++j) {
        std::uint32_t const distance2 = (i - half) * (i - half) + (j - half) * (j - half);
        std::size_t const p = std::size_t{row + i - half} * columns + (column + j - half);
        bool const was_above = counts[p] > many;
        counts[p] = std::min(counts[p] + peak / ((1 + distance2) * (1 + distance2)), largest_peak);
        if (!was_above && counts[p] > many && is_live(p)) ++above;
      }
  }
}

std::vector<std::byte> powder_frames::pixels(std::uint64_t frame) const {
  std::vector<std::uint32_t> counts(means_.size());
  random_source const random(options_.seed, purpose::counts, frame);
  for (std::size_t i = 0; i < counts.size(); i += 4) {
    auto const words = random.words(static_cast<std::uint32_t>(i / 4));
    auto const here = std::min<std::size_t>(4, counts.size() - i);
    for (std::size_t k = 0; k < here; ++k) counts[i + k] = table_(means_[i + k], words[k]);
  }
  if (options_.bright) add_reflections(frame, counts);
  auto const& gaps = geometry_.detector.gaps;
  if (options_.type == pixel_type::u16) return stored<std::uint16_t>(counts, gaps);
  if (options_.type == pixel_type::i32) return stored<std::int32_t>(counts, gaps);
  return stored<std::uint32_t>(counts, gaps);
}

std::vector<std::byte> powder_frames::chunk(std::uint64_t frame) const {
  std::vector<std::byte> bytes;
  encode_bitshuffle_lz4(pixels(frame), bytes_of(options_.type), 0, bytes);
  return bytes;
}

std::vector<std::vector<std::byte>> make_chunks(powder_frames const& frames, std::size_t count, int threads) {
  std::vector<std::vector<std::byte>> chunks(count);
  share_out(count, threads, [&] { return [&](std::size_t k) { chunks[k] = frames.chunk(k); }; });
  return chunks;
}

double counts_for_ratio(powder_frame_options options, double ratio) {
  auto const ratio_at = [&](double counts) {
    options.counts = counts;
    powder_frames const frames(options);
    return static_cast<double>(frames.format().bytes()) / static_cast<double>(frames.chunk(0).size());
  };
  double low = 0.01, high = powder_frames::most_counts;  // more counts, less compression
  double const most = ratio_at(low), least = ratio_at(high);
  if (!(ratio <= most && ratio >= least))
    throw usage_error("frames of " + options.detector + " can be made that are compressed by " + number_text(least, 3) +
                      " to " + number_text(most, 3) + ", not by " + number_text(ratio));
  for (int i = 0; i < 40; ++i) {
    double const middle = 0.5 * (low + high), got = ratio_at(middle);
    if (got > 0.995 * ratio && got < 1.005 * ratio) return middle;
    (got > ratio ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace xrdct
