#pragma once
/// \file What undoes the filters of HDF5's chunks, as other programs write them.

#include "xrdct/io/filter_list.hpp"

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

namespace xrdct::hdf5 {

struct free_memory {
  void operator()(void* memory) const { std::free(memory); }
};

/// Bytes in memory of malloc, as HDF5 wants them of a filter; none where something failed.
struct filter_bytes {
  std::unique_ptr<std::byte, free_memory> memory;
  std::size_t size = 0;

  static filter_bytes allocate(std::size_t size) {
    return {std::unique_ptr<std::byte, free_memory>(static_cast<std::byte*>(std::malloc(size))), size};
  }
  explicit operator bool() const { return memory != nullptr; }
  std::span<std::byte> span() const { return {memory.get(), size}; }
};

/// How long a decoded chunk may be. Lengths that a chunk states are never believed beyond that.
struct decoded_length {
  std::size_t least = 0;
  std::size_t most = 0;
  bool allows(std::size_t bytes) const { return least <= bytes && bytes <= most; }
};

/// Each decodes one chunk. Returns nothing where it is not valid, or is of another length. Memory is at most that of
/// `length`, and where that leaves it open, twice that of what the chunk makes.
filter_bytes decode_zstd(std::span<std::byte const> chunk, decoded_length length);   ///< filter 32015: zstd frames
filter_bytes decode_blosc(std::span<std::byte const> chunk, decoded_length length);  ///< 32001: a Blosc 1 buffer
filter_bytes decode_lzf(std::span<std::byte const> chunk, decoded_length length);    ///< 32000: LZF, without a header
filter_bytes decode_bzip2(std::span<std::byte const> chunk, decoded_length length);  ///< 307: a bzip2 stream

filter_bytes decode_gzip(std::span<std::byte const> chunk, decoded_length length);  ///< HDF5's deflate: a zlib stream
/// bitshuffle (32008) and HDF5-LZ4 (32004), by the parameters that the file has of them.
filter_bytes decode_bitshuffle(std::span<std::byte const> chunk, std::span<unsigned const> values,
                               decoded_length length);
filter_bytes decode_lz4(std::span<std::byte const> chunk, decoded_length length);

/// Whether decode_filter() knows a filter: all of the above, byte shuffling and the Fletcher-32 checksum.
bool decodes(filter const& one);
/// Undoes one filter of a chunk.
filter_bytes decode_filter(filter const& one, std::span<std::byte const> chunk, decoded_length length);

/// The compressors of Blosc, by the number that its filter stores: its name, and whether this process has it.
char const* blosc_compressor(unsigned code);
bool has_blosc_compressor(unsigned code);

}  // namespace xrdct::hdf5
