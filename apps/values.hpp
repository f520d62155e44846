#pragma once
/// \file Values of options from text. Numbers throw usage_error that says what was expected.

#include "xrdct/pipeline/job.hpp"

#include <cstdint>
#include <limits>
#include <string>

namespace xrdct::app {

/// A finite number.
double real(std::string const& text);
/// A finite number above 0.
double positive(std::string const& text);
/// A finite number of at least 0.
double not_negative(std::string const& text);
/// A number from `lowest` to `highest`.
double within(std::string const& text, double lowest, double highest);
/// A whole number from `lowest` to `highest`.
std::int64_t whole(std::string const& text, std::int64_t lowest,
                   std::int64_t highest = std::numeric_limits<int>::max());
int whole_int(std::string const& text, int lowest, int highest = std::numeric_limits<int>::max());

/// "FILE": an image for all detectors; "2:FILE": for that of the second input. Any text is one of the two.
image_file image_of(std::string const& text);

}  // namespace xrdct::app
