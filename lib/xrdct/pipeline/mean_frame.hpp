#pragma once
/// \file The mean of some frames of a stack, as a dark image needs it.

#include "xrdct/io/frame_stack.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// Of every pixel, in double over the frames that can be read. Empty where none can. Throws input_error for a frame
/// that the stack does not have.
std::vector<float> mean_of_frames(frame_stack const& stack, std::span<std::uint64_t const> frames);

}  // namespace xrdct
