#pragma once
/// \file What somebody may have meant.

#include <span>
#include <string>
#include <string_view>

namespace xrdct::app {

/// The name that is nearest to `given` in letters to insert, remove, replace or swap, if it is near enough to be what
/// was meant; else "".
std::string near_name(std::string_view given, std::span<std::string_view const> names);

}  // namespace xrdct::app
