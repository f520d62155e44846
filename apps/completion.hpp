#pragma once
/// \file What a shell completes, made of the option table.

#include <string>
#include <string_view>

namespace xrdct::app {

/// A script for "bash" (which zsh takes too, after bashcompinit) that completes commands, each command's options, and
/// files. Throws usage_error for another shell.
std::string completion(std::string_view shell);

}  // namespace xrdct::app
