#include "kernels/common/byte_offset.hpp"

#include <bit>
#include <cstring>
#include <limits>

namespace xrdct {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers in the payload are read as they lie");

template <class T>
T load(std::byte const* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

/// Whether one of 8 bytes is 0x80, which announces a longer difference: its top bit is set and no other.
bool announces_longer(std::byte const* bytes) {
  constexpr std::uint64_t low_bits = 0x7f7f7f7f7f7f7f7fU;
  auto const eight = load<std::uint64_t>(bytes);
  return (eight & ~((eight & low_bits) + low_bits) & ~low_bits) != 0;
}

/// Takes a number off the front of `rest`. Returns false, with `rest` as it was, where it is not there.
template <class T>
bool take(std::span<std::byte const>& rest, std::int64_t& number) {
  if (rest.size() < sizeof(T)) return false;
  number = load<T>(rest.data());
  rest = rest.subspan(sizeof(T));
  return true;
}

/// The difference behind the byte that announced it. Returns false where the payload ends before it does.
bool take_longer(std::span<std::byte const>& rest, std::int64_t& difference) {
  if (!take<std::int16_t>(rest, difference)) return false;
  if (difference != std::numeric_limits<std::int16_t>::min()) return true;
  if (!take<std::int32_t>(rest, difference)) return false;
  if (difference != std::numeric_limits<std::int32_t>::min()) return true;
  return take<std::int64_t>(rest, difference);
}

}  // namespace

template <class T>
bool decode_next(byte_offset_stream& payload, std::span<T> values) {
  auto rest = payload.rest;
  // One difference from a value in the range that wraps leads far out of every range.
  auto sum = payload.sum;
  auto outside = payload.outside;
  auto const put = [&](std::int64_t difference, T& value) {
    sum += static_cast<std::uint64_t>(difference);
    value = static_cast<T>(sum);
    outside |= sum ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  };
  for (std::size_t i = 0; i < values.size();) {
    if (values.size() - i >= 8 && rest.size() >= 8 && !announces_longer(rest.data())) {
      for (std::size_t k = 0; k < 8; ++k) put(load<std::int8_t>(rest.data() + k), values[i + k]);
      rest = rest.subspan(8);
      i += 8;
      continue;
    }
    std::int64_t difference = 0;
    if (!take<std::int8_t>(rest, difference)) return false;
    if (difference == std::numeric_limits<std::int8_t>::min() && !take_longer(rest, difference)) return false;
    put(difference, values[i++]);
  }
  payload = {rest, sum, outside};
  return true;
}

template <class T>
frame_status decode_byte_offset(std::span<std::byte const> payload, std::span<T> values) {
  byte_offset_stream stream{payload};
  return decode_next(stream, values) ? stream.status() : frame_status::truncated;
}

template bool decode_next(byte_offset_stream&, std::span<std::uint8_t>);
template bool decode_next(byte_offset_stream&, std::span<std::uint16_t>);
template bool decode_next(byte_offset_stream&, std::span<std::uint32_t>);
template bool decode_next(byte_offset_stream&, std::span<std::int32_t>);
template frame_status decode_byte_offset(std::span<std::byte const>, std::span<std::uint8_t>);
template frame_status decode_byte_offset(std::span<std::byte const>, std::span<std::uint16_t>);
template frame_status decode_byte_offset(std::span<std::byte const>, std::span<std::uint32_t>);
template frame_status decode_byte_offset(std::span<std::byte const>, std::span<std::int32_t>);

}  // namespace xrdct
