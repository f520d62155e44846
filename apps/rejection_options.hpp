#pragma once
/// \file How --error-model, --variance and --reject go together.

#include "apps/option_table.hpp"
#include "apps/request.hpp"

#include <map>
#include <string>

namespace xrdct::app {

/// Values by option. A repeatable option has as many as it was given times.
using given_options = std::map<std::string, values, std::less<>>;

/// Completes the job's error model and rejection, and takes options that have no part in them from its record. Throws
/// usage_error where what is given contradicts itself.
void settle_rejection(request& what, given_options const& given);

}  // namespace xrdct::app
