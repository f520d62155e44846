#pragma once
/// \file Pixel values as files hold them, made doubles.

#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
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

/// The type of frames that holds all values of a type: integers of 8 and 16 bits with sign become i32, all floats f32,
/// though doubles lose digits. None for integers of 64 bits.
constexpr std::optional<pixel_type> frame_type(number_type type) {
  switch (type) {
    case number_type::u8: return pixel_type::u8;
    case number_type::u16: return pixel_type::u16;
    case number_type::u32: return pixel_type::u32;
    case number_type::i8:
    case number_type::i16:
    case number_type::i32: return pixel_type::i32;
    case number_type::f16:
    case number_type::f32:
    case number_type::f64: return pixel_type::f32;
    default: return std::nullopt;
  }
}

/// Values as pixels of a type, little-endian. Returns false, with `pixels` unspecified, where an integer type does not
/// hold one of them.
bool from_doubles(std::span<double const> values, pixel_type type, frame_buffer& pixels);

}  // namespace xrdct
