#include "xrdct/base/checksum.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace xrdct {
namespace {

/// Bit by bit, as the polynomial is divided by hand.
std::uint64_t by_bits(std::span<std::byte const> bytes) {
  std::uint64_t sum = ~std::uint64_t{0};
  for (auto const byte : bytes) {
    sum ^= std::to_integer<std::uint64_t>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = (sum & 1U) != 0 ? (sum >> 1U) ^ 0xC96C5795D7870F42 : sum >> 1U;
  }
  return ~sum;
}

std::vector<std::byte> random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<std::byte> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(engine());
  return bytes;
}

TEST(checksum, is_that_of_xz) {
  std::string const digits = "123456789";  // the check value in catalogues of such sums
  EXPECT_EQ(checksum(std::as_bytes(std::span(digits))), 0x995DC9BBDF1939FAU);
}

TEST(checksum, is_what_division_bit_by_bit_gives_in_any_parts) {
  for (std::size_t size = 0; size < 100; ++size) {
    auto const bytes = random_bytes(size, static_cast<unsigned>(size));
    EXPECT_EQ(checksum(bytes), by_bits(bytes));
    auto const cut = size * 3 / 7;
    auto const first = checksum(std::span(bytes).first(cut));
    EXPECT_EQ(checksum(std::span(bytes).subspan(cut), first), by_bits(bytes));
  }
}

TEST(checksum, sees_every_bit) {
  auto bytes = random_bytes(97, 1);
  auto const right = checksum(bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto const mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    EXPECT_NE(checksum(bytes), right);
    bytes[bit / 8] ^= mask;
  }
}

}  // namespace
}  // namespace xrdct
