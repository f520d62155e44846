#pragma once
/// \file Filtered back-projection, on whatever device a tomograph stands for.

#include "xrdct/kernels/tomograph.hpp"

#include <cstdint>
#include <span>

namespace xrdct {

/// A band of the tomogram of every channel, and its variance.
///
/// `device` was made for `geometry`. `sinogram` holds [rotation · translation] rows of channels, without NaN;
/// `variance` is its like, or empty; `weights` are those of angle_weights(). `tomogram` receives rows [first_row, …) of
/// the tomogram as [row · column] rows of channels, as many as it has room for; `tomogram_variance` is its like, and
/// empty where `variance` is. Variances are those of independent sinogram entries, propagated exactly.
/// Channels are worked on some at a time, so little memory is needed beside the views.
/// Throws input_error where shapes contradict each other.
void fbp(tomograph& device, scan_geometry const& geometry, view<float const> sinogram, view<float const> variance,
         filter_taps const& filter, std::span<double const> weights, std::int64_t first_row, view<float> tomogram,
         view<float> tomogram_variance);

}  // namespace xrdct
