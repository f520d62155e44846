#pragma once
/// \file Decoding and integration fused: a frame is never written to memory, and many frames share every step.

#include "kernels/cpu/thread_pool.hpp"
#include "xrdct/kernels/device.hpp"

#include <memory>

namespace xrdct::cpu {

/// `threads` must outlive the reducer. Throws std::invalid_argument where shapes disagree.
std::unique_ptr<frame_reducer> make_frame_reducer(reduction const& what, frame_format const& format,
                                                  thread_pool& threads);

/// See device::make_tables() and device::make_reducer(tables).
void make_reducer_tables(reduction const& what, frame_format const& format, thread_pool& threads,
                         table_memory const& memory);
std::unique_ptr<frame_reducer> make_frame_reducer(std::span<std::byte const> tables, thread_pool& threads);

}  // namespace xrdct::cpu
