#pragma once
/// \file Datasets named by a pattern: '/[3-9].1/measurement/eiger'.

#include <string>
#include <string_view>
#include <vector>

namespace xrdct {

/// Whether a name has letters that a shell would take for a pattern: * ? [ or, between alternatives, a comma.
bool is_pattern(std::string_view path);

/// Splits "/1.1/a,/2.1/a" at its commas; alternatives without any name are left out.
std::vector<std::string> alternatives_of(std::string_view path);

/// The datasets and groups that a pattern stands for: '*', '?' and '[a-z]' within a name between slashes, alternatives
/// in their order, of each of them those with smaller numbers first; each once. A pattern that names something as it
/// stands stands for that alone. Empty where there is nothing. Throws input_error where the file is none of HDF5.
std::vector<std::string> expand_path(std::string const& file, std::string const& pattern);

/// Whether a comes before b where runs of digits count by their values: "9.1" before "10.1".
bool number_less(std::string_view a, std::string_view b);

}  // namespace xrdct
