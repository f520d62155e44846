#pragma once
/// \file One frame and one pixel at a time.

#include "xrdct/kernels/frame_reducer.hpp"

#include <memory>

namespace xrdct::reference {

/// Throws std::invalid_argument where shapes disagree, or what is asked for makes no sense.
std::unique_ptr<frame_reducer> make_frame_reducer(reduction const& what, frame_format const& format);

}  // namespace xrdct::reference
