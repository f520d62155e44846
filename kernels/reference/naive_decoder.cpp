#include "kernels/reference/naive_decoder.hpp"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace xrdct::reference {
namespace {

using bytes = std::vector<std::byte>;

// Reads a chunk from front to end, and knows when it is at the end.
class byte_reader {
 public:
  explicit byte_reader(std::span<std::byte const> chunk) : left_(chunk) {}
  std::optional<std::uint64_t> big_endian(std::size_t length) {
    auto const digits = take(length);
    if (!digits) return std::nullopt;
    std::uint64_t value = 0;
    for (auto const b : *digits) value = value * 256 + std::to_integer<std::uint64_t>(b);
    return value;
  }
  /// With sign.
  std::optional<std::int64_t> little_endian(std::size_t length) {
    auto const digits = take(length);
    if (!digits) return std::nullopt;
    std::int64_t value = std::to_integer<std::int8_t>(digits->back());
    for (std::size_t i = length - 1; i > 0; --i) value = value * 256 + std::to_integer<std::int64_t>((*digits)[i - 1]);
    return value;
  }
  bool at_end() const { return left_.empty(); }
  std::optional<bytes> take(std::size_t length) {
    if (left_.size() < length) return std::nullopt;
    bytes taken(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(length));
    left_ = left_.subspan(length);
    return taken;
  }

 private:
  std::span<std::byte const> left_;
};

// Bit b of element i is bit i of the plane b.
bytes unshuffle(bytes const& planes, std::size_t element_bytes) {
  auto const elements = planes.size() / element_bytes;
  bytes out(planes.size());
  for (std::size_t i = 0; i < elements; ++i) {
    for (std::size_t b = 0; b < 8 * element_bytes; ++b) {
      auto const at = b * elements + i;
      bool const set = (planes[at / 8] >> (at % 8) & std::byte{1}) != std::byte{0};
      if (set) out[i * element_bytes + b / 8] |= std::byte{1} << (b % 8);
    }
  }
  return out;
}

std::optional<bytes> decode_lz4(bytes const& compressed, std::size_t length) {
  bytes out(length);
  auto const made =
      LZ4_decompress_safe(reinterpret_cast<char const*>(compressed.data()), reinterpret_cast<char*>(out.data()),
                          static_cast<int>(compressed.size()), static_cast<int>(length));
  if (made < 0 || static_cast<std::size_t>(made) != length) return std::nullopt;
  return out;
}

std::optional<bytes> decode_zstd(bytes const& compressed, std::size_t length) {
  bytes out(length);
  auto const made = ZSTD_decompress(out.data(), out.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(made) != 0 || made != length) return std::nullopt;
  return out;
}

void append(bytes& to, bytes const& what) { to.insert(to.end(), what.begin(), what.end()); }

// The lengths of a bit-shuffled chunk's blocks, all in whole groups of 8 elements.
std::vector<std::size_t> block_lengths(std::size_t elements, std::size_t block) {
  std::vector<std::size_t> lengths(elements / block, block);
  auto const last = elements % block / 8 * 8;
  if (last > 0) lengths.push_back(last);
  return lengths;
}

frame_status decode_bitshuffle(byte_reader chunk, frame_format const& format, bytes& pixels) {
  auto const size = bytes_of(format.type);
  std::size_t const block = format.block_pixels != 0 ? format.block_pixels : default_block_elements(size);
  for (auto const length : block_lengths(format.pixels(), block))
    append(pixels, unshuffle(*chunk.take(length * size), size));
  append(pixels, *chunk.take(format.bytes() - pixels.size()));
  return frame_status::ok;
}

frame_status decode_compressed_bitshuffle(byte_reader chunk, frame_format const& format, bytes& pixels) {
  auto const size = bytes_of(format.type);
  auto const total = chunk.big_endian(8);
  auto const block_bytes = chunk.big_endian(4);
  if (!total || !block_bytes) return frame_status::truncated;
  if (*total != format.bytes() || *block_bytes % (8 * size) != 0) return frame_status::lying_header;
  auto const block = *block_bytes == 0 ? default_block_elements(size) : *block_bytes / size;
  for (auto const length : block_lengths(format.pixels(), block)) {
    auto const compressed_length = chunk.big_endian(4);
    auto const compressed = compressed_length ? chunk.take(*compressed_length) : std::nullopt;
    if (!compressed) return frame_status::truncated;
    auto const planes = format.code == encoding::bitshuffle_zstd ? decode_zstd(*compressed, length * size)
                                                                 : decode_lz4(*compressed, length * size);
    if (!planes) return frame_status::corrupt;
    append(pixels, unshuffle(*planes, size));
  }
  auto const rest = chunk.take(format.bytes() - pixels.size());
  if (!rest) return frame_status::truncated;
  append(pixels, *rest);
  return frame_status::ok;
}

frame_status decode_hdf5_lz4(byte_reader chunk, frame_format const& format, bytes& pixels) {
  auto const total = chunk.big_endian(8);
  auto const block_bytes = chunk.big_endian(4);
  if (!total || !block_bytes) return frame_status::truncated;
  if (*total != format.bytes() || *block_bytes == 0) return frame_status::lying_header;
  while (pixels.size() < *total) {
    auto const length = std::min<std::size_t>(*block_bytes, *total - pixels.size());
    auto const compressed_length = chunk.big_endian(4);
    auto const compressed = compressed_length ? chunk.take(*compressed_length) : std::nullopt;
    if (!compressed) return frame_status::truncated;
    if (compressed->size() == length) {  // stored as it is
      append(pixels, *compressed);
      continue;
    }
    auto const block = decode_lz4(*compressed, length);
    if (!block) return frame_status::corrupt;
    append(pixels, *block);
  }
  return frame_status::ok;
}

// A difference of one byte, or, where that is the most negative number, of two, four or eight.
std::optional<std::int64_t> next_difference(byte_reader& payload) {
  std::optional<std::int64_t> difference;
  for (std::size_t const length : {1, 2, 4, 8}) {
    difference = payload.little_endian(length);
    if (!difference || length == 8 || *difference != -(std::int64_t{1} << (8 * length - 1))) break;
  }
  return difference;
}

struct value_range {
  std::int64_t least = 0, most = 0;
};

value_range range_of(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return {0, 255};
    case pixel_type::u16: return {0, 65535};
    case pixel_type::u32: return {0, 4294967295};
    default: return {-2147483648LL, 2147483647};
  }
}

