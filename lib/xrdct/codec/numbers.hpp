#pragma once
/// \file Pixel values as files hold them, made doubles.

#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct {

/// The number types of image files.
enum class number_type : std::uint8_t { u8, i8, u16, i16, u32, i32, u64, i64, f16, f32, f64 };

constexpr std::size_t bytes_of(number_type type) {
  switch (type) {
    case number_type::u8:
    case number_type::i8: return 1;
    case number_type::u16:
    case number_type::i16:
    case number_type::f16: return 2;
    case number_type::u32:
    case number_type::i32:
    case number_type::f32: return 4;
    default: return 8;
  }
}

/// Converts values.size() numbers. `bytes` holds at least that many of `type`, in the stated byte order; it need not be
/// aligned. 64-bit integers beyond 2⁵³ are rounded.
void to_doubles(std::span<std::byte const> bytes, number_type type, bool big_endian, std::span<double> values);

}  // namespace xrdct
