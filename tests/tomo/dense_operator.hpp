#pragma once
/// \file Filtered back-projection as one matrix, written down independently of all backends.

#include "xrdct/kernels/tomograph.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace xrdct::test {

/// tomogram[pixel] = Σ_entry M[pixel][entry]·sinogram[entry], with entry = rotation · translations + translation.
class dense_operator {
 public:
  dense_operator(scan_geometry const& geometry, filter_taps const& filter, std::span<double const> weights);

  std::size_t pixels() const { return pixels_; }
  std::size_t entries() const { return entries_; }

  /// [pixel][channel] from [entry][channel].
  std::vector<double> values(std::vector<float> const& sinogram, std::size_t channels) const;
  /// Σ M²·variance
  std::vector<double> variances(std::vector<float> const& variance, std::size_t channels) const;

 private:
  template <class Square>
  std::vector<double> apply(std::vector<float> const& sinogram, std::size_t channels, Square square) const;

  std::size_t pixels_;
  std::size_t entries_;
  std::vector<double> matrix_;
};

}  // namespace xrdct::test
