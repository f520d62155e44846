/// \file Conjugate gradients for min ‖A x − y‖² from x = 0: Björck, Numerical Methods for Least Squares Problems (SIAM
/// 1996), algorithm 7.4.1 (CGLS). Every channel has its own step lengths. Stopping early is what regularises. With
/// weights w², it is that of w·A and w·y.
#include "xrdct/tomo/scheme.hpp"

#include <utility>

namespace xrdct {
namespace {

class cgls final : public scheme {
 public:
  cgls(ray_operator const& matrix, std::unique_ptr<field> sinogram, std::unique_ptr<field> roots)
      : matrix_(matrix), residual_(std::move(sinogram)), roots_(std::move(roots)) {
    auto const channels = residual_->shape()[2];
    image_ = matrix.make_image(channels);
    direction_ = matrix.make_image(channels);
    gradient_ = matrix.make_image(channels);
    projection_ = matrix.make_rays(channels);
    weigh(*residual_);
    data_ = matrix.dot_rays(*residual_, *residual_);
    descent_.assign(static_cast<std::size_t>(channels), 0.0);
  }

  iteration_figures advance(std::span<float const> active) override {
    auto& device = matrix_.device();
    auto const channels = active.size();
    auto const one = all_of(1, channels);
    back_project_residual(one);
    auto const descent = matrix_.dot_pixels(*gradient_, *gradient_);
    std::vector<float> keep(channels);
    for (std::size_t c = 0; c < channels; ++c)
      if (descent_[c] > 0) keep[c] = static_cast<float>(descent[c] / descent_[c]);
    device.combine(*direction_, keep, *gradient_, one);
    descent_ = descent;

    matrix_.project(*direction_, *projection_);
    weigh(*projection_);
    auto const curvature = matrix_.dot_rays(*projection_, *projection_);
    std::vector<float> step(channels), back(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      if (active[c] > 0 && curvature[c] > 0) step[c] = static_cast<float>(descent[c] / curvature[c]);
      back[c] = -step[c];
    }
    device.combine(*image_, one, *direction_, step);
    device.combine(*residual_, one, *projection_, back);
    return figures(step);
  }

  parts all() override {
    parts made{{&image_, &residual_, &direction_}, {&gradient_, &projection_}, {&data_, &descent_}};
    if (roots_) made.kept.push_back(&roots_);
    return made;
  }

 private:
  void weigh(field& rays) {
    if (roots_) matrix_.device().apply(rays, pointwise::multiply, *roots_);
  }

  void back_project_residual(std::vector<float> const& one) {
    if (!roots_) return matrix_.back_project(*residual_, *gradient_);
    matrix_.device().combine(*projection_, all_of(0, one.size()), *residual_, one);
    weigh(*projection_);
    matrix_.back_project(*projection_, *gradient_);
  }

  iteration_figures figures(std::vector<float> const& step) {
    auto moved = matrix_.dot_pixels(*direction_, *direction_);
    for (std::size_t c = 0; c < step.size(); ++c)
      moved[c] *= static_cast<double>(step[c]) * static_cast<double>(step[c]);
    return {root_ratio(matrix_.dot_rays(*residual_, *residual_), data_),
            root_ratio(moved, matrix_.dot_pixels(*image_, *image_))};
  }

  ray_operator const& matrix_;
  std::unique_ptr<field> image_;
  std::unique_ptr<field> residual_;  // w (y − A x)
  std::unique_ptr<field> roots_;     // w; none: 1
  std::unique_ptr<field> direction_;
  std::unique_ptr<field> gradient_;    // Aᵀw²(y − A x)
  std::unique_ptr<field> projection_;  // w A·direction
  std::vector<double> data_;           // ‖w y‖²
  std::vector<double> descent_;        // ‖gradient‖² of the iteration before; 0: there was none
};

}  // namespace

std::unique_ptr<scheme> make_cgls(ray_operator const& matrix, std::unique_ptr<field> sinogram,
                                  std::unique_ptr<field> roots) {
  return std::make_unique<cgls>(matrix, std::move(sinogram), std::move(roots));
}

}  // namespace xrdct
