/// \file Expectation maximisation for Poisson counts: x ← x · (A_sᵀ (y / A_s x)) / (A_sᵀ 1), for one subset s of the
/// rotations after the other. With one subset Shepp and Vardi, IEEE Trans. Med. Imaging 1 (1982) 113, eq. 2.13, which
/// never gets less likely; with several Hudson and Larkin, ibid. 13 (1994) 601, which gets on faster and never quite
/// settles. It begins with an even image that holds as much as was measured, and negative measurements count as 0.
#include "xrdct/tomo/scheme.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace xrdct {
namespace {

class osem final : public scheme {
 public:
  osem(ray_operator const& matrix, std::unique_ptr<field> sinogram) : matrix_(matrix), data_(std::move(sinogram)) {
    auto const channels = data_->shape()[2];
    for (int which = 0; which < matrix.subsets(); ++which) {
      auto const sums = matrix.pixel_sums({which, matrix.subsets()});
      by_pixel_.push_back(inverse(sums));
      unseen_.emplace_back();
      if (std::ranges::all_of(sums, [](float s) { return s > 0; })) continue;
      for (float const s : sums) unseen_.back().push_back(s > 0 ? 0.0F : 1.0F);
    }
    image_ = matrix.make_image(channels);
    before_ = matrix.make_image(channels);
    factor_ = matrix.make_image(channels);
    projection_ = matrix.make_rays(channels);
    auto& device = matrix.device();
    device.apply(*data_, pointwise::non_negative, *data_);
    squares_ = matrix.dot_rays(*data_, *data_);
    begin_evenly();
  }

  iteration_figures advance(std::span<float const> active) override {
    auto& device = matrix_.device();
    device.combine(*before_, all_of(0, active.size()), *image_, all_of(1, active.size()));
    std::vector<double> residual(active.size());
    for (int which = 0; which < matrix_.subsets(); ++which) {
      ray_subset const subset{which, matrix_.subsets()};
      matrix_.project(*image_, *projection_, subset);
      add_residual(subset, residual);
      improve(subset, active);
    }
    device.combine(*before_, all_of(1, active.size()), *image_, all_of(-1, active.size()));
    return {root_ratio(residual, squares_),
            root_ratio(matrix_.dot_pixels(*before_, *before_), matrix_.dot_pixels(*image_, *image_))};
  }

  parts all() override { return {{&image_, &data_}, {&before_, &factor_, &projection_}, {&squares_}}; }

 private:
  void begin_evenly() {
    auto& device = matrix_.device();
    // y/y is 1 where anything was measured.
    device.combine(*projection_, all_of(0, squares_.size()), *data_, all_of(1, squares_.size()));
    device.apply(*projection_, pointwise::divide, *data_);
    auto const measured = matrix_.dot_rays(*data_, *projection_);
    auto const sums = matrix_.pixel_sums();
    double const seen = std::accumulate(sums.begin(), sums.end(), 0.0);
    std::vector<float> value(squares_.size());
    for (std::size_t c = 0; c < value.size(); ++c) value[c] = static_cast<float>(seen > 0 ? measured[c] / seen : 0);
    auto const pixels = static_cast<std::size_t>(image_->shape()[0] * image_->shape()[1]);
    device.copy(view<float const>(value.data(), pixels, value.size(), 0), *image_);
    device.synchronize();
  }

  /// Σ (y − A x)² over a subset whose A x is known.
  void add_residual(ray_subset subset, std::vector<double>& sum) const {
    auto const mixed = matrix_.dot_rays(*data_, *projection_, subset);
    auto const projected = matrix_.dot_rays(*projection_, *projection_, subset);
    auto const measured = matrix_.dot_rays(*data_, *data_, subset);
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += std::max(0.0, measured[c] - 2 * mixed[c] + projected[c]);
  }

  void improve(ray_subset subset, std::span<float const> active) {
    auto& device = matrix_.device();
    auto const which = static_cast<std::size_t>(subset.which);
    device.apply(*projection_, pointwise::divide_by, *data_);
    matrix_.back_project(*projection_, *factor_, subset);
    device.scale(*factor_, by_pixel_[which]);
    device.apply(*factor_, pointwise::multiply, *image_);
    if (unseen_[which].empty()) {
      device.combine(*image_, others(active), *factor_, active);
      return;
    }
    // Pixels that no ray of the subset meets stay as they are. Where the factor is 0, the sum is what is left.
    std::vector<float> const one = all_of(1, active.size());
    device.combine(*factor_, one, *image_, all_of(-1, active.size()));
    std::vector<float> seen;
    for (float const u : unseen_[which]) seen.push_back(1 - u);
    device.scale(*factor_, seen);
    device.combine(*image_, one, *factor_, active);
    device.apply(*image_, pointwise::non_negative, *image_);
  }

  ray_operator const& matrix_;
  std::vector<std::vector<float>> by_pixel_;  // of each subset, 1 / Aᵀ1
  std::vector<std::vector<float>> unseen_;    // of each subset, 1 where no ray passes; empty: there is no such pixel
  std::unique_ptr<field> image_;
  std::unique_ptr<field> data_;
  std::unique_ptr<field> before_;
  std::unique_ptr<field> factor_;
  std::unique_ptr<field> projection_;
  std::vector<double> squares_;  // ‖y‖²
};

}  // namespace

std::unique_ptr<scheme> make_osem(ray_operator const& matrix, std::unique_ptr<field> sinogram) {
  return std::make_unique<osem>(matrix, std::move(sinogram));
}

}  // namespace xrdct
