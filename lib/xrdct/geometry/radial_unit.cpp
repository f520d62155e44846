#include "xrdct/geometry/radial_unit.hpp"

#include "xrdct/base/error.hpp"

#include <array>
#include <cstddef>
#include <numbers>

namespace xrdct {
namespace {

struct unit_facts {
  std::string_view name;
  double scale;
  std::string_view axis;
  std::string_view nexus;
  bool wavelength;
};

/// In the order of the enumeration.
constexpr std::array<unit_facts, 5> facts{{
    {"q_nm^-1", 1, "q", "1/nm", true},
    {"q_A^-1", 0.1, "q", "1/angstrom", true},
    {"2th_deg", 180 / std::numbers::pi, "two_theta", "deg", false},
    {"2th_rad", 1, "two_theta", "rad", false},
    {"r_mm", 1000, "radius", "mm", false},
}};

unit_facts const& facts_of(radial_unit unit) { return facts[static_cast<std::size_t>(unit)]; }

}  // namespace

radial_unit parse_radial_unit(std::string_view name) {
  for (std::size_t i = 0; i < facts.size(); ++i)
    if (facts[i].name == name) return static_cast<radial_unit>(i);
  throw usage_error("radial unit '" + std::string(name) +
                    "' is unknown; use q_nm^-1, q_A^-1, 2th_deg, 2th_rad or r_mm");
}

std::string_view name_of(radial_unit unit) { return facts_of(unit).name; }
double scale_of(radial_unit unit) { return facts_of(unit).scale; }
std::string_view axis_name(radial_unit unit) { return facts_of(unit).axis; }
std::string_view nexus_unit(radial_unit unit) { return facts_of(unit).nexus; }
bool needs_wavelength(radial_unit unit) { return facts_of(unit).wavelength; }

}  // namespace xrdct
