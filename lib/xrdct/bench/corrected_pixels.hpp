#pragma once
/// \file A decoded frame to what a bin adds up, pixel by pixel.

#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace xrdct {

/// What a live pixel gives to a bin with coefficient 1; a dead one gives zeros.
struct pixel_share {
  float signal = 0;
  float variance = 0;
  float norm = 0;
  float count = 0;
};

/// Pixels [first, last) of a frame: SEMANTICS §2 as kernels/reduction.hpp states it, in float32. `image` has the pixels
/// of the format, without alignment. Errors are none, poisson, counts or image.
void correct_pixels(std::span<std::byte const> image, frame_format const& format, corrections const& how,
                    error_model errors, std::size_t first, std::size_t last, std::span<pixel_share> into);

}  // namespace xrdct
