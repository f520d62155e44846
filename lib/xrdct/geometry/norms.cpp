#include "xrdct/base/error.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/geometry/pixel_geometry.hpp"

#include <cmath>
#include <cstddef>

namespace xrdct {

std::vector<float> solid_angle(poni const& geometry) {
  pixel_geometry const pixels(geometry);
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<float> image;
  image.reserve(static_cast<std::size_t>(pixels.rows()) * columns);
  std::vector<double> line(columns);
  for (int row = 0; row < pixels.rows(); ++row) {
    pixels.solid_angles(row, line);
    for (double value : line) image.push_back(static_cast<float>(value));
  }
  return image;
}

std::vector<float> polarization(poni const& geometry, double factor, double offset) {
  pixel_geometry const pixels(geometry);
  auto const columns = static_cast<std::size_t>(pixels.columns());
  std::vector<float> image;
  image.reserve(static_cast<std::size_t>(pixels.rows()) * columns);
  std::vector<double> squared_cosine(columns), azimuth(columns);
  for (int row = 0; row < pixels.rows(); ++row) {
    pixels.squared_cosines(row, squared_cosine);
    pixels.centre_azimuths(row, azimuth);
    for (std::size_t j = 0; j < columns; ++j) {
      double const c = squared_cosine[j];
      image.push_back(static_cast<float>(0.5 * (1 + c - factor * std::cos(2 * (azimuth[j] + offset)) * (1 - c))));
    }
  }
  return image;
}

std::vector<float> pixel_norm(norm_images const& images) {
  std::vector<float> norm;
  for (auto const* image : {&images.flat, &images.polarization, &images.solid_angle, &images.absorption}) {
    if (image->empty()) continue;
    if (norm.empty()) {
      norm = *image;
      continue;
    }
    if (image->size() != norm.size()) {
      throw input_error("images that make up the norm of a pixel have different sizes: " + std::to_string(norm.size()) +
                        " and " + std::to_string(image->size()) + " pixels");
    }
    for (std::size_t i = 0; i < norm.size(); ++i) norm[i] *= (*image)[i];
  }
  return norm;
}

}  // namespace xrdct
