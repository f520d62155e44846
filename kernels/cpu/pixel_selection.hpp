#pragma once
/// \file Which pixels take part in every frame, and with what norm.

#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct::cpu {

/// Pixels that are masked, or whose norm is 0 or not finite, or whose dark or variance is not finite, are excluded.
class pixel_selection {
 public:
  pixel_selection(corrections const& pixels, std::size_t count);

  bool is_excluded(std::size_t pixel) const { return (excluded_[pixel / 8] >> (pixel % 8) & 1) != 0; }
  /// One bit a pixel, 1 for an excluded one, the least significant bit of a byte first: the order of a bit plane.
  /// 64 bytes beyond the end may be read.
  std::uint8_t const* excluded_bits() const { return excluded_.data(); }
  float norm(std::size_t pixel) const { return norm_.empty() ? 1.0F : norm_[pixel]; }

 private:
  std::vector<std::uint8_t> excluded_;
  std::vector<float> norm_;
};

}  // namespace xrdct::cpu
