#include "xrdct/io/hdf5_filters.hpp"

#include "kernels/common/decode.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/io/hdf5_codecs.hpp"

#include <hdf5.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace xrdct::hdf5 {
namespace {

chunk_lengths expected;  // HDF5 is called by one thread at a time

/// What a filter of ours may deliver. Between two that compress lies what the outer one made of the inner one's.
decoded_length allowed(int filter) {
  constexpr std::size_t unknown = std::size_t{1} << 30, overhead = std::size_t{1} << 20;
  if (expected.bytes == 0) return {0, unknown};
  for (auto const& [number, bytes] : expected.exact)
    if (number == filter) return {bytes, bytes};
  return {0, expected.bytes + expected.bytes / 8 + overhead};
}

/// The total that a chunk's header states, if a chunk so short can hold that much: LZ4 makes at most 255 bytes of one,
/// zstd 2¹⁷ of four (a block of one byte repeated); and what bitshuffle leaves over is stored as it is.
std::size_t stated_bytes(std::span<std::byte const> chunk, encoding code) {
  if (chunk.size() < 12) return 0;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < 8; ++i) total = total << 8 | std::to_integer<std::uint64_t>(chunk[i]);
  std::uint64_t const most = code == encoding::bitshuffle_zstd ? 1 << 15 : 255;
  return total / most > chunk.size() ? 0 : static_cast<std::size_t>(total);
}

/// Puts decoded or encoded bytes where HDF5 wants them: in memory of malloc.
std::size_t hand_over(void* fresh, std::size_t size, std::size_t* buffer_size, void** buffer) {
  std::free(*buffer);
  *buffer = fresh;
  *buffer_size = size;
  return size;
}

std::size_t hand_over(filter_bytes fresh, std::size_t* buffer_size, void** buffer) {
  return fresh ? hand_over(fresh.memory.release(), fresh.size, buffer_size, buffer) : 0;
}

std::size_t decode(chunk_encoding const& how, std::size_t bytes, std::size_t* buffer_size, void** buffer) {
  std::span const chunk(static_cast<std::byte const*>(*buffer), bytes);
  std::size_t const total = how.code == encoding::bitshuffle ? bytes : stated_bytes(chunk, how.code);
  auto const length = allowed(how.code == encoding::hdf5_lz4 ? lz4_filter : bitshuffle_filter);
  if (total == 0 || !length.allows(total)) return 0;
  auto fresh = filter_bytes::allocate(total);
  if (!fresh || decode_chunk(chunk, how, fresh.span()) != frame_status::ok) return 0;
  return hand_over(std::move(fresh), buffer_size, buffer);
}

std::size_t encode(chunk_encoding const& how, std::size_t bytes, std::size_t* buffer_size, void** buffer) {
  std::span const elements(static_cast<std::byte const*>(*buffer), bytes);
  std::vector<std::byte> out;
  switch (how.code) {
    case encoding::bitshuffle: encode_bitshuffle(elements, how.element_bytes, how.block_elements, out); break;
    case encoding::bitshuffle_lz4: encode_bitshuffle_lz4(elements, how.element_bytes, how.block_elements, out); break;
    case encoding::bitshuffle_zstd:
      encode_bitshuffle_zstd(elements, how.element_bytes, how.block_elements, 0, out);
      break;
    default: encode_hdf5_lz4(elements, how.block_elements, out);
  }
  void* const fresh = std::malloc(out.size());
  if (fresh == nullptr) return 0;
  std::memcpy(fresh, out.data(), out.size());
  return hand_over(fresh, out.size(), buffer_size, buffer);
}

/// No exception may enter HDF5, which is C.
std::size_t run(unsigned flags, chunk_encoding const& how, std::size_t bytes, std::size_t* buffer_size, void** buffer) {
  try {
    return (flags & H5Z_FLAG_REVERSE) != 0 ? decode(how, bytes, buffer_size, buffer)
                                           : encode(how, bytes, buffer_size, buffer);
  } catch (std::exception const&) {
    return 0;
  }
}

