#pragma once
/// \file How a dataset stores its frames, for people.

#include <string>
#include <vector>

namespace xrdct {

/// What the file itself says; empty where it does not.
struct stored_form {
  std::string type;                       ///< "16-bit unsigned integers"
  std::vector<std::string> filters;       ///< in the order in which they encode: "bitshuffle (32008)"
  std::vector<unsigned long long> chunk;  ///< extent of a chunk; empty: none
};

/// Of a dataset. Empty where there is none; never throws on account of what is in the file.
stored_form stored_form_of(std::string const& file, std::string const& dataset);

}  // namespace xrdct
