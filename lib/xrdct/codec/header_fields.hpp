#pragma once
/// \file Numbers in the headers of image files.

#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// A number that a header states of its image: "Exposure_time", 0.5, "s".
struct header_field {
  std::string name;
  double value = 0;
  std::string unit;  ///< empty where none is stated

  bool operator==(header_field const&) const = default;
};

using header_fields = std::vector<header_field>;

/// The value and unit of "0.5 s" or "10.0000 deg." (a unit is a word of letters behind the number). Returns false
/// where the text does not begin with a finite number, or not with a number alone.
bool parse_quantity(std::string_view text, double& value, std::string& unit);

/// Lines as detectors by DECTRIS write them into CBF and TIFF: "# Exposure_time 0.5 s", "# N_oscillations = 1",
/// "# Phi: 10.0 deg." (PILATUS mini-header).
void append_mini_header(std::string_view text, header_fields& fields);

/// The field of that name: as it is written, or else without regard to upper and lower case. Null where there is none.
header_field const* find_field(header_fields const& fields, std::string_view name);

}  // namespace xrdct
