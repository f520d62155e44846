#pragma once
/// \file One number a frame, put together from the parts of a scan.

#include "xrdct/beamline/scan_fields.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// How the numbers of parts matched their frames. Continuous scans write a position more than frames (the end of the
/// last exposure), interrupted ones more or fewer.
struct fit {
  std::uint64_t single = 0;   ///< parts of one value, which is that of all its frames
  std::uint64_t exact = 0;    ///< parts of as many values as frames
  std::uint64_t more = 0;     ///< parts of more values than frames: the first ones are taken
  std::uint64_t fewer = 0;    ///< parts of fewer: the rest of the frames has none (NaN)
  std::uint64_t absent = 0;   ///< parts without such numbers: none of their frames has one
  std::uint64_t without = 0;  ///< frames without a number, in parts of fewer
  std::string first_odd;      ///< "12 values for 10 frames in /7.1 of scan.h5"

  std::uint64_t parts() const { return single + exact + more + fewer + absent; }
};

struct part_values {
  std::vector<double> values;  ///< one a frame of the parts, one part after the other
  std::string unit;
  fit how;
};

/// `paths`: of every part, in its file; "" where it has none. Throws input_error where a list cannot be read, or the
/// parts give different units.
part_values values_of(number_lists& lists, std::span<frame_part const> parts, std::span<std::string const> paths);

/// The lowest and the highest finite value; NaN where there is none.
struct value_range {
  double lowest, highest;
  double width() const { return highest - lowest; }
};
value_range range_of(std::span<double const> values);

}  // namespace xrdct
