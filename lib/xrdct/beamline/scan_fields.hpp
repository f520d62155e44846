#pragma once
/// \file The lists of numbers that stand beside the frames of a scan.

#include "xrdct/beamline/number_lists.hpp"
#include "xrdct/io/frame_stack.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct {

/// Frames as one dataset (or group of them) holds them: an entry of a scan, or a file of a series.
using frame_part = stack_part;

/// The group of every part to which its numbers belong: "/3.1" of a BLISS entry; "" where that is the whole file, as no
/// other group of it holds frames of the scan.
std::vector<std::string> bases_of(std::vector<frame_part> const& parts);

/// One list, or a single value.
struct scan_field {
  /// Where it stands, the place that means most first.
  enum class place : std::uint8_t { measurement, sample, data, motor, positioner, elsewhere };
  std::string name;  ///< what a user calls it: "rot" for instrument/rot/value
  std::string path;  ///< below the base of a part: "measurement/rot"
  list_shape shape;  ///< in the first part
  place where = place::elsewhere;
  bool is_motor = false;    ///< the file says that it is the position of something
  bool is_monitor = false;  ///< in an NXmonitor
};

/// What stands beside the frames of a part. Of a BLISS entry: measurement, instrument/NAME/value and data,
/// instrument/positioners. Of other files: all groups but those of other entries, down to a limit of objects. Never
/// throws on account of what is in the file.
std::vector<scan_field> fields_of(number_lists& lists, frame_part const& part, std::string const& base);

}  // namespace xrdct
