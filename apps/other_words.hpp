#pragma once
/// \file What other programs and people call what an option here does.

#include <string_view>

namespace xrdct::app {

/// The name of the option that another word means, with letters, dashes and case as they come; "" for all others.
std::string_view option_meant_by(std::string_view word);

}  // namespace xrdct::app
