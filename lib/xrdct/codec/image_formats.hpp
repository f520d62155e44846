#pragma once
/// \file The image formats one by one, behind open_images().

#include "xrdct/codec/image_reader.hpp"
#include "xrdct/codec/image_source.hpp"

#include <memory>

namespace xrdct {

/// ESRF data format: blocks of a text header in braces, padded to a multiple of 512 bytes, and the pixels of an image.
/// What follows the last block and is none is left alone.
std::unique_ptr<image_reader> open_edf(image_source source);

/// TIFF with one grey sample a pixel: integers of 8 to 64 bits, floats of 16 to 64; strips or tiles. Pages that are
/// marked as smaller versions of another are left out.
std::unique_ptr<image_reader> open_tiff(image_source source);

/// NumPy's .npy, versions 1 to 3: [rows][columns], or several in C order.
std::unique_ptr<image_reader> open_npy(image_source source);

/// CBF with one image in byte-offset compression.
std::unique_ptr<image_reader> open_cbf(image_source source);

}  // namespace xrdct
