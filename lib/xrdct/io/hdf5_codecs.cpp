#include "xrdct/io/hdf5_codecs.hpp"

#include "kernels/common/big_endian.hpp"
#include "kernels/common/decode.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <blosc.h>
#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <string_view>

namespace xrdct::hdf5 {
namespace {

enum class outcome { decoded, too_long, invalid };

/// decode(chunk, out, written) into memory that grows until it fits; at once if the length is known.
template <class F>
filter_bytes decode_growing(std::span<std::byte const> chunk, decoded_length length, F decode) {
  constexpr std::size_t usual_ratio = 8, least = 1 << 16;
  std::size_t size = length.most;
  if (length.least < length.most) size = std::min(length.most, usual_ratio * chunk.size() + least);
  for (;; size = std::min(length.most, 2 * size)) {
    if (size == 0) return {};
    auto out = filter_bytes::allocate(size);
    if (!out) return {};
    std::size_t written = 0;
    auto const result = decode(chunk, out.span(), written);
    if (result == outcome::decoded && written > 0 && length.allows(written)) {
      out.size = written;
      return out;
    }
    if (result != outcome::too_long || size == length.most) return {};
  }
}

outcome unpack_zstd(std::span<std::byte const> chunk, std::span<std::byte> out, std::size_t& written) {
  written = ZSTD_decompress(out.data(), out.size(), chunk.data(), chunk.size());
  if (ZSTD_isError(written) == 0) return outcome::decoded;
  // zstd's numbers of errors are no part of its stable interface, but their names stay.
  return std::string_view(ZSTD_getErrorName(written)).starts_with("Destination buffer") ? outcome::too_long
                                                                                        : outcome::invalid;
}

// Runs of up to 32 bytes as they are, and repetitions of what was made up to 2¹³ bytes ago (liblzf, lzf_d.c). The
// library itself reads beyond chunks that end too early, depending on how it was built.
outcome unpack_lzf(std::span<std::byte const> chunk, std::span<std::byte> out, std::size_t& written) {
  auto* to = out.data();
  auto rest = chunk;
  auto const next = [&] {
    auto const value = std::to_integer<std::size_t>(rest.front());
    rest = rest.subspan(1);
    return value;
  };
  while (!rest.empty()) {
    auto const control = next();
    auto const room = out.size() - static_cast<std::size_t>(to - out.data());
    if (control < 32) {
      auto const count = control + 1;
      if (rest.size() < count) return outcome::invalid;
      if (room < count) return outcome::too_long;
      to = std::copy_n(rest.data(), count, to);
      rest = rest.subspan(count);
      continue;
    }
    auto count = (control >> 5) + 2;
    bool const longer = control >> 5 == 7;
    if (rest.size() < (longer ? 2U : 1U)) return outcome::invalid;
    if (longer) count += next();
    auto const back = ((control & 31) << 8) + next() + 1;
    if (back > static_cast<std::size_t>(to - out.data())) return outcome::invalid;
    if (room < count) return outcome::too_long;
    for (auto const* const end = to + count; to != end; ++to) *to = *(to - back);  // they may overlap
  }
  written = static_cast<std::size_t>(to - out.data());
  return outcome::decoded;
}

outcome unpack_bzip2(std::span<std::byte const> chunk, std::span<std::byte> out, std::size_t& written) {
  if (chunk.size() > UINT_MAX) return outcome::invalid;
  auto room = static_cast<unsigned>(std::min<std::size_t>(out.size(), UINT_MAX));
  auto* const from = const_cast<char*>(reinterpret_cast<char const*>(chunk.data()));  // which it does not write to
  auto const code = BZ2_bzBuffToBuffDecompress(reinterpret_cast<char*>(out.data()), &room, from,
                                               static_cast<unsigned>(chunk.size()), 0, 0);
  written = room;
  if (code == BZ_OK) return outcome::decoded;
  return code == BZ_OUTBUFF_FULL ? outcome::too_long : outcome::invalid;
}

outcome unpack_gzip(std::span<std::byte const> chunk, std::span<std::byte> out, std::size_t& written) {
  if (chunk.size() > UINT_MAX || out.size() > UINT_MAX) return outcome::invalid;
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return outcome::invalid;
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<Bytef const*>(chunk.data()));  // which it does not write to
  stream.avail_in = static_cast<unsigned>(chunk.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  auto const code = inflate(&stream, Z_FINISH);
  written = out.size() - stream.avail_out;
  bool const full = stream.avail_out == 0;
  inflateEnd(&stream);
  if (code == Z_STREAM_END) return outcome::decoded;
  return full && (code == Z_BUF_ERROR || code == Z_OK) ? outcome::too_long : outcome::invalid;
}

/// Byte k of all elements lies together; bytes at the end that are no whole element stay. A file may state elements of
/// gigabytes, of which there is none in a chunk.
filter_bytes unshuffle(std::span<std::byte const> chunk, std::size_t element) {
  if (element == 0) return {};
  auto out = filter_bytes::allocate(chunk.size());
  if (!out) return {};
  auto const count = chunk.size() / element;
  if (count == 0) element = 0;
  auto* const to = out.memory.get();
  for (std::size_t k = 0; k < element; ++k)
    for (std::size_t i = 0; i < count; ++i) to[i * element + k] = chunk[k * count + i];
  std::copy(chunk.begin() + static_cast<std::ptrdiff_t>(count * element), chunk.end(), to + count * element);
  return out;
}

/// Of 16-bit words, the upper byte first (HDF5, H5checksum.c).
std::uint32_t fletcher_32(std::span<std::byte const> data) {
  constexpr std::size_t words_without_overflow = 360;
  std::uint32_t first = 0, second = 0;
  auto const fold = [](std::uint32_t sum) { return (sum & 0xffff) + (sum >> 16); };
  for (std::size_t at = 0, words = 0; at < data.size(); at += 2) {
    auto const low = at + 1 < data.size() ? std::to_integer<std::uint32_t>(data[at + 1]) : 0;
    first += std::to_integer<std::uint32_t>(data[at]) << 8 | low;
    second += first;
    if (++words % words_without_overflow == 0) {
      first = fold(first);
      second = fold(second);
    }
  }
  return fold(fold(second)) << 16 | fold(fold(first));
}

/// Takes the checksum off the end, which must be right. Versions before 1.6.3 wrote the bytes of its halves swapped.
filter_bytes without_checksum(std::span<std::byte const> chunk) {
  constexpr std::size_t size = 4;
  if (chunk.size() <= size) return {};
  auto const data = chunk.first(chunk.size() - size);
  auto const stored = __builtin_bswap32(load_big_endian_32(chunk.data() + data.size()));
  auto const right = fletcher_32(data);
  auto const swapped = (right & 0xff00ff) << 8 | (right >> 8 & 0xff00ff);
  if (stored != right && stored != swapped) return {};
  auto out = filter_bytes::allocate(data.size());
  if (out) std::ranges::copy(data, out.memory.get());
  return out;
}

/// The total that a chunk's header states, if a chunk so short can hold that much: LZ4 makes at most 255 bytes of one,
/// zstd 2¹⁷ of four (a block of one byte repeated); and what bitshuffle leaves over is stored as it is.
std::size_t stated_bytes(std::span<std::byte const> chunk, encoding code) {
  if (chunk.size() < 12) return 0;
  auto const total = load_big_endian_64(chunk.data());
  std::uint64_t const most = code == encoding::bitshuffle_zstd ? 1 << 15 : 255;
  return total / most > chunk.size() ? 0 : static_cast<std::size_t>(total);
}

filter_bytes decode_stated(std::span<std::byte const> chunk, chunk_encoding const& how, decoded_length length) {
  auto const total = how.code == encoding::bitshuffle ? chunk.size() : stated_bytes(chunk, how.code);
  if (total == 0 || !length.allows(total)) return {};
  auto out = filter_bytes::allocate(total);
  if (!out || decode_chunk(chunk, how, out.span()) != frame_status::ok) return {};
  return out;
}

constexpr std::array<char const*, 6> blosc_names{BLOSC_BLOSCLZ_COMPNAME, BLOSC_LZ4_COMPNAME,  BLOSC_LZ4HC_COMPNAME,
                                                 BLOSC_SNAPPY_COMPNAME,  BLOSC_ZLIB_COMPNAME, BLOSC_ZSTD_COMPNAME};

}  // namespace

filter_bytes decode_zstd(std::span<std::byte const> chunk, decoded_length length) {
  return decode_growing(chunk, length, unpack_zstd);
}

filter_bytes decode_lzf(std::span<std::byte const> chunk, decoded_length length) {
  return decode_growing(chunk, length, unpack_lzf);
}

filter_bytes decode_bzip2(std::span<std::byte const> chunk, decoded_length length) {
  return decode_growing(chunk, length, unpack_bzip2);
}

filter_bytes decode_gzip(std::span<std::byte const> chunk, decoded_length length) {
  return decode_growing(chunk, length, unpack_gzip);
}

filter_bytes decode_bitshuffle(std::span<std::byte const> chunk, std::span<unsigned const> values,
                               decoded_length length) {
  if (values.size() < 3 || values[2] == 0) return {};
  chunk_encoding how{encoding::bitshuffle, values[2], values.size() > 3 ? values[3] : 0};
  switch (values.size() > 4 ? values[4] : bitshuffle_plain) {
    case bitshuffle_plain: break;
    case bitshuffle_with_lz4: how.code = encoding::bitshuffle_lz4; break;
    case bitshuffle_with_zstd: how.code = encoding::bitshuffle_zstd; break;
    default: return {};
  }
  return decode_stated(chunk, how, length);
}

filter_bytes decode_lz4(std::span<std::byte const> chunk, decoded_length length) {
  return decode_stated(chunk, {encoding::hdf5_lz4, 1, 0}, length);
}

bool decodes(filter const& one) {
  switch (one.number) {
    case H5Z_FILTER_DEFLATE:
    case H5Z_FILTER_SHUFFLE:
    case H5Z_FILTER_FLETCHER32:
    case bitshuffle_filter:
    case lz4_filter:
    case zstd_filter:
    case blosc_filter:
    case lzf_filter:
    case bzip2_filter: return true;
    default: return false;
  }
}

filter_bytes decode_filter(filter const& one, std::span<std::byte const> chunk, decoded_length length) {
  switch (one.number) {
    case H5Z_FILTER_DEFLATE: return decode_gzip(chunk, length);
    case H5Z_FILTER_SHUFFLE: return unshuffle(chunk, one.values.empty() ? 1 : one.values[0]);
    case H5Z_FILTER_FLETCHER32: return without_checksum(chunk);
    case bitshuffle_filter: return decode_bitshuffle(chunk, one.values, length);
    case lz4_filter: return decode_lz4(chunk, length);
    case zstd_filter: return decode_zstd(chunk, length);
    case blosc_filter: return decode_blosc(chunk, length);
    case lzf_filter: return decode_lzf(chunk, length);
    case bzip2_filter: return decode_bzip2(chunk, length);
    default: return {};
  }
}

filter_bytes decode_blosc(std::span<std::byte const> chunk, decoded_length length) {
  std::size_t total = 0;
  if (chunk.size() < BLOSC_MIN_HEADER_LENGTH || blosc_cbuffer_validate(chunk.data(), chunk.size(), &total) < 0)
    return {};
  if (total == 0 || !length.allows(total)) return {};
  auto out = filter_bytes::allocate(total);
  if (!out) return {};
  auto const written = blosc_decompress_ctx(chunk.data(), out.memory.get(), total, 1);
  return written > 0 && static_cast<std::size_t>(written) == total ? std::move(out) : filter_bytes{};
}

char const* blosc_compressor(unsigned code) { return code < blosc_names.size() ? blosc_names[code] : "unknown"; }

bool has_blosc_compressor(unsigned code) {
  return code < blosc_names.size() && blosc_compname_to_compcode(blosc_names[code]) >= 0;
}

}  // namespace xrdct::hdf5
