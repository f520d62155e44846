#pragma once
/// \file Frames as a counting detector sees a powder, of a known size when they are compressed: what programs are timed
/// with.

#include "xrdct/geometry/poni.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/simulation/counts_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

struct powder_frame_options {
  std::string detector = "Eiger 4M";  ///< a name that make_detector knows
  pixel_type type = pixel_type::u32;  ///< u16, u32 or i32
  std::optional<double> counts;       ///< expected in the middle of the brightest ring; none: usual_counts()
  bool bright = false;                ///< reflections of single crystals as well: see powder_frames
  std::uint64_t seed = 1;
};

/// The counts at which frames compress (bitshuffle-LZ4) as those that peers are usually timed with: Eiger 4M by 9.5 in
/// u32 and by 5.3 in u16, to 2 %.
double usual_counts(pixel_type type);

/// Poisson counts about Debye-Scherrer rings over a background that falls off, seen by a detector that stands
/// perpendicular to the beam and is met by it near its middle; gaps hold the maximum of an unsigned type, −1 of a
/// signed one. With `bright` reflections are added, with peaks from 512 to 100,000 counts, until 1 % of the pixels
/// outside gaps hold more than 255. Pixels depend on the options and the number of the frame alone, on every platform:
/// beside integers only those operations are used whose results IEEE 754 fixes. Compressed bytes depend on liblz4's
/// version.
class powder_frames {
 public:
  /// Throws what make_detector throws, and usage_error for another type or for counts that are not within 0.01 and
  /// most_counts.
  explicit powder_frames(powder_frame_options const& options);

  poni const& geometry() const { return geometry_; }
  frame_format const& format() const { return format_; }

  /// The pixels of a frame, [row][column], as bytes of their type.
  std::vector<std::byte> pixels(std::uint64_t frame) const;
  /// The same as a bitshuffle-LZ4 chunk.
  std::vector<std::byte> chunk(std::uint64_t frame) const;

  /// The brightest ring must not reach the reflections.
  static constexpr double most_counts = 128;

 private:
  void add_reflections(std::uint64_t frame, std::span<std::uint32_t> counts) const;

  powder_frame_options options_;
  poni geometry_;
  frame_format format_;
  std::vector<std::uint16_t> means_;  // of every pixel, in steps of counts_table
  counts_table table_;
};

/// Frames 0 to `count`−1 as chunks, made by `threads` threads.
std::vector<std::vector<std::byte>> make_chunks(powder_frames const& frames, std::size_t count, int threads);

/// The counts at which a frame of these options compresses by `ratio`, to 1 %. Throws usage_error that says what is
/// possible where none do.
double counts_for_ratio(powder_frame_options options, double ratio);

}  // namespace xrdct
