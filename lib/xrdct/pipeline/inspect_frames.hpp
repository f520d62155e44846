#pragma once
/// \file What can be said of a stack of frames without reading one.

#include "xrdct/io/frame_stack.hpp"
#include "xrdct/pipeline/inspection.hpp"

namespace xrdct {

frames_found describe_frames(frame_stack const& stack);

}  // namespace xrdct
