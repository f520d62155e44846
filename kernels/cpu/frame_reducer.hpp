#pragma once
/// \file Decoding and integration fused: a frame is never written to memory, and 16 frames share every step.

#include "kernels/cpu/thread_pool.hpp"
#include "xrdct/kernels/frame_reducer.hpp"

#include <memory>

namespace xrdct::cpu {

/// `threads` must outlive the reducer. Throws std::invalid_argument where shapes disagree.
std::unique_ptr<frame_reducer> make_frame_reducer(reduction const& what, frame_format const& format,
                                                  thread_pool& threads);

}  // namespace xrdct::cpu
