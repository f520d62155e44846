#pragma once
/// \file The inner loops, compiled for several instruction sets; the best that the processor has is chosen at run time.
///
/// 16 frames at a time take a lane each. A frame's pixels come as byte layers (layer k holds byte k of every value),
/// since the upper ones of counting data are nearly always zero and are then neither made nor moved. Layers turn into
/// rows: the values of one pixel in all lanes side by side. Layers may be read up to 64 bytes beyond their end, and
/// rows be written up to 64 rows.

#include "kernels/cpu/matrix_slices.hpp"
#include "kernels/cpu/raw_values.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace xrdct::cpu::simd {

inline constexpr std::size_t lanes = 16;
inline constexpr std::size_t slack = 64;  ///< bytes of a layer, or rows, beyond the end
inline constexpr std::size_t layers_of_widest = 4;

/// The chosen instruction set as people know it: "AVX-512".
std::string instruction_set();

/// Bit planes of a block, the lowest first, `bytes` bytes each. Those behind the first `written` equal the last of
/// these.
struct bit_planes {
  std::uint8_t const* data = nullptr;
  std::size_t bytes = 0;
  std::size_t written = 0;

  std::uint8_t const* operator[](std::size_t k) const { return data + (k < written ? k : written - 1) * bytes; }
};

/// How many of `count` planes there are up to the last one that has bits other than those of excluded pixels (one plane
/// of them).
std::size_t count_filled(bit_planes const& planes, std::size_t count, std::uint8_t const* excluded);

/// Undoes the bit shuffle of planes 8k to 8k + 7, of which the first `filled` (at least 1) are not empty: byte p of
/// `layer` gets their bits of pixel p, but for excluded pixels, which get 0. `layer` may be written up to the next
/// multiple of 64 pixels. Returns the sum of its bytes.
std::uint64_t unshuffle_layer(bit_planes const& planes, std::size_t k, std::size_t filled, std::uint8_t const* excluded,
                              std::uint8_t* layer);

/// Splits `pixels` values of `value_bytes` (1, 2 or 4) bytes into as many layers, excluded pixels as zeros. Bit k of
/// the result says whether layer k has anything but zeros.
unsigned split_layers(std::byte const* values, std::size_t pixels, std::size_t value_bytes,
                      std::uint8_t const* excluded, std::uint8_t* const* layers);

std::uint64_t sum_bytes(std::uint8_t const* bytes, std::size_t size);
/// How many bytes are 128 or more.
std::uint64_t count_top_bits(std::uint8_t const* bytes, std::size_t size);

/// Whether a value of two bytes lies in one of the ranges.
bool any_within(std::uint8_t const* low, std::uint8_t const* high, std::size_t pixels,
                std::span<pattern_range const> ranges);

using lane_layers = std::array<std::uint8_t const*, lanes>;  ///< one layer, of every lane

/// rows[p · 16 + lane] = value p of the lane, from the lowest layer, or the lowest two.
void make_rows(lane_layers const& low, std::size_t pixels, std::uint8_t* rows);
void make_rows(lane_layers const& low, lane_layers const& high, std::size_t pixels, std::uint16_t* rows);

/// A pixel and the lanes (bit by bit) in which its value is special.
struct special_row {
  std::uint32_t pixel = 0;
  std::uint32_t lanes = 0;
};

/// The same from all four layers, as float32 (integers of any size are rounded once). Pixels with values in one of the
/// ranges are listed in `found`, which has room for all; returns how many.
std::size_t make_rows(std::array<lane_layers, layers_of_widest> const& layers, pixel_type type, std::size_t pixels,
                      std::span<pattern_range const> ranges, float* rows, special_row* found);

/// Adds the numbers of every lane to sums[lane], in double, pixel by pixel; NaN adds nothing.
void sum_rows(float const* rows, std::size_t pixels, double* sums);

/// What integrate() makes of a raw value: variance = max(raw, floor), or none.
struct variance_rule {
  bool wanted = true;
  float floor = 1;
};

/// Adds Σ c·s to sums[bin · 32 + lane] and Σ c²·v to sums[bin · 32 + 16 + lane], in double and in the slice's order.
/// NaN in rows of float32 marks a dead pixel, which adds nothing.
void integrate(std::uint8_t const* rows, matrix_slice const& slice, variance_rule variance, double* sums);
void integrate(std::uint16_t const* rows, matrix_slice const& slice, variance_rule variance, double* sums);
void integrate(float const* rows, matrix_slice const& slice, variance_rule variance, double* sums);

}  // namespace xrdct::cpu::simd
