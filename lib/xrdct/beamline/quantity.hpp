#pragma once
/// \file Units as files write them.

#include <optional>
#include <string_view>

namespace xrdct {

/// How many metres a unit of length is ("m", "mm", "um", "micron", "nm", "angstrom", "A", …; case matters only where it
/// must); nothing for any other text.
std::optional<double> metres_in(std::string_view unit);

/// The same in electronvolts ("eV", "keV", "MeV", "J") and seconds ("s", "ms", "us", "ns", "min").
std::optional<double> electronvolts_in(std::string_view unit);
std::optional<double> seconds_in(std::string_view unit);

/// Planck's constant times the speed of light, in eV·m (exact in SI since 2019): wavelength = this / energy.
constexpr double electronvolt_metres = 1.2398419843320026e-6;

}  // namespace xrdct
