#pragma once
/// \file The mean of several images, such as dark frames.

#include "xrdct/codec/image.hpp"

#include <cstdint>
#include <string>

namespace xrdct {

struct mean_image {
  image pixels;
  std::uint64_t images = 0;
};

/// Of all images of an image file; summed in double, one after the other. Throws input_error.
mean_image mean_of_image_file(std::string const& file);

/// Whether a dataset, or a group of datasets data_000001 and so on, holds more than one image.
bool is_stack(std::string const& file, std::string const& dataset);

/// Of all frames of such a one. Throws input_error where one is missing or cannot be read.
mean_image mean_of_stack(std::string const& file, std::string const& dataset);

}  // namespace xrdct
