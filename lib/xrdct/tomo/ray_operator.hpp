#pragma once
/// \file The matrix of a scan, for solvers: a projector, its sums, and its subsets of rotations, whoever computes them.

#include "xrdct/kernels/projector.hpp"
#include "xrdct/tomo/parts_team.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace xrdct {

/// Rotations `which`, which + of, which + 2·of, …
struct ray_subset {
  int which = 0;
  int of = 1;
};

/// A of one list of rays. What it is made from outlives it.
class ray_operator {
 public:
  /// Of all subsets that will be asked for, there are `subsets` (of = subsets), or one. Throws what the projector
  /// throws.
  ray_operator(projector& device, ray_list const& rays, parts_team& team, int subsets = 1);

  projector& device() const { return device_; }
  ray_list const& rays() const { return rays_; }
  int subsets() const { return subsets_; }
  /// New fields of zeros.
  std::unique_ptr<field> make_image(std::int64_t channels) const;
  std::unique_ptr<field> make_rays(std::int64_t channels) const;

  /// The rows of `rays` in the subset, as far as this rank works on them, ← A·image.
  void project(field const& image, field& rays, ray_subset subset = {}) const;
  /// image ← Aᵀ·rays over the subset.
  void back_project(field const& rays, field& image, ray_subset subset = {}) const;
  /// Σ x·y of each channel over the rays of the subset, or over pixels.
  std::vector<double> dot_rays(field const& x, field const& y, ray_subset subset = {}) const;
  std::vector<double> dot_pixels(field const& x, field const& y) const;
  /// Sums over one's own rays ← sums over all.
  void complete(std::span<double> sums) const { team_.complete(sums); }
  /// Between iterations; see parts_team.
  void pause() const { team_.pause(); }

  /// A·1, the length of every ray within the image times its weight, where this rank works on it (or there are
  /// subsets) and the length is at least a hundredth of a pixel; else 0. A ray that hardly touches the image says
  /// nothing about it, but divided by its length it would say much.
  std::vector<float> const& ray_sums() const { return ray_sums_; }
  /// 1 where the ray sum is not 0, else 0.
  std::vector<float> const& usable() const { return usable_; }
  /// Aᵀ·1 over a subset.
  std::vector<float> pixel_sums(ray_subset subset = {}) const;

 private:
  std::vector<float> sum_rays() const;

  projector& device_;
  ray_list const& rays_;
  parts_team& team_;
  int subsets_;
  std::vector<float> ray_sums_;
  std::vector<float> usable_;
};

/// 1/v of every value that is above 0; 0 of others.
std::vector<float> inverse(std::vector<float> const& values);

}  // namespace xrdct
