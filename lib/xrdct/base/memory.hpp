#pragma once
/// \file How much memory there is.

#include <cstdint>

namespace xrdct {

/// Bytes that processes of this machine can still take without swapping, within the limit of the control group (a
/// batch job) that this one is in. The largest number where the system does not say.
std::uint64_t available_memory();

/// The most memory that this process has had so far, in bytes, with what it shares with others; 0 where the system does
/// not say.
std::uint64_t most_memory_used();

/// Lets this process's allocator give freed memory back to the system. By itself, glibc keeps up to 64 MB once some
/// large arrays have been freed, and a process then takes more than it holds. Does nothing where the allocator cannot.
void give_back_freed_memory();

}  // namespace xrdct
