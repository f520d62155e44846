#pragma once
/// \file What is done to a row of a block of channels: loops over memory, compiled for several instruction sets, with
/// the same bits on all of them.

#include "xrdct/kernels/field.hpp"

#include <cstdint>

namespace xrdct::cpu {

// A row has `columns` entries of channel_block channels; what is "of every channel" has channel_block values. x, y,
// across and image are aligned to 64 bytes.

/// y ← a·y + b·x, with a and b of every channel; where a is 0, b·x.
void combine_row(float* y, float const* a, float const* x, float const* b, std::int64_t columns);
/// y ← op(y, x)
void apply_row(float* y, pointwise op, float const* x, std::int64_t columns);
/// y ← f·y with f of every column; 0 where f is.
void scale_row(float* y, float const* factors, std::int64_t columns);
/// sums ← Σ x·y over columns, in double and in their order, of every channel.
void dot_row(float const* x, float const* y, std::int64_t columns, double* sums);
/// A step along the differences of `here` with its right neighbours and with `below` (`here` itself: with nothing), and
/// what is longer than the channel's limit is shortened.
void ascend_row(float const* here, float const* below, float step, float const* limits, float* across, float* down,
                std::int64_t columns);
/// image ← (across − across of the left neighbour) + (down − above).
void divergence_row(float const* across, float const* above, float const* down, float* image, std::int64_t columns);

}  // namespace xrdct::cpu
