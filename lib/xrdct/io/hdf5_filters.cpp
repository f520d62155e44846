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
  constexpr std::size_t unknown = std::size_t{1} << 30;
  if (expected.bytes == 0) return {0, unknown};
  for (auto const& [number, bytes] : expected.exact)
    if (number == filter) return {bytes, bytes};
  return {0, most_encoded(expected.bytes)};
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

std::span<std::byte const> bytes_in(void const* buffer, std::size_t bytes) {
  return {static_cast<std::byte const*>(buffer), bytes};
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
template <class F>
std::size_t guarded(F work) {
  try {
    return work();
  } catch (std::exception const&) {
    return 0;
  }
}

encoding bitshuffle_encoding(std::span<unsigned const> values) {
  auto const compression = values.size() > 4 ? values[4] : bitshuffle_plain;
  if (compression == bitshuffle_with_lz4) return encoding::bitshuffle_lz4;
  return compression == bitshuffle_with_zstd ? encoding::bitshuffle_zstd : encoding::bitshuffle;
}

std::size_t bitshuffle(unsigned flags, std::size_t count, unsigned const values[], std::size_t bytes,
                       std::size_t* buffer_size, void** buffer) {
  return guarded([&]() -> std::size_t {
    std::span const how(values, count);
    if (count < 3 || values[2] == 0) return 0;
    if ((flags & H5Z_FLAG_REVERSE) != 0)
      return hand_over(decode_bitshuffle(bytes_in(*buffer, bytes), how, allowed(bitshuffle_filter)), buffer_size,
                       buffer);
    return encode({bitshuffle_encoding(how), values[2], count > 3 ? values[3] : 0}, bytes, buffer_size, buffer);
  });
}

std::size_t lz4(unsigned flags, std::size_t count, unsigned const values[], std::size_t bytes, std::size_t* buffer_size,
                void** buffer) {
  return guarded([&] {
    if ((flags & H5Z_FLAG_REVERSE) != 0)
      return hand_over(decode_lz4(bytes_in(*buffer, bytes), allowed(lz4_filter)), buffer_size, buffer);
    return encode({encoding::hdf5_lz4, 1, count > 0 ? values[0] : 0}, bytes, buffer_size, buffer);
  });
}

/// A filter that only decodes, by one of hdf5_codecs.hpp. It says that it encodes, or HDF5 would make no dataset with
/// it, into which chunks can be written that are encoded already.
template <int number, filter_bytes (*decode_with)(std::span<std::byte const>, decoded_length)>
std::size_t only_decode(unsigned flags, std::size_t /*count*/, unsigned const /*values*/[], std::size_t bytes,
                        std::size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  return guarded(
      [&] { return hand_over(decode_with(bytes_in(*buffer, bytes), allowed(number)), buffer_size, buffer); });
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
