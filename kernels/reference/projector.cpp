#include "kernels/reference/projector.hpp"

#include "kernels/reference/plain_fields.hpp"

#include <cmath>
#include <stdexcept>
#include <vector>

namespace xrdct::reference {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

bool is_length(double value) { return std::abs(value) <= longest_position; }

void check(ray_list const& rays) {
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

class plain_projector final : public plain_fields<projector> {
 public:
  explicit plain_projector(ray_list const& rays) : rays_(rays) { check(rays); }

  void project(field const& image, rotation_set const& which, field& sinogram) override {
    double_field const& from = own(image);
    double_field& to = own(sinogram);
    check_call(which, from, to);
    for (int p = which.first_part; p < which.first_part + which.parts; ++p) {
      for_rays(which, p, [&](std::int64_t rotation, std::int64_t translation) {
        for (std::int64_t c = 0; c < to.extents[2]; ++c) to.at(rotation, translation, c) = 0;
        for_pixels(rotation, translation, [&](std::int64_t row, std::int64_t column, double coefficient) {
          for (std::int64_t c = 0; c < to.extents[2]; ++c)
            to.at(rotation, translation, c) += coefficient * from.at(row, column, c);
        });
      });
    }
  }

  void back_project(field const& sinogram, rotation_set const& which, field& image) override {
    double_field const& from = own(sinogram);
    check_call(which, own(image), from);
    own(image).values = sum_of_parts(from, which, which.first_part, which.parts).values;
  }

 private:
  void check_call(rotation_set const& which, double_field const& image, double_field const& sinogram) const {
    require(which.first >= 0 && which.first < rays_.rotations && which.step > 0, "no such rotations");
    require(which.parts == 1 || which.parts == 2 || which.parts == 4 || which.parts == 8 || which.parts == 16,
            "the number of parts must be a power of two, at most 16");
    require(which.first_part >= 0 && which.first_part <= projection_parts - which.parts &&
                which.first_part % which.parts == 0,
            "parts must begin at a multiple of their number");
    require(image.extents[0] == rays_.size && image.extents[1] == rays_.size,
            "an image must have the size of the rays'");
    require(sinogram.extents[0] == rays_.rotations && sinogram.extents[1] == rays_.translations,
            "a sinogram must have the rotations and translations of the rays");
    require(image.extents[2] == sinogram.extents[2], "sinogram and image must have the same channels");
  }

  /// Calls visit(rotation, translation) for all entries of a part.
  template <class Visit>
  void for_rays(rotation_set const& which, int part, Visit visit) const {
    std::int64_t const n = (rays_.rotations - which.first + std::int64_t{which.step} - 1) / which.step;
    for (std::int64_t k = part * n / projection_parts; k < (part + 1) * n / projection_parts; ++k)
      for (std::int64_t t = 0; t < rays_.translations; ++t) visit(which.first + k * which.step, t);
  }

  /// Calls visit(row, column, coefficient) for all pixels that a ray's sum is made of.
  template <class Visit>
  void for_pixels(std::int64_t rotation, std::int64_t translation, Visit visit) const {
    auto const entry = static_cast<std::size_t>(rotation * rays_.translations + translation);
    double const weight = static_cast<double>(rays_.weights[entry]);
    if (weight == 0) return;
    double const p = rays_.positions[entry];
    double const cosine = std::cos(rays_.angles[entry]);
    double const sine = std::sin(rays_.angles[entry]);
    bool const row_by_row = std::abs(cosine) >= std::abs(sine);
    for (std::int64_t i = 0; i < rays_.size; ++i) {
      double const along = static_cast<double>(i) - rays_.centre;
      double const across = rays_.centre + (row_by_row ? (p + along * sine) / cosine : (along * cosine - p) / sine);
      if (!(across > -1 && across < rays_.size)) continue;
      double const before = std::floor(across);
      auto const j = static_cast<std::int64_t>(before);
      double const scale = weight / std::abs(row_by_row ? cosine : sine);
      auto const visit_if_inside = [&](std::int64_t at, double fraction) {
        if (at < 0 || at >= rays_.size || fraction == 0) return;
        row_by_row ? visit(i, at, fraction * scale) : visit(at, i, fraction * scale);
      };
      visit_if_inside(j, 1 - (across - before));
      visit_if_inside(j + 1, across - before);
    }
  }

  double_field sum_of_parts(double_field const& sinogram, rotation_set const& which, int first, int parts) const {
    if (parts > 1) {
      double_field sum = sum_of_parts(sinogram, which, first, parts / 2);
      double_field const other = sum_of_parts(sinogram, which, first + parts / 2, parts / 2);
      for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += other.values[i];
      return sum;
    }
    double_field sum({rays_.size, rays_.size, sinogram.extents[2]});
    for_rays(which, first, [&](std::int64_t rotation, std::int64_t translation) {
      for_pixels(rotation, translation, [&](std::int64_t row, std::int64_t column, double coefficient) {
        for (std::int64_t c = 0; c < sinogram.extents[2]; ++c)
          sum.at(row, column, c) += coefficient * sinogram.at(rotation, translation, c);
      });
    });
    return sum;
  }

  ray_list rays_;
};

}  // namespace

std::unique_ptr<projector> make_projector(ray_list const& rays) { return std::make_unique<plain_projector>(rays); }

}  // namespace xrdct::reference
