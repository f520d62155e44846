#include "xrdct/tomo/line_shifts.hpp"

#include "xrdct/tomo/slice.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

// Of simulated samples larger than the field, two comparisons leave a third of the shifts, four leave more again: the
// tomogram learns to explain the shifts that are left. Those of centres of mass, good to 0.03 translations with noise
// of 0.5 % of the maximum, only get worse by comparing.
constexpr int comparisons = 2;
constexpr double largest_change = 1;  // in a cycle, as the comparison is linear in the shift

/// What the sample's place and that of the axis account for.
void remove_sinusoid(std::vector<double> const& angles, std::vector<double>& shifts) {
  auto const fit = fit_sinusoid(angles, shifts);
  if (!std::isfinite(fit.offset_error)) return;
  for (std::size_t r = 0; r < shifts.size(); ++r) shifts[r] -= fit.at(angles[r]);
}

std::vector<double> shifts_of_masses(total_scattering const& total) {
  auto const centres = mass_centres(total, level_of_air(total));
  auto const fit = fit_sinusoid(total.angles, centres);
  std::vector<double> shifts(total.angles.size());
  if (!std::isfinite(fit.offset_error)) return shifts;
  for (std::size_t r = 0; r < shifts.size(); ++r)
    if (std::isfinite(centres[r])) shifts[r] = centres[r] - fit.at(total.angles[r]);
  return shifts;
}

/// How much further a line is than a projection: s in line(t) = factor·projected(t − s) + constant, by least squares,
/// linear in s. 0 where the line says nothing.
double shift_between(double const* line, double const* projected, int first, int end) {
  double n = 0, p = 0, q = 0, d = 0, qq = 0, qd = 0, dd = 0, pq = 0, pd = 0;
  for (int i = first; i < end; ++i) {
    double const slope = (projected[i + 1] - projected[i - 1]) / 2;
    n += 1;
    p += line[i];
    q += projected[i];
    d += slope;
    qq += projected[i] * projected[i];
    qd += projected[i] * slope;
    dd += slope * slope;
    pq += line[i] * projected[i];
    pd += line[i] * slope;
  }
  if (n < 4) return 0;
  qq -= q * q / n;
  qd -= q * d / n;
  dd -= d * d / n;
  pq -= p * q / n;
  pd -= p * d / n;
  double const determinant = qq * dd - qd * qd;
  if (!(determinant > 1e-9 * qq * dd)) return 0;
  double const factor = (pq * dd - pd * qd) / determinant;
  double const of_slope = (pd * qq - pq * qd) / determinant;
  return factor > 0 ? std::clamp(-of_slope / factor, -largest_change, largest_change) : 0;
}

/// A sinogram and what is made of it.
class alignment {
 public:
  alignment(total_scattering const& total, double axis, bool truncated)
      : slice_(total.angles, total.entries.translations, truncated ? total.entries.translations / 2 : 0),
        axis_(axis + slice_.margin()),
        sinogram_(slice_.extended(total.values)),
        filtered_(slice_.filtered(sinogram_)) {}

  double misfit(std::vector<double> const& shifts) {
    auto axes = shifts;
    for (auto& axis : axes) axis += axis_;
    projected_ = slice_.project(slice_.back_project(filtered_, axes), axes);
    return slice_.unexplained(sinogram_, projected_);
  }

  /// By the projection that the last misfit was of.
  std::vector<double> changes() const {
    std::vector<double> found;
    auto const length = static_cast<std::size_t>(slice_.length());
    int const first = std::max(slice_.first_compared(), 1);
    int const end = std::min(slice_.end_compared(), slice_.length() - 1);
    for (std::size_t r = 0; r < slice_.rotations(); ++r)
      found.push_back(shift_between(&sinogram_[r * length], &projected_[r * length], first, end));
    return found;
  }

 private:
  slice_model slice_;
  double axis_;
  std::vector<double> sinogram_;
  std::vector<double> filtered_;
  std::vector<double> projected_;
};

}  // namespace

line_shifts find_line_shifts(total_scattering const& total, double axis, bool truncated) {
  line_shifts found{std::vector<double>(total.angles.size()), 0, 0};
  if (total.angles.size() < 4 || total.entries.translations < 8) return found;
  alignment aligned(total, axis, truncated);
  found.misfit_before = found.misfit_after = aligned.misfit(found.shifts);
  auto shifts = found.shifts;
  for (int cycle = 0; cycle < (truncated ? comparisons : 1); ++cycle) {
    if (truncated) {
      auto const changes = aligned.changes();
      for (std::size_t r = 0; r < shifts.size(); ++r) shifts[r] += changes[r];
      remove_sinusoid(total.angles, shifts);
    } else {
      shifts = shifts_of_masses(total);
    }
    double const misfit = aligned.misfit(shifts);
    if (!(misfit < found.misfit_after)) break;
    found.misfit_after = misfit;
    found.shifts = shifts;
  }
  return found;
}

}  // namespace xrdct
