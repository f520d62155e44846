#pragma once
/// \file Everything that can be read from an image file.

#include "xrdct/codec/image_reader.hpp"
#include "xrdct/codec/image_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace xrdct::fuzz {

/// Opens the bytes as a file of one format and reads all its images, as numbers and as frames, which have to agree.
/// What is wrong with the file has to be an input_error.
void read_images(std::uint8_t const* data, std::size_t size, std::unique_ptr<image_reader> (*open)(image_source));

}  // namespace xrdct::fuzz
