#pragma once
/// \file Memory that frames are read into.

#include <cstddef>
#include <memory_resource>
#include <vector>

namespace xrdct {

/// A frame's bytes as they were read. Where they lie, the device that reduces them may choose
/// (frame_reducer::frame_memory()); by default they are memory like any other.
using frame_buffer = std::pmr::vector<std::byte>;

}  // namespace xrdct
