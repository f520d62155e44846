#pragma once
/// \file Positions in words.

#include <array>
#include <cstdio>
#include <string>

namespace xrdct {

inline std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value == 0 ? 0 : value);  // not -0
  return text.data();
}

inline std::string with_unit(double value, std::string const& unit) {
  return number_text(value) + (unit.empty() ? "" : " " + unit);
}

}  // namespace xrdct
