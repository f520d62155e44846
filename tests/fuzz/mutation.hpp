#pragma once
/// \file Bytes that differ a little from others.

#include <cstdint>
#include <random>
#include <vector>

namespace xrdct::fuzz {

using bytes = std::vector<std::uint8_t>;

/// Makes one to eight changes: bits flipped, bytes and numbers replaced, pieces removed, repeated, moved, or taken from
/// `other`. The result has at most `longest` bytes.
bytes mutated(bytes from, bytes const& other, std::size_t longest, std::mt19937_64& random);

}  // namespace xrdct::fuzz
