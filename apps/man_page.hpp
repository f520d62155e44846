#pragma once
/// \file Manual pages, made of the option table as help is.

#include "apps/commands.hpp"

#include <string>

namespace xrdct::app {

/// In the language of man(7), section 1: xrdct(1), and a page for each command, xrdct-reconstruct(1) and so on.
std::string man_page();
std::string man_page(command const& which);

}  // namespace xrdct::app
