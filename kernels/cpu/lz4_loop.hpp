#pragma once
/// \file What the loops over an LZ4 block have in common, whatever the instruction set.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <hwy/base.h>

namespace xrdct::cpu {

/// A block of LZ4 and where its planes go.
struct lz4_block {
  std::uint8_t const* in;
  std::uint8_t const* in_end;
  std::uint8_t* planes;
  std::size_t plane_bytes;
  std::size_t plane_count;

  std::uint8_t* end() const { return planes + plane_bytes * plane_count; }
};

/// Bytes behind the end of a block that its decoders may read.
inline constexpr std::size_t lz4_block_slack = 64;

}  // namespace xrdct::cpu
