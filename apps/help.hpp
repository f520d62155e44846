#pragma once
/// \file What --help says.

#include "apps/commands.hpp"

#include <string>

namespace xrdct::app {

/// Of the whole program.
std::string help_text();
/// Of one command: what it does, its options by group, examples.
std::string help_text(command const& which);
/// "xrdct 0.1.0"
std::string version_text();

}  // namespace xrdct::app
