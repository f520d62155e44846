#pragma once
/// \file From words on a command line to a request.

#include "apps/commands.hpp"
#include "apps/request.hpp"

#include <string>
#include <vector>

namespace xrdct::app {

/// True where help is asked for among these words of a command line.
bool wants_help(std::vector<std::string> const& words);

/// `words` are those behind the command's name. Every option as it is used goes into job.options. Throws usage_error;
/// input_error where a configuration file cannot be read.
request parse(command const& which, std::vector<std::string> const& words);

}  // namespace xrdct::app
