#pragma once
/// \file Positions and monitors by convention from the headers of a series of image files.

#include "xrdct/beamline/scan_names.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/frame_stack.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// What the headers say of one role.
struct header_choice {
  std::optional<number_list> chosen;    ///< its source tells the name and, if it is not plain, how it was made
  std::vector<std::string> candidates;  ///< "header:NAME", all that vary and can mean it, the best first
  bool ambiguous = false;               ///< several mean it as well as one another, and differ: none is chosen
};

/// Reads, once and when first asked, those numbers of all headers whose names can mean something to a scan. Only what
/// varies from frame to frame counts: detectors write all fields that they know, most of which stand still.
class image_headers {
 public:
  /// The stack outlives it. Of one that is not of images there is nothing to find.
  explicit image_headers(frame_stack const& stack) : stack_(stack) {}

  /// Rotation: DECTRIS' Start_angle, with half of Angle_increment, as it is the angle at which an exposure begins
  /// (PILATUS CBF header specification 1.4), if it varies; else the motor of a usual name that does. The others: motors
  /// and counters of usual names.
  header_choice find(scan_role role);

 private:
  struct field {
    std::string name;
    number_list list;
    bool varies = false;
  };
  void read();
  field const* varying(std::string const& name) const;
  std::optional<number_list> middle_angle() const;

  frame_stack const& stack_;
  std::vector<field> fields_;
  bool read_ = false;
};

}  // namespace xrdct
