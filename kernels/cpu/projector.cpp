#include "kernels/cpu/projector.hpp"

#include "kernels/cpu/field_space.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace xrdct::cpu {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

bool is_length(double value) { return std::abs(value) <= longest_position; }

void check(ray_list const& rays) {
  require(rays.rotations > 0 && rays.translations > 0, "rays need at least one rotation and one translation");
  require(rays.size > 0 && rays.size <= largest_image, "images have between 1 and 65536 pixels a side");
  require(is_length(rays.centre), "the rotation axis must be finite, and not absurdly far from the image");
  auto const entries = static_cast<std::size_t>(rays.rotations) * static_cast<std::size_t>(rays.translations);
  require(rays.angles.size() == entries && rays.positions.size() == entries && rays.weights.size() == entries,
          "every ray needs an angle, a position and a weight");
  for (std::size_t i = 0; i < entries; ++i) {
    require(std::isfinite(rays.weights[i]) && rays.weights[i] >= 0, "weights of rays must be finite and not negative");
    if (rays.weights[i] == 0) continue;
    require(std::isfinite(rays.angles[i]), "angles of rays must be finite");
    require(is_length(rays.positions[i]), "positions of rays must be finite, and not absurdly far from the image");
  }
}

class threaded_projector final : public threaded_fields<projector> {
 public:
  threaded_projector(ray_list const& rays, thread_pool& threads) : threaded_fields(threads), rays_(rays) {
    check(rays);
  }

  void project(field const& image, rotation_set const& which, field& sinogram) override {
    blocked_field const& from = own(image);
    blocked_field& to = own(sinogram);
    check_call(which, from, to);
    auto const blocks = static_cast<std::size_t>(to.blocks);
    threads().run(blocks * static_cast<std::size_t>(which.parts), [&](std::size_t task, int) {
      auto const block = static_cast<std::int64_t>(task % blocks);
      for_rays(which, which.first_part + static_cast<int>(task / blocks), [&](std::int64_t r, std::int64_t t) {
        float* const sum = to.row(block, r) + t * channel_block;
        std::fill_n(sum, channel_block, 0.0F);
        for_pixels(r, t, [&](std::int64_t row, std::int64_t column, float coefficient) {
          add(coefficient, from.row(block, row) + column * channel_block, sum);
        });
      });
    });
  }

  void back_project(field const& sinogram, rotation_set const& which, field& image) override {
    blocked_field const& from = own(sinogram);
    blocked_field& to = own(image);
    check_call(which, to, from);
    threads().run(static_cast<std::size_t>(to.blocks), [&](std::size_t task, int) {
      auto const block = static_cast<std::int64_t>(task);
      auto const sum = sum_of_parts(from, block, which, which.first_part, which.parts);
      std::copy(sum.begin(), sum.end(), to.row(block, 0));
    });
  }

 private:
  void check_call(rotation_set const& which, blocked_field const& image, blocked_field const& sinogram) const {
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

  static void add(float coefficient, float const* from, float* to) {
    for (int c = 0; c < channel_block; ++c) to[c] += coefficient * from[c];
  }

  template <class Visit>
  void for_rays(rotation_set const& which, int part, Visit visit) const {
    std::int64_t const n = (rays_.rotations - which.first + std::int64_t{which.step} - 1) / which.step;
    for (std::int64_t k = part * n / projection_parts; k < (part + 1) * n / projection_parts; ++k)
      for (std::int64_t t = 0; t < rays_.translations; ++t) visit(which.first + k * which.step, t);
  }

  template <class Visit>
  void for_pixels(std::int64_t rotation, std::int64_t translation, Visit visit) const {
    auto const entry = static_cast<std::size_t>(rotation * rays_.translations + translation);
    double const weight = static_cast<double>(rays_.weights[entry]);
    if (weight == 0) return;
    double const p = rays_.positions[entry];
    double const cosine = std::cos(rays_.angles[entry]);
    double const sine = std::sin(rays_.angles[entry]);
    bool const row_by_row = std::abs(cosine) >= std::abs(sine);
    double const scale = weight / std::abs(row_by_row ? cosine : sine);
    for (std::int64_t i = 0; i < rays_.size; ++i) {
      double const along = static_cast<double>(i) - rays_.centre;
      double const across = rays_.centre + (row_by_row ? (p + along * sine) / cosine : (along * cosine - p) / sine);
      if (!(across > -1 && across < rays_.size)) continue;
      auto const j = static_cast<std::int64_t>(std::floor(across));
      for (int side = 0; side < 2; ++side) {
        double const hat = 1 - std::abs(across - static_cast<double>(j + side));
        if (j + side < 0 || j + side >= rays_.size || hat <= 0) continue;
        auto const coefficient = static_cast<float>(hat * scale);
        row_by_row ? visit(i, j + side, coefficient) : visit(j + side, i, coefficient);
      }
    }
  }

  std::vector<float> sum_of_parts(blocked_field const& sinogram, std::int64_t block, rotation_set const& which,
                                  int first, int parts) const {
    if (parts > 1) {
      auto sum = sum_of_parts(sinogram, block, which, first, parts / 2);
      auto const other = sum_of_parts(sinogram, block, which, first + parts / 2, parts / 2);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
      return sum;
    }
    std::int64_t const row_stride = (std::int64_t{rays_.size} + padding_rows) * channel_block;
    std::vector<float> sum(static_cast<std::size_t>(rays_.size * row_stride));
    for_rays(which, first, [&](std::int64_t r, std::int64_t t) {
      float const* const sample = sinogram.row(block, r) + t * channel_block;
      for_pixels(r, t, [&](std::int64_t row, std::int64_t column, float coefficient) {
        add(coefficient, sample, sum.data() + row * row_stride + column * channel_block);
      });
    });
    return sum;
  }

  ray_list rays_;
};

}  // namespace

std::unique_ptr<projector> make_projector(ray_list const& rays, thread_pool& threads) {
  return std::make_unique<threaded_projector>(rays, threads);
}

}  // namespace xrdct::cpu
