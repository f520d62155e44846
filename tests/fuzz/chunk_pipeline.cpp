// Chunks of any bytes through any filters, one behind the other.
#include "xrdct/io/chunk_pipeline.hpp"

#include "tests/fuzz/input.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <array>

namespace xrdct::fuzz {
namespace {

constexpr std::size_t chunk_bytes = 216;

/// Parameters as a file may have them; the size of an element is most often one that fits.
hdf5::filter take_filter(input& from) {
  constexpr std::array numbers{H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32, hdf5::bitshuffle_filter,
                               hdf5::lz4_filter,   hdf5::zstd_filter,  hdf5::blosc_filter,    hdf5::lzf_filter,
                               hdf5::bzip2_filter, H5Z_FILTER_NBIT};
  constexpr std::array<unsigned, 8> sizes{2, 4, 1, 3, 0, 1U << 16, 1U << 31, ~0U};
  auto const number = numbers[from.below(numbers.size())];
  auto const how = from.byte();
  auto const size = sizes[how % sizes.size()];
  if (number == hdf5::bitshuffle_filter) return {number, "", {0, 3, size, 8U * (how >> 6), how / 8U % 4}};
  if (how % 16 == 15) return {number, "", {}};
  return {number, "", {size}};
}

void decode_chunk(input& from) {
  std::vector<hdf5::filter> filters(from.below(4));
  for (auto& one : filters) one = take_filter(from);
  std::uint32_t const mask = from.byte();
  hdf5::chunk_pipeline const pipeline(filters, chunk_bytes);
  auto const decoded = pipeline.decode(from.rest(), mask);
  require(!decoded || decoded.size == chunk_bytes, "what decodes is a chunk");
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::input from(data, size);
  xrdct::fuzz::decode_chunk(from);
  return 0;
}
