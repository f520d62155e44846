#pragma once
/// \file How far a frame's number (its total counts, its monitor) is from what its neighbours let expect.

#include "xrdct/scan/plan.hpp"

#include <span>
#include <vector>

namespace xrdct {

/// One number a frame, and how well it can be known.
struct judged_values {
  std::span<double const> value;  ///< positive; frames of other values (NaN, 0) are neither judged nor neighbours
  /// value × norm are counts, whose Poisson noise is allowed for; empty: values are no counts.
  std::span<double const> norm;
  double floor = 0;  ///< relative deviation that is no cause for concern: the scale is never below it
};

/// Scores beyond this are outliers.
constexpr double outlier_limit = 8;

/// Scores by neighbours in the sinogram: entries that are up to two rotations and two translations away (more of these
/// where a point of the sample moves further from one rotation to the next). A frame scores where its value is beyond
/// all of theirs: the logarithm of its ratio to the nearest of them in units of the scale. As dips of the beam last, it
/// is not held against frames taken up to 6 frames before or after (3 of the same translation) whether it is below; in
/// their place are the two nearest rotations on either side, of the same translation, that this leaves. The scale is
/// the largest of: the robust standard deviation (1.4826 × median) of log(value / median of neighbours of the same
/// translation) of all frames that deviate to the same side, as bright reflections make the sides different; the
/// counting statistics of the neighbour's value; the range of log(value) of the neighbours but their lowest and
/// highest, halved, but no more than what makes a tenfold of the neighbours, or a fifth of them, an outlier; and the
/// floor. So what is seen at several rotations does not score (the sample's outline, gradients, grains), and where
/// traces of grains cross only what is far brighter does. Positive: above the neighbours; negative: below. 0 for frames
/// that have no entry or fewer than 4 neighbours.
std::vector<double> score_in_sinogram(scan_plan const& scan, judged_values const& of);

/// Scores by neighbours in time: the logarithm of the ratio to the median of the 15 frames before or of the 15 after,
/// whichever is less, in units of a scale as above. So a step, or a slow change, does not score; a dip of up to 7
/// frames does. 0 where there are fewer than 4 frames on either side together.
std::vector<double> score_in_time(judged_values const& of);

/// Sinogram rows (layer · rotations + rotation) whose mean value is below half of the median over the rows of their
/// layer: every rotation sees the whole sample, so their totals are alike, unless the beam is off for longer than a
/// line. Rows with fewer than three quarters of their translations are not judged.
std::vector<std::size_t> dim_rows(scan_plan const& scan, std::span<double const> value);

}  // namespace xrdct
