#pragma once
/// \file Files that are compressed as a whole: gzip and bzip2.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace xrdct {

enum class file_compression : std::uint8_t { none, gzip, bzip2 };

/// What the first bytes of a file say (RFC 1952; bzip2 1.0 documentation, 4): at least 10 are looked at.
file_compression compression_of(std::span<std::byte const> head);

/// How decompression ended.
enum class decompression : std::uint8_t {
  whole,      ///< to the end of the last member
  cut,        ///< at the limit
  truncated,  ///< the compressed bytes end early
  corrupt,    ///< they are no such bytes, or their checksum is wrong
};

/// Fills a buffer from where it stopped before; returns how many bytes there were, 0 at the end.
using byte_supply = std::function<std::size_t(std::span<std::byte>)>;

/// Appends what the supply decompresses to, all members one after the other; what follows the last and is none is left
/// alone, as gzip and bzip2 do. Stops when `bytes` has `limit` bytes, so that small files do not fill the memory.
decompression decompress(file_compression how, byte_supply const& supply, std::uint64_t limit,
                         std::vector<std::byte>& bytes);

}  // namespace xrdct
