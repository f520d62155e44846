#pragma once
/// \file Where a detector stands, and what becomes of its pixels.

#include "xrdct/pipeline/inspection.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <cstddef>

namespace xrdct {

/// Of a detector whose geometry was used.
geometry_found describe_geometry(job const& what, measurement const& m, std::size_t detector);

bins_found describe_bins(job const& what, measurement const& m);

}  // namespace xrdct