// That the payload is too short is said first, then that a value is none of the type, and that it is too long last.
frame_status decode_byte_offset(byte_reader payload, frame_format const& format, bytes& pixels) {
  auto const [least, most] = range_of(format.type);
  std::int64_t value = 0;
  bool outside = false;
  for (std::size_t i = 0; i < format.pixels(); ++i) {
    auto const difference = next_difference(payload);
    if (!difference) return frame_status::truncated;
    outside = outside || *difference < least - value || *difference > most - value;
    if (outside) continue;
    value += *difference;
    for (std::size_t k = 0; k < bytes_of(format.type); ++k)
      pixels.push_back(static_cast<std::byte>(value >> 8 * k & 255));
  }
  if (outside) return frame_status::corrupt;
  return payload.at_end() ? frame_status::ok : frame_status::lying_header;
}

}  // namespace

frame_status decode(frame const& from, frame_format const& format, std::vector<std::byte>& pixels) {
  pixels.clear();
  bool const filter_skipped = (from.filter_mask & 1) != 0;
  auto const code = filter_skipped ? encoding::raw : format.code;
  if (code == encoding::bitshuffle_lz4 || code == encoding::bitshuffle_zstd)
    return decode_compressed_bitshuffle(byte_reader(from.bytes), format, pixels);
  if (code == encoding::byte_offset) return decode_byte_offset(byte_reader(from.bytes), format, pixels);
  if (code == encoding::hdf5_lz4) return decode_hdf5_lz4(byte_reader(from.bytes), format, pixels);
  if (from.bytes.size() < format.bytes()) return frame_status::truncated;
  if (from.bytes.size() > format.bytes()) return frame_status::lying_header;
  if (code == encoding::bitshuffle) return decode_bitshuffle(byte_reader(from.bytes), format, pixels);
  pixels.assign(from.bytes.begin(), from.bytes.end());
  return frame_status::ok;
}

}  // namespace xrdct::reference
