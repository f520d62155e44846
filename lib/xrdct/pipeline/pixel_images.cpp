#include "xrdct/pipeline/pixel_images.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/io/arrays.hpp"

#include <numbers>

namespace xrdct {
namespace {

std::string shape_text(int rows, int columns) { return std::to_string(rows) + " x " + std::to_string(columns); }

image read_fitting(std::string const& name, std::string const& meaning, detector const& shape) {
  auto read = read_image(name);
  if (read.rows != shape.rows || read.columns != shape.columns)
    throw input_error(name + ": the " + meaning + " is " + shape_text(read.rows, read.columns) +
                      " pixels, but the frames are " + shape_text(shape.rows, shape.columns));
  return read;
}

std::vector<float> read_floats(std::string const& name, std::string const& meaning, detector const& shape) {
  if (name.empty()) return {};
  auto const read = read_fitting(name, meaning, shape);
  return {read.values.begin(), read.values.end()};
}

std::vector<std::uint8_t> read_masks(std::vector<std::string> const& names, detector const& shape) {
  std::vector<std::uint8_t> mask = shape.gaps;
  for (auto const& name : names) {
    auto const read = read_fitting(name, "mask", shape);
    mask.resize(read.values.size());
    for (std::size_t i = 0; i < mask.size(); ++i)
      if (read.values[i] != 0) mask[i] = 1;
  }
  return mask;
}

}  // namespace

corrections read_corrections(job const& what, poni const& geometry) {
  auto const& shape = geometry.detector;
  corrections made;
  made.mask = read_masks(what.input.masks, shape);
  made.dark = read_floats(what.input.dark, "dark image", shape);
  made.dummy = what.input.dummy;
  made.delta_dummy = what.input.delta_dummy;
  made.exclude_maximum = !what.input.keep_dead;
  made.exclude_negative = !what.input.keep_dead && shape.negative_is_dead;

  norm_images images;
  images.flat = read_floats(what.input.flat, "flat image", shape);
  images.absorption = read_floats(what.input.absorption, "absorption image", shape);
  if (what.geometry.solid_angle) images.solid_angle = solid_angle(geometry);
  if (what.geometry.polarization)
    images.polarization =
        polarization(geometry, *what.geometry.polarization, what.geometry.polarization_offset * std::numbers::pi / 180);
  made.norm = pixel_norm(images);
  return made;
}

}  // namespace xrdct
