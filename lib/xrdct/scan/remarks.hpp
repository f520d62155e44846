#pragma once
/// \file What is odd about a scan.

#include "xrdct/scan/plan.hpp"
#include "xrdct/scan/scan_order.hpp"

#include <vector>

namespace xrdct {

/// All that a user may want to know before trusting the plan of a scan; nothing for a regular scan of 180° or 360° that
/// is complete. `plan` is ready but for its remarks.
std::vector<scan_remark> find_oddities(scan_plan const& plan, scan_axes const& axes, scan_order const& order);

}  // namespace xrdct
