#pragma once
/// \file Round numbers for the ticks of an axis.

#include <string>
#include <vector>

namespace xrdct {

struct tick {
  double value = 0;
  std::string label;
};

/// Multiples of 1, 2 or 5 times a power of ten from `lower` to `upper`, about `wanted` of them (at most twice as many).
/// None where the range is empty or not finite.
std::vector<tick> ticks_between(double lower, double upper, int wanted);

/// A number in few characters: "0.05", "12", "3.4e6".
std::string short_number(double value, double step);

}  // namespace xrdct