std::size_t bitshuffle(unsigned flags, std::size_t count, unsigned const values[], std::size_t bytes,
                       std::size_t* buffer_size, void** buffer) {
  if (count < 3 || values[2] == 0) return 0;
  unsigned const block = count > 3 ? values[3] : 0;
  unsigned const compression = count > 4 ? values[4] : bitshuffle_plain;
  auto code = encoding::bitshuffle;
  if (compression == bitshuffle_with_lz4) code = encoding::bitshuffle_lz4;
  if (compression == bitshuffle_with_zstd) code = encoding::bitshuffle_zstd;
  if (code == encoding::bitshuffle && compression != bitshuffle_plain) return 0;
  return run(flags, {code, values[2], block}, bytes, buffer_size, buffer);
}

std::size_t lz4(unsigned flags, std::size_t count, unsigned const values[], std::size_t bytes, std::size_t* buffer_size,
                void** buffer) {
  return run(flags, {encoding::hdf5_lz4, 1, count > 0 ? values[0] : 0}, bytes, buffer_size, buffer);
}

/// A filter that only decodes, by one of hdf5_codecs.hpp. It says that it encodes, or HDF5 would make no dataset with
/// it, into which chunks can be written that are encoded already.
template <int number, filter_bytes (*decode_with)(std::span<std::byte const>, decoded_length)>
std::size_t only_decode(unsigned flags, std::size_t /*count*/, unsigned const /*values*/[], std::size_t bytes,
                        std::size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  std::span const chunk(static_cast<std::byte const*>(*buffer), bytes);
  return hand_over(decode_with(chunk, allowed(number)), buffer_size, buffer);
}

template <int number, filter_bytes (*decode_with)(std::span<std::byte const>, decoded_length)>
H5Z_class2_t decoder(char const* name) {
  return {H5Z_CLASS_T_VERS, number, 1, 1, name, nullptr, nullptr, only_decode<number, decode_with>};
}

/// Whoever makes a dataset gives (block size, compression); the file gets (version 0.3, element size, block size,
/// compression), as bitshuffle's own filter has it.
herr_t complete_bitshuffle(hid_t properties, hid_t type, hid_t /*space*/) {
  std::array<unsigned, 8> given{};
  std::size_t count = given.size();
  unsigned flags = 0;
  if (H5Pget_filter_by_id2(properties, bitshuffle_filter, &flags, &count, given.data(), 0, nullptr, nullptr) < 0)
    return -1;
  if (count >= 5) return 0;
  std::array<unsigned, 5> const values{0, 3, static_cast<unsigned>(H5Tget_size(type)), count > 0 ? given[0] : 0,
                                       count > 1 ? given[1] : bitshuffle_plain};
  return H5Pmodify_filter(properties, bitshuffle_filter, flags, values.size(), values.data());
}

}  // namespace

void register_filters() {
  H5Z_class2_t const bitshuffle_class{
      H5Z_CLASS_T_VERS, bitshuffle_filter,   1,         1, "bitshuffle; see https://github.com/kiyo-masui/bitshuffle",
      nullptr,          complete_bitshuffle, bitshuffle};
  H5Z_class2_t const lz4_class{H5Z_CLASS_T_VERS, lz4_filter, 1, 1, "HDF5 lz4 filter", nullptr, nullptr, lz4};
  for (auto const& one : {bitshuffle_class, lz4_class, decoder<zstd_filter, decode_zstd>("Zstandard"),
                          decoder<blosc_filter, decode_blosc>("Blosc"), decoder<lzf_filter, decode_lzf>("LZF"),
                          decoder<bzip2_filter, decode_bzip2>("bzip2")})
    if (H5Zregister(&one) < 0)
      throw runtime_failure("HDF5 does not accept the filter " + std::to_string(one.id) + " (" + one.name + ")");
}

expected_chunk::expected_chunk(chunk_lengths const& lengths) : before_(expected) { expected = lengths; }
expected_chunk::~expected_chunk() { expected = before_; }

}  // namespace xrdct::hdf5
