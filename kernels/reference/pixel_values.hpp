#pragma once
/// \file From the bytes of a decoded frame to signals and variances of its pixels (SEMANTICS §2).

#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct::reference {

/// What a frame's pixels hold. A pixel that is not live takes no part in anything.
struct pixel_values {
  std::vector<bool> live;
  std::vector<float> signal;     ///< raw − dark
  std::vector<double> variance;  ///< by the error model; 0 for none and azimuthal
  double raw_sum = 0;            ///< of live pixels
  std::uint32_t saturated = 0;   ///< pixels outside the mask that are saturated
};

/// `image`: the frame's raw values, one after the other.
pixel_values read_pixels(std::vector<std::byte> const& image, frame_format const& format, corrections const& pixels,
                         error_model errors);

}  // namespace xrdct::reference
