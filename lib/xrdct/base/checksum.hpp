#pragma once
/// \file A checksum that shows whether bytes are still those that were written.

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct {

/// CRC-64 with the polynomial of ECMA-182, reflected, all bits of start and end inverted, as xz has it: of all the
/// bytes that differ within 64 bits it misses none, of others one in 2⁶⁴. `before` is that of the bytes that go before
/// these, so that parts can be taken one by one.
std::uint64_t checksum(std::span<std::byte const> bytes, std::uint64_t before = 0);

}  // namespace xrdct
