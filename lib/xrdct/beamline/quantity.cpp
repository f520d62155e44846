#include "xrdct/beamline/quantity.hpp"

#include "xrdct/base/text.hpp"

#include <array>
#include <string>

namespace xrdct {
namespace {

struct unit {
  std::string_view name;  // in lower case
  double factor;
};

template <std::size_t N>
std::optional<double> look_up(std::array<unit, N> const& units, std::string_view text) {
  auto const name = lower(trimmed(text));
  for (auto const& u : units)
    if (u.name == name) return u.factor;
  return {};
}

}  // namespace

std::optional<double> metres_in(std::string_view text) {
  static constexpr std::array<unit, 27> units{{
      {"m", 1},
      {"metre", 1},
      {"meter", 1},
      {"metres", 1},
      {"meters", 1},
      {"cm", 1e-2},
      {"mm", 1e-3},
      {"millimetre", 1e-3},
      {"millimeter", 1e-3},
      {"millimeters", 1e-3},
      {"um", 1e-6},
      {"µm", 1e-6},
      {"μm", 1e-6},
      {"micron", 1e-6},
      {"microns", 1e-6},
      {"micrometer", 1e-6},
      {"micrometre", 1e-6},
      {"nm", 1e-9},
      {"nanometer", 1e-9},
      {"pm", 1e-12},
      {"a", 1e-10},
      {"å", 1e-10},
      {"Å", 1e-10},
      {"Å", 1e-10},
      {"ang", 1e-10},
      {"angstrom", 1e-10},
      {"angstroms", 1e-10},
  }};
  return look_up(units, text);
}

std::optional<double> electronvolts_in(std::string_view text) {
  static constexpr std::array<unit, 6> units{
      {{"ev", 1}, {"electronvolt", 1}, {"kev", 1e3}, {"mev", 1e6}, {"j", 1 / 1.602176634e-19}, {"gev", 1e9}}};
  if (trimmed(text) == "meV") return 1e-3;
  return look_up(units, text);
}

std::optional<double> seconds_in(std::string_view text) {
  static constexpr std::array<unit, 9> units{{{"s", 1},
                                              {"sec", 1},
                                              {"second", 1},
                                              {"seconds", 1},
                                              {"ms", 1e-3},
                                              {"us", 1e-6},
                                              {"µs", 1e-6},
                                              {"ns", 1e-9},
                                              {"min", 60}}};
  return look_up(units, text);
}

}  // namespace xrdct
