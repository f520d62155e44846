#pragma once
/// \file Stripes in a sinogram, which become rings in its tomogram: translations that are measured too bright or too
/// dark at all angles.

#include "xrdct/kernels/view.hpp"
#include "xrdct/tomo/fill.hpp"

#include <cstdint>

namespace xrdct {

/// Removes offsets of translations, channel by channel, and tells how many there were. A value is compared with the
/// cubic through those of two translations to either side (the line through one, near the ends; the ends themselves are
/// kept), in every rotation, and the median over the rotations is the offset of the translation. It is subtracted where
/// it exceeds the scatter among the rotations, five times its own error by that scatter, and eight times the deviation
/// of the offsets of all translations; the largest first, as a stripe shows beside itself, until none is left or a
/// quarter of the translations is corrected. Edges of the sample are at another translation in every rotation, and
/// stay; those of a round sample on the axis do not tell from stripes, unless they have a slope of several
/// translations. Errors are not affected. Missing entries and values that are not finite count for nothing. `sinogram`
/// holds [rotation · translation] rows of channels. Throws input_error where shapes contradict each other.
std::uint64_t destripe(entry_map const& entries, view<float> sinogram, int threads = 1);

}  // namespace xrdct
