#pragma once
/// \file Numbers from a text file.

#include <string>
#include <vector>

namespace xrdct {

/// Numbers with white space between them; '#' begins a comment. Throws input_error that names the line.
std::vector<double> read_text_numbers(std::string const& path);

}  // namespace xrdct
