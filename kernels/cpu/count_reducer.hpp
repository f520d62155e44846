#pragma once
/// \file The reducer of what most jobs are made of: sums of counts, with errors that are known from the counts.

#include "kernels/cpu/thread_pool.hpp"
#include "xrdct/kernels/frame_reducer.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace xrdct::cpu {

/// 32 frames at a time are decoded and summed up side by side, so that the integration matrix is read once for all of
/// them. Threads share these frames by ranges of pixels, which are fixed, and are added up in their order; two threads
/// take full batches for themselves. Frames whose bytes can only be read from the first on (byte offset), and small
/// ones, are shared frame by frame.
/// `tables` are those of count_tables; they and `threads` must outlive the reducer.
std::unique_ptr<frame_reducer> make_count_reducer(std::span<std::byte const> tables, thread_pool& threads);

}  // namespace xrdct::cpu
