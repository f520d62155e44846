#pragma once
/// \file Hot spots in a sinogram: reflections of single crystals, seen at one entry or a few, replaced.

#include "xrdct/kernels/view.hpp"
#include "xrdct/tomo/fill.hpp"

#include <cstdint>
#include <span>

namespace xrdct {

/// Where the entries of a sinogram look, and how far above its surroundings a value is hot.
struct hot_spot_rule {
  std::span<double const> angles;  ///< of the rotations, radians
  double axis = 0;                 ///< index of the translation at the rotation axis; good to some steps
  double threshold = 5;            ///< deviations
};

/// Replaces hot values, channel by channel, and tells how many there were.
///
/// A value is hot where it exceeds the median of its neighbours (two rotations and one translation to every side) by
/// more than `threshold` deviations, a deviation being the larger of 1.4826 × the median distance of the neighbours
/// from their median and the median of their errors, unless a point of the sample on its ray sticks out in other
/// rotations as well: in five rotations to either side (more on one, at the ends), half of the entries that see the
/// point exceed the median of their own neighbours by a third of what is judged. Grains of a powder are kept that way,
/// however small and bright. Hot values are no neighbours: all is judged again until nothing more is found, four times
/// at most.
///
/// Their place is taken by what lies between the nearest values left along the translations, errors likewise, as
/// fill_missing() does it for entries. Missing entries and values that are not finite count for nothing and stay.
/// `sinogram` holds [rotation · translation] rows of channels; `errors` (standard deviations) is its like, or empty:
/// then, or where errors are 0, and where the neighbours are equal, the median distance other than 0 from such medians
/// in the whole channel is a deviation. Channels do not act on one another, and the result is the same for any number
/// of threads.
/// Throws input_error where shapes contradict each other.
std::uint64_t despike(hot_spot_rule const& rule, entry_map const& entries, view<float> sinogram, view<float> errors,
                      int threads = 1);

}  // namespace xrdct
