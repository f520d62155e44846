#pragma once
/// \file Encoding in the byte-offset compression of CBF; the decoder is kernels/common/byte_offset.hpp.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// Appends the differences of neighbours, each in as few bytes as hold it, to `payload`. Values are those of a 32-bit
/// type.
void encode_byte_offset(std::span<std::int64_t const> values, std::vector<std::byte>& payload);

}  // namespace xrdct
