#pragma once
/// \file Work that several threads share out, now and then, where no device with threads of its own is at hand.

#include <cstddef>
#include <functional>

namespace xrdct {

/// Calls work(task) once for every task in [0, tasks) on up to `threads` threads, the calling one among them, in no
/// order, and returns when all have ended. Fewer threads where the system has no more. The first exception is thrown on
/// when all has ended; tasks not begun by then are left out.
void in_parallel(int threads, std::size_t tasks, std::function<void(std::size_t task)> const& work);

}  // namespace xrdct
