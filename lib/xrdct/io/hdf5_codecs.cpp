#include "xrdct/io/hdf5_codecs.hpp"

#include <blosc.h>
#include <bzlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <climits>
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
