#pragma once
/// \file How the CPU keeps a field: blocks of channels that caches hold.

#include "kernels/cpu/channel_block.hpp"
#include "kernels/cpu/huge_buffer.hpp"
#include "xrdct/kernels/field.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace xrdct::cpu {

/// [block of channels][row][column, padding_rows more of zeros][channel of the block]: a block is what is worked on at
/// a time. Channels beyond the last of the field are zero.
struct blocked_field : field {
  /// Memory that is not yet written. Throws std::invalid_argument for a negative shape, std::bad_alloc for one that
  /// memory cannot hold.
  explicit blocked_field(std::array<std::int64_t, 3> const& shape);

  std::array<std::int64_t, 3> shape() const override { return extents; }
  float* row(std::int64_t block, std::int64_t row) {
    return memory.data() + static_cast<std::size_t>(block) * block_stride + static_cast<std::size_t>(row) * row_stride;
  }
  float const* row(std::int64_t block, std::int64_t row) const {
    return memory.data() + static_cast<std::size_t>(block) * block_stride + static_cast<std::size_t>(row) * row_stride;
  }

  std::array<std::int64_t, 3> extents;
  std::int64_t blocks;
  std::size_t row_stride;    ///< floats
  std::size_t block_stride;  ///< floats
  huge_buffer<float> memory;
};

/// A field that this backend made. Throws std::invalid_argument for any other.
blocked_field& own(field& some);
blocked_field const& own(field const& some);

}  // namespace xrdct::cpu
