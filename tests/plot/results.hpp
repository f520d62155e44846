#pragma once
/// \file Result files made by hand.

#include "xrdct/io/result_file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct::test {

/// An axis of an array in a result.
struct made_axis {
  std::string name;
  std::vector<double> values;
  std::string unit = "mm";
};

/// 0, 1, 2, ... times `step`, from `first`.
inline std::vector<double> steps(std::size_t n, double step, double first = 0) {
  std::vector<double> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back(first + static_cast<double>(i) * step);
  return all;
}

/// /entry/ARRAY with intensity, and intensity_errors if there are any, along these axes.
inline void add_array(nexus_file& file, std::string const& array, std::vector<made_axis> const& axes,
                      std::vector<float> const& values, std::vector<float> const& errors) {
  std::string const group = "/entry/" + array + "/";
  std::vector<std::uint64_t> shape;
  for (auto const& axis : axes) {
    shape.push_back(axis.values.size());
    if (axis.name != "frame") file.array(group + axis.name, axis.values, axis.unit);
  }
  file.array<float>(group + "intensity", values, shape, "counts");
  if (!errors.empty()) file.array<float>(group + "intensity_errors", errors, shape);
}

}  // namespace xrdct::test
