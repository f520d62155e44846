#pragma once
/// \file Filtering and back-projection of all channels at once: the interface every backend implements.

#include "xrdct/kernels/field.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// Where rays and pixels are. One step of the translation is the unit of length, and one pixel is one step.
/// The ray through pixel (row, column) at angle θ meets the detector row of translations at index
///     t = axis + (column − centre)·cos θ − (row − centre)·sin θ      (SEMANTICS §8)
struct scan_geometry {
  std::vector<double> angles;  ///< radians, one a rotation
  int translations = 0;
  double axis = 0;               ///< index of the translation that meets the rotation axis; may lie between two
  int size = 0;                  ///< the tomogram has size × size pixels
  double centre = 0;             ///< the pixel index, in rows and in columns, on the rotation axis
  std::vector<double> shifts{};  ///< added to `axis`, one a rotation, where the sample moved between lines; or none

  double axis_of(std::size_t rotation) const { return axis + (shifts.empty() ? 0 : shifts[rotation]); }
};

/// The response of a filter along the translation axis: out[i] = Σ_j taps[|i−j|]·in[j], every filter of filtered
/// back-projection being symmetric. taps.size() ≥ translations.
struct filter_taps {
  std::vector<double> taps;
};

/// Filtered back-projection of fields.
struct tomograph : field_space {
  // All that follows throws std::invalid_argument where shapes contradict each other or the geometry. Sinograms must
  // not hold NaN or infinities (what would come of them differs between backends).

  /// Filters every rotation of a sinogram along its translations, and multiplies rotation a by weights[a].
  /// `filtered` may be `sinogram`.
  virtual void filter(field const& sinogram, filter_taps const& taps, std::span<double const> weights,
                      field& filtered) = 0;

  /// Adds to rows [first_row, first_row + image.shape()[0]) of the tomogram, for every pixel, the filtered sinogram
  /// at the pixel's t, over all rotations, with linear interpolation between translations and 0 outside. A t that is
  /// outside by no more than 10⁻⁶ counts as the end, so that rounding of a sine does not decide what is inside.
  virtual void back_project(field const& filtered, std::int64_t first_row, field& image) = 0;

  /// Adds to `image` the variance that filter() with the same taps and weights, then back_project(), give a sinogram
  /// of these variances: with linear interpolation by w0, w1 between filtered samples k and k+1,
  ///     Σ_a weights[a]²·(w0²·A[k] + w1²·A[k+1] + 2·w0·w1·B[k]),   A = var ∗ taps²,   B[k] = Σ_j
  ///     taps[|k−j|]·taps[|k+1−j|]·var[j]
  virtual void back_project_variance(field const& variance, filter_taps const& taps, std::span<double const> weights,
                                     std::int64_t first_row, field& image) = 0;

  // The same from and to the memory of the caller, which spares fields in between: sinograms are
  // [rotation · translation][channel], images [row · column][channel] of as many rows as there is room for, and are
  // written, not added to. The bits are those that fields would give. All is done when these return.
  virtual void filter(view<float const> sinogram, filter_taps const& taps, std::span<double const> weights,
                      field& filtered) = 0;
  virtual void back_project(field const& filtered, std::int64_t first_row, view<float> image) = 0;
  virtual void back_project_variance(view<float const> variance, filter_taps const& taps,
                                     std::span<double const> weights, std::int64_t first_row, view<float> image) = 0;

  /// How many channels a field should have for these to be fast in little memory.
  virtual std::int64_t channels_at_once() const = 0;
};

}  // namespace xrdct
