#include "xrdct/codec/numbers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace xrdct {
namespace {

/// IEEE 754 half precision: 1 bit sign, 5 bits exponent (bias 15), 10 bits fraction.
struct half {
  std::uint16_t bits;
  explicit operator double() const {
    int const exponent = bits >> 10 & 31;
    double const fraction = bits & 1023;
    double magnitude = std::ldexp(fraction + 1024, exponent - 25);
    if (exponent == 0) magnitude = std::ldexp(fraction, -24);
    if (exponent == 31)
      magnitude = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }
};

template <class T>
void convert(std::byte const* from, bool swap, std::span<double> values) {
  std::array<std::byte, sizeof(T)> bytes;
  for (double& value : values) {
    std::memcpy(bytes.data(), from, sizeof(T));
    from += sizeof(T);
    if (swap) std::reverse(bytes.begin(), bytes.end());
    value = static_cast<double>(std::bit_cast<T>(bytes));
  }
}

template <class T>
bool convert_back(std::span<double const> values, std::byte* to) {
  for (double const value : values) {
    if constexpr (std::is_integral_v<T>)
      if (!(value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max())) return false;
    auto const pixel = static_cast<T>(value);
    std::memcpy(to, &pixel, sizeof pixel);
    to += sizeof pixel;
  }
  return true;
}

}  // namespace

void to_doubles(std::span<std::byte const> bytes, number_type type, bool big_endian, std::span<double> values) {
  bool const swap = big_endian != (std::endian::native == std::endian::big);
  switch (type) {
    case number_type::u8: return convert<std::uint8_t>(bytes.data(), swap, values);
    case number_type::i8: return convert<std::int8_t>(bytes.data(), swap, values);
    case number_type::u16: return convert<std::uint16_t>(bytes.data(), swap, values);
    case number_type::i16: return convert<std::int16_t>(bytes.data(), swap, values);
    case number_type::u32: return convert<std::uint32_t>(bytes.data(), swap, values);
    case number_type::i32: return convert<std::int32_t>(bytes.data(), swap, values);
    case number_type::u64: return convert<std::uint64_t>(bytes.data(), swap, values);
    case number_type::i64: return convert<std::int64_t>(bytes.data(), swap, values);
    case number_type::f16: return convert<half>(bytes.data(), swap, values);
    case number_type::f32: return convert<float>(bytes.data(), swap, values);
    case number_type::f64: return convert<double>(bytes.data(), swap, values);
  }
}

bool from_doubles(std::span<double const> values, pixel_type type, frame_buffer& pixels) {
  static_assert(std::endian::native == std::endian::little);
  pixels.resize(values.size() * bytes_of(type));
  switch (type) {
    case pixel_type::u8: return convert_back<std::uint8_t>(values, pixels.data());
    case pixel_type::u16: return convert_back<std::uint16_t>(values, pixels.data());
    case pixel_type::u32: return convert_back<std::uint32_t>(values, pixels.data());
    case pixel_type::i32: return convert_back<std::int32_t>(values, pixels.data());
    case pixel_type::f32: return convert_back<float>(values, pixels.data());
  }
  return false;
}

}  // namespace xrdct
