#pragma once
/// \file What corrections say of values, without their images: numbers that can be written as they lie.

#include "xrdct/kernels/reduction.hpp"

#include <optional>
#include <type_traits>

namespace xrdct {

/// See corrections.
struct value_rules {
  std::optional<double> dummy, lowest, highest, saturation;
  double delta_dummy = 0;
  bool exclude_maximum = true, exclude_negative = false;

  value_rules() = default;
  explicit value_rules(corrections const& from)
      : dummy(from.dummy),
        lowest(from.lowest),
        highest(from.highest),
        saturation(from.saturation),
        delta_dummy(from.delta_dummy),
        exclude_maximum(from.exclude_maximum),
        exclude_negative(from.exclude_negative) {}

  void give_to(corrections& to) const {
    to.dummy = dummy;
    to.lowest = lowest;
    to.highest = highest;
    to.saturation = saturation;
    to.delta_dummy = delta_dummy;
    to.exclude_maximum = exclude_maximum;
    to.exclude_negative = exclude_negative;
  }
};
static_assert(std::is_trivially_copyable_v<value_rules>);

}  // namespace xrdct
