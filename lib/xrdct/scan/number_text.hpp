#pragma once
/// \file Positions in words.

#include <array>
#include <cmath>
#include <cstdio>
#include <string>

namespace xrdct {

inline std::string number_text(double value, int digits = 6) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*g", digits, value == 0 ? 0 : value);  // not -0
  return text.data();
}

inline std::string with_unit(double value, std::string const& unit, int digits = 6) {
  return number_text(value, digits) + (unit.empty() ? "" : " " + unit);
}

/// An angle to a hundredth of a degree, as labels have it.
inline std::string angle_label(double degrees) { return number_text(std::round(100 * degrees) / 100) + " deg"; }

}  // namespace xrdct
