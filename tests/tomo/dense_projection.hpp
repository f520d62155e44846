#pragma once
/// \file Projection along rays as one matrix, written down independently of all backends.

#include "xrdct/kernels/projector.hpp"

#include <cstddef>
#include <vector>

namespace xrdct::test {

/// sinogram[entry] = Σ_pixel A[entry][pixel]·image[pixel], with entry = rotation · translations + translation and
/// pixel = row · size + column. Every element is looked at; those that are not 0 are kept.
class dense_projection {
 public:
  explicit dense_projection(ray_list const& rays);

  /// Values, and for each what its terms add up to if their signs are random: the scale where terms cancel.
  struct sums {
    std::vector<double> values;
    std::vector<double> scale;
  };
  /// [entry][channel] from [pixel][channel].
  sums project(std::vector<float> const& image, std::size_t channels) const;
  /// [pixel][channel] from [entry][channel], of entries that are `meant`.
  sums back_project(std::vector<float> const& sinogram, std::size_t channels, std::vector<bool> const& meant) const;

 private:
  struct element {
    std::size_t entry;
    std::size_t pixel;
    double value;
  };
  std::size_t entries_;
  std::size_t pixels_;
  std::vector<element> elements_;
};

}  // namespace xrdct::test
