#pragma once
/// \file The radial axis of a pattern: 2θ, q or radius.

#include <cstdint>
#include <string>
#include <string_view>

namespace xrdct {

enum class radial_unit : std::uint8_t { q_per_nm, q_per_angstrom, two_theta_deg, two_theta_rad, radius_mm };

/// Parses pyFAI's names: q_nm^-1, q_A^-1, 2th_deg, 2th_rad, r_mm. Throws usage_error that lists them.
radial_unit parse_radial_unit(std::string_view name);
std::string_view name_of(radial_unit unit);

/// From the internal unit (nm⁻¹, rad, m) to this one.
double scale_of(radial_unit unit);

/// What the axis is called in a result file ("q", "two_theta", "radius"), its unit there ("1/nm", "deg", …) and in
/// words.
std::string_view axis_name(radial_unit unit);
std::string_view nexus_unit(radial_unit unit);
bool needs_wavelength(radial_unit unit);

}  // namespace xrdct
