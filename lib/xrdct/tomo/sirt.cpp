/// \file x ← x + C Aᵀ R (y − A x), with C and R the inverse sums of A's columns and rows: Gilbert, J. Theor. Biol. 36
/// (1972) 105; in this form Gregor and Benson, IEEE Trans. Med. Imaging 27 (2008) 918, who show that it makes
/// ‖A x − y‖ in the norm of R smaller in every iteration. Weights multiply R, and C has the inverse sums of the
/// weighted columns, for which that holds likewise.
#include "xrdct/tomo/scheme.hpp"

#include <utility>

namespace xrdct {
namespace {

class sirt final : public scheme {
 public:
  sirt(ray_operator const& matrix, bool non_negative, std::unique_ptr<field> sinogram, std::unique_ptr<field> roots)
      : matrix_(matrix),
        non_negative_(non_negative),
        by_ray_(inverse(matrix.ray_sums())),
        by_pixel_(inverse(matrix.pixel_sums())),
        residual_(std::move(sinogram)),
        weights_(std::move(roots)) {
    auto const channels = residual_->shape()[2];
    image_ = matrix.make_image(channels);
    step_ = matrix.make_image(channels);
    projection_ = matrix.make_rays(channels);
    data_ = matrix.dot_rays(*residual_, *residual_);
    if (!weights_) return;
    matrix.device().apply(*weights_, pointwise::multiply, *weights_);
    pixel_weights_ = matrix.make_image(channels);
    matrix.back_project(*weights_, *pixel_weights_);
  }

  iteration_figures advance(std::span<float const> active) override {
    auto& device = matrix_.device();
    auto const one = all_of(1, active.size());
    auto const minus = all_of(-1, active.size());
    auto const none = all_of(0, active.size());
    device.combine(*projection_, none, *residual_, one);
    device.scale(*projection_, by_ray_);
    if (weights_) device.apply(*projection_, pointwise::multiply, *weights_);
    matrix_.back_project(*projection_, *step_);
    if (weights_) {
      device.apply(*step_, pointwise::divide, *pixel_weights_);
    } else {
      device.scale(*step_, by_pixel_);
    }
    if (non_negative_) {
      // To where it leads, cut off, and what that is from where it began.
      device.combine(*step_, one, *image_, one);
      device.apply(*step_, pointwise::non_negative, *step_);
      device.combine(*step_, one, *image_, minus);
    }
    device.combine(*image_, one, *step_, active);
    matrix_.project(*step_, *projection_);
    device.combine(*residual_, one, *projection_, minus_of(active));
    return {root_ratio(matrix_.dot_rays(*residual_, *residual_), data_),
            root_ratio(matrix_.dot_pixels(*step_, *step_), matrix_.dot_pixels(*image_, *image_))};
  }

  parts all() override {
    parts made{{&image_, &residual_}, {&step_, &projection_}, {&data_}};
    if (weights_) made.kept.insert(made.kept.end(), {&weights_, &pixel_weights_});
    return made;
  }

 private:
  static std::vector<float> minus_of(std::span<float const> values) {
    std::vector<float> made;
    for (float const v : values) made.push_back(-v);
    return made;
  }

  ray_operator const& matrix_;
  bool non_negative_;
  std::vector<float> by_ray_;
  std::vector<float> by_pixel_;
  std::unique_ptr<field> image_;
  std::unique_ptr<field> residual_;       // y − A x
  std::unique_ptr<field> weights_;        // of values; none: all are 1
  std::unique_ptr<field> pixel_weights_;  // Aᵀ·weights
  std::unique_ptr<field> step_;
  std::unique_ptr<field> projection_;
  std::vector<double> data_;  // ‖y‖²
};

}  // namespace

std::unique_ptr<scheme> make_sirt(ray_operator const& matrix, solver_options const& options,
                                  std::unique_ptr<field> sinogram, std::unique_ptr<field> roots) {
  return std::make_unique<sirt>(matrix, options.non_negative, std::move(sinogram), std::move(roots));
}

}  // namespace xrdct
