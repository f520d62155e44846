#pragma once
/// \file An integration case that pyFAI has solved, and what it is to agree with its solution.

#include "tests/geometry/case_file.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/geometry/poni.hpp"
#include "xrdct/kernels/frame.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace xrdct::test {

/// Where the cases are. The environment variable XRDCT_CASES names another file of them.
std::filesystem::path cases_path();

struct solved_case {
  poni geometry;
  integration_options options;
  pixel_type type = pixel_type::f32;
  std::vector<double> raw;
  std::vector<std::uint8_t> mask;
  std::vector<float> dark, norm;
  std::optional<double> dummy;
  double delta_dummy = 0;
  std::string error_model;
  bool cake_in_ranges = false;  ///< its cake is of the pattern's ranges, and not of all pixels
};

solved_case read_case(case_file const& file, std::string const& name);

/// The median of what is finite, without signs.
double median_magnitude(std::vector<double> values);

/// Compares bins that are not empty to a part of the larger of the expected value and the median. Fails the running
/// test where they differ by more than `tolerance`, and returns the worst.
double compare(std::string const& what, std::vector<double> const& ours, std::vector<double> const& expected,
               std::vector<double> const& count, double tolerance);

}  // namespace xrdct::test
