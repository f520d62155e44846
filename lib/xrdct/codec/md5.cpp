#include "xrdct/codec/md5.hpp"

// Since 1.71 Boost gives the digest as numbers in the machine's byte order, unless asked for bytes as before.
#define BOOST_UUID_COMPAT_PRE_1_71_MD5
#include <boost/uuid/detail/md5.hpp>

#include <array>
#include <cstdint>
#include <cstring>

namespace xrdct {
namespace {

std::string base64(std::array<std::uint8_t, 16> const& bytes) {
  static constexpr char const* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    auto const byte = [&](std::size_t i) { return at + i < bytes.size() ? std::uint32_t{bytes[at + i]} : 0U; };
    std::uint32_t const three = byte(0) << 16U | byte(1) << 8U | byte(2);
    for (unsigned i = 0; i < 4; ++i) text += at + i <= bytes.size() ? letters[three >> (18U - 6U * i) & 63U] : '=';
  }
  return text;
}

}  // namespace

std::string base64_md5(std::span<std::byte const> bytes) {
  boost::uuids::detail::md5 sum;
  sum.process_bytes(bytes.data(), bytes.size());
  boost::uuids::detail::md5::digest_type digest;  // an array whose elements differ between versions of Boost
  std::array<std::uint8_t, 16> plain{};
  static_assert(sizeof digest == sizeof plain);
  sum.get_digest(digest);
  std::memcpy(plain.data(), &digest, sizeof plain);
  return base64(plain);
}

}  // namespace xrdct
