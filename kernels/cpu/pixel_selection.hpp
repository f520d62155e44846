#pragma once
/// \file Which pixels take part in every frame, and with what norm.

#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// Pixels that are masked, or whose norm is 0 or not finite, or whose dark or variance is not finite, are excluded.
class pixel_selection {
 public:
  pixel_selection(corrections const& pixels, std::size_t count);
  /// Of what another selection has found: its excluded_bits() and norms(), which outlive this one.
  pixel_selection(std::span<std::uint8_t const> excluded_bits, std::span<float const> norms)
      : excluded_(excluded_bits), norm_(norms) {}
  pixel_selection(pixel_selection&&) = default;
  pixel_selection& operator=(pixel_selection&&) = default;

  bool is_excluded(std::size_t pixel) const { return (excluded_[pixel / 8] >> (pixel % 8) & 1) != 0; }
  /// One bit a pixel, 1 for an excluded one, the least significant bit of a byte first: the order of a bit plane.
  /// 64 bytes beyond the end may be read.
  std::span<std::uint8_t const> excluded_bits() const { return excluded_; }
  float norm(std::size_t pixel) const { return norm_.empty() ? 1.0F : norm_[pixel]; }
  std::span<float const> norms() const { return norm_; }  ///< empty: all are 1

 private:
  std::vector<std::uint8_t> own_excluded_;  // moving a vector leaves its memory where it is
  std::vector<float> own_norm_;
  std::span<std::uint8_t const> excluded_;
  std::span<float const> norm_;
};

}  // namespace xrdct::cpu
