#pragma once
/// \file How far the sample was displaced along the translations, line by line.

#include "xrdct/tomo/mass_centre.hpp"

#include <vector>

namespace xrdct {

struct line_shifts {
  std::vector<double> shifts;  ///< of every rotation, in translations: where the line meets the axis, less `axis`
  double misfit_before = 0;    ///< share of the sinogram that its tomogram, projected again, does not explain
  double misfit_after = 0;     ///< likewise, with the shifts
};

/// From the centres of mass of the projections, which would be on a sinusoid; where the sample is `truncated`, by
/// comparing each line with the projection of the tomogram that is made with the shifts found so far (Dengler,
/// Ultramicroscopy 30 (1989) 337). What a displaced sample or another axis would explain (a constant, the cosine and
/// the sine of the angle) is no part of the shifts, so the axis stays where it is. Shifts that do not explain the
/// sinogram better are not taken. `total` must be free of hot spots; `axis` is an index of a translation.
line_shifts find_line_shifts(total_scattering const& total, double axis, bool truncated);

}  // namespace xrdct
