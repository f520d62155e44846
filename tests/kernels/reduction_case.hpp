#pragma once
/// \file Random reductions: frames known pixel by pixel, a matrix and corrections, in any type and encoding.

#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace xrdct::test {

/// What may occur in a case; the rest is drawn from the random numbers.
struct case_options {
  pixel_type type = pixel_type::u32;
  encoding code = encoding::bitshuffle_lz4;
  int rows = 31;
  int columns = 17;
  std::uint32_t block_pixels = 0;
  int frames = 3;
  std::uint32_t bins = 20;
  error_model errors = error_model::poisson;
  rejection reject = {};
  bool mask = false, dark = false, norm = false, bad_norms = false;
  bool exclude_maximum = true, exclude_negative = false;
  bool split = true;         ///< false: every pixel in one bin, with coefficient 1
  bool large_values = true;  ///< counts of every size up to the type's maximum, and special floats
  std::optional<double> dummy = std::nullopt;
  double delta_dummy = 0;
  std::optional<double> lowest = std::nullopt, highest = std::nullopt;
};

/// The encodings that frames of a type may have.
std::vector<encoding> encodings_of(pixel_type type);

/// A frame's pixels as bit patterns, zero-extended to 32 bits.
using image_bits = std::vector<std::uint32_t>;

struct reduction_case {
  frame_format format;
  integration_matrix matrix;
  corrections pixels;
  error_model errors = error_model::poisson;
  rejection reject = {};
  std::vector<image_bits> images;
  std::vector<std::vector<std::byte>> chunks;

  reduction what() const { return {&matrix, &pixels, errors, reject}; }
  std::vector<frame> frames() const;
};

/// With a variance image, of which some values are 0, where the error model is `image`.
reduction_case make_case(case_options const& options, std::mt19937& random);

/// One frame more, of this image.
void add_image(reduction_case& to, image_bits image);

/// One image in the encoding, in blocks of `block_pixels`.
std::vector<std::byte> encode_image(image_bits const& image, pixel_type type, encoding code,
                                    std::uint32_t block_pixels);

/// The largest value of an integer type, as bits.
std::uint32_t maximum_bits(pixel_type type);

}  // namespace xrdct::test
