#pragma once
/// \file What a reduction must be for there to be a reducer of it.

#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/reduction.hpp"

namespace xrdct::reference {

/// Throws std::invalid_argument where shapes disagree or what is asked for makes no sense.
void check(reduction const& what, frame_format const& format);

}  // namespace xrdct::reference
