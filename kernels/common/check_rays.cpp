#include "kernels/common/check_rays.hpp"

#include <bit>
#include <cmath>
#include <stdexcept>

namespace xrdct {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

}  // namespace

void check_rays(ray_list const& rays) {
  auto const is_length = [](double value) { return std::abs(value) <= longest_position; };
  require(rays.rotations > 0 && rays.translations > 0, "rays need at least one rotation and one translation");
  require(rays.size > 0 && rays.size <= largest_image, "images have too few or too many pixels a side");
  require(is_length(rays.centre), "the rotation axis must be finite, and not absurdly far from the image");
  auto const entries = static_cast<std::size_t>(rays.rotations) * static_cast<std::size_t>(rays.translations);
  require(rays.angles.size() == entries && rays.positions.size() == entries && rays.weights.size() == entries,
          "every ray needs an angle, a position and a weight");
  require(entries <= static_cast<std::size_t>(most_rays), "too many rays");
  for (std::size_t i = 0; i < entries; ++i) {
    require(std::isfinite(rays.weights[i]) && rays.weights[i] >= 0, "weights of rays must be finite and not negative");
    if (rays.weights[i] == 0) continue;
    require(std::isfinite(rays.angles[i]), "angles of rays must be finite");
    require(is_length(rays.positions[i]), "positions of rays must be finite, and not absurdly far from the image");
  }
}

void check_projection(projection_shape const& of, rotation_set const& which, std::array<std::int64_t, 3> const& image,
                      std::array<std::int64_t, 3> const& sinogram) {
  require(which.first >= 0 && which.first < of.rotations && which.step > 0, "no such rotations");
  require(which.parts > 0 && which.parts <= projection_parts && std::has_single_bit(static_cast<unsigned>(which.parts)),
          "the number of parts must be a power of two, at most 16");
  require(which.first_part >= 0 && which.first_part <= projection_parts - which.parts &&
              which.first_part % which.parts == 0,
          "parts must begin at a multiple of their number");
  require(image[0] == of.size && image[1] == of.size, "an image must have the size of the rays'");
  require(sinogram[0] == of.rotations && sinogram[1] == of.translations,
          "a sinogram must have the rotations and translations of the rays");
  require(image[2] == sinogram[2], "sinogram and image must have the same channels");
}

}  // namespace xrdct
