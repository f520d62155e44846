#pragma once
/// \file Which raw values are no measurement, as ranges of bit patterns: the same test for every pixel type.

#include "xrdct/kernels/reduction.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// Bit patterns of a raw value, zero-extended to 32 bits; both ends belong to it, and first ≤ last.
struct pattern_range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool contains(std::uint32_t bits) const { return bits - first <= last - first; }
};

/// The raw values of one pixel type that need attention: those that leave a pixel out of the frame (dead), and the
/// maximum of an integer type, what is above the highest value that counts, and from the level of saturation
/// (saturated).
class raw_values {
 public:
  raw_values(corrections const& pixels, pixel_type type);

  bool is_dead(std::uint32_t bits) const;
  bool is_saturated(std::uint32_t bits) const;

  /// The value as an integer; for integer types only.
  std::int64_t integer(std::uint32_t bits) const {
    return type_ == pixel_type::i32 ? static_cast<std::int32_t>(bits) : std::int64_t{bits};
  }

  /// All patterns that are dead or saturated. Ranges may overlap.
  std::span<pattern_range const> special() const { return special_; }
  /// Whether a special pattern is less than `limit`.
  bool special_below(std::uint32_t limit) const;
  pixel_type type() const { return type_; }

 private:
  pixel_type type_;
  std::vector<pattern_range> dead_;
  std::vector<pattern_range> saturated_;
  std::vector<pattern_range> special_;
};

}  // namespace xrdct::cpu
