#pragma once
/// \file The filters of filtered back-projection, as the programs of the field have them (SEMANTICS §8).

#include "xrdct/kernels/tomograph.hpp"

#include <string_view>

namespace xrdct {

/// What the ramp filter is multiplied with in the frequency domain; `none` is no filter at all, not even the ramp.
enum class window { ramp, shepp_logan, cosine, hann, hamming, none };

/// Whose numbers are to be reproduced: it fixes the centre of the tomogram, the zero padding and the windows.
enum class convention {
  xrdct,    ///< windows by their formulas, padded as `skimage` pads sinograms that are not extended
  skimage,  ///< scikit-image's iradon as it is called by default (circle=True)
  silx,     ///< silx.opencl's Backprojection
};

/// Names as options have them: "shepp-logan". Throw usage_error for others.
window parse_window(std::string_view name);
convention parse_convention(std::string_view name);
std::string_view name_of(window which);
std::string_view name_of(convention which);

/// The length that a convention pads `translations` samples to with zeros before it transforms them.
/// Throws input_error for less than one translation, or more than 2²⁴.
int padded_length(convention whose, int translations);

/// The filter as the response it has on `translations` samples. All conventions pad to twice the samples or more, so
/// their circular convolutions are linear ones, and all responses are symmetric: scikit-image takes the real part
/// of what its asymmetric windows (hann, hamming) give. The sum over rotations is to be weighted by angle_weights().
/// Throws input_error for less than one translation, or more than 2²⁴.
filter_taps make_filter(window which, convention whose, int translations);

}  // namespace xrdct
