#pragma once
/// \file Whether a reduction can be made at all: what production backends ask before they make a reducer.

#include "xrdct/kernels/reduction.hpp"

namespace xrdct {

/// Throws std::invalid_argument where shapes of matrix, corrections and format disagree, or where errors and rejection
/// ask for what they do not have.
void check_reduction(reduction const& what, frame_format const& format);

}  // namespace xrdct
