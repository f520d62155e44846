#include "kernels/common/compressed_blocks.hpp"

#include "kernels/common/big_endian.hpp"

#include <lz4.h>
#include <zstd.h>

#include <memory>
#include <new>

namespace xrdct {

namespace {

constexpr std::size_t largest_element = std::size_t{1} << 24;  // bytes; 128 of them fit into a header's block size

frame_status read_header(std::span<std::byte const> chunk, std::size_t expected_bytes, block_header& header) {
  if (chunk.size() < block_header::bytes) return frame_status::truncated;
  header.total_bytes = load_big_endian_64(chunk.data());
  header.block_bytes = load_big_endian_32(chunk.data() + 8);
  return header.total_bytes == expected_bytes ? frame_status::ok : frame_status::lying_header;
}

struct zstd_decoder_end {
  void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
};

// Making a decoder takes longer than decoding a block.
ZSTD_DCtx* zstd_decoder() {
  thread_local std::unique_ptr<ZSTD_DCtx, zstd_decoder_end> const decoder(ZSTD_createDCtx());
  if (!decoder) throw std::bad_alloc();
  return decoder.get();
}

}  // namespace

frame_status read_hdf5_lz4_header(std::span<std::byte const> chunk, std::size_t expected_bytes, block_header& header) {
  auto const status = read_header(chunk, expected_bytes, header);
  if (status == frame_status::ok && header.block_bytes == 0) return frame_status::lying_header;
  return status;
}

frame_status read_bitshuffle_header(std::span<std::byte const> chunk, std::size_t expected_bytes,
                                    std::size_t element_bytes, block_header& header) {
  auto const status = read_header(chunk, expected_bytes, header);
  if (status != frame_status::ok) return status;
  if (header.block_bytes == 0) {  // as Lima writes it
    auto const bytes = std::uint64_t{default_block_elements(element_bytes)} * element_bytes;
    if (element_bytes > largest_element || bytes > UINT32_MAX) return frame_status::lying_header;
    header.block_bytes = static_cast<std::uint32_t>(bytes);
  }
  if (header.block_bytes % element_bytes != 0 || header.block_bytes / element_bytes % 8 != 0)
    return frame_status::lying_header;
  return frame_status::ok;
}

frame_status next_block(std::span<std::byte const>& rest, std::span<std::byte const>& block) {
  if (rest.size() < 4) return frame_status::truncated;
  auto const length = load_big_endian_32(rest.data());
  if (length > rest.size() - 4) return frame_status::truncated;
  block = rest.subspan(4, length);
  rest = rest.subspan(4 + std::size_t{length});
  return frame_status::ok;
}

frame_status decode_lz4_block(std::span<std::byte const> block, std::span<std::byte> out) {
  if (out.size() > LZ4_MAX_INPUT_SIZE) return frame_status::lying_header;
  if (block.size() > static_cast<std::size_t>(LZ4_compressBound(LZ4_MAX_INPUT_SIZE))) return frame_status::corrupt;
  auto const length =
      LZ4_decompress_safe(reinterpret_cast<char const*>(block.data()), reinterpret_cast<char*>(out.data()),
                          static_cast<int>(block.size()), static_cast<int>(out.size()));
  return length == static_cast<int>(out.size()) ? frame_status::ok : frame_status::corrupt;
}

frame_status decode_zstd_block(std::span<std::byte const> block, std::span<std::byte> out) {
  auto const length = ZSTD_decompressDCtx(zstd_decoder(), out.data(), out.size(), block.data(), block.size());
  return ZSTD_isError(length) == 0 && length == out.size() ? frame_status::ok : frame_status::corrupt;
}

}  // namespace xrdct
