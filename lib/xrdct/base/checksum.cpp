#include "xrdct/base/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace xrdct {
namespace {

constexpr std::uint64_t polynomial = 0xC96C5795D7870F42;

// Eight bytes at a time, each by a table of what it does to the sum that many bytes on (Kounavis and Berry, "A
// systematic approach to building high performance software-based CRC generators", 2005).
using tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr tables make_tables() {
  tables made{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    auto sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? polynomial : 0);
    made[0][byte] = sum;
  }
  for (std::size_t on = 1; on < 8; ++on)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      auto const sum = made[on - 1][byte];
      made[on][byte] = (sum >> 8U) ^ made[0][sum & 0xFFU];
    }
  return made;
}

constexpr tables table = make_tables();

}  // namespace

std::uint64_t checksum(std::span<std::byte const> bytes, std::uint64_t before) {
  auto sum = ~before;
  std::size_t at = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; at + 8 <= bytes.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      word ^= sum;
      sum = 0;
      for (std::size_t byte = 0; byte < 8; ++byte) sum ^= table[7 - byte][(word >> (8 * byte)) & 0xFFU];
    }
  }
  for (; at < bytes.size(); ++at)
    sum = (sum >> 8U) ^ table[0][(sum ^ std::to_integer<std::uint64_t>(bytes[at])) & 0xFFU];
  return ~sum;
}

}  // namespace xrdct
