#pragma once
/// \file The disk may be full: to know before all ranks write, to say so, and to give a file its name at the end.

#include <cstdint>
#include <string>

namespace xrdct {

/// Bytes that an unprivileged writer can still have where a file of this name would be; the largest number where that
/// is unknown.
std::uint64_t free_disk_space(std::string const& path);

/// Makes the disk space that a file's length asks for really its own, so that no rank fails in the middle of a
/// collective write for want of it. Where a file system cannot do that, compares with what is free. Throws
/// runtime_failure.
void reserve_disk_space(std::string const& path);

/// " (the disk is full)" where it nearly is, for the end of a message.
std::string disk_space_hint(std::string const& path);

}  // namespace xrdct
