#pragma once
/// \file Options that mean something only beside others.

#include "apps/rejection_options.hpp"

namespace xrdct::app {

/// Throws usage_error where an option is given that nothing comes of, as what it belongs to is not.
void check_dependent(given_options const& given);

}  // namespace xrdct::app
