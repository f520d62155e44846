#include "kernels/cpu/simd.hpp"

#include "kernels/common/bit_transpose.hpp"
#include "kernels/cpu/simd_vbmi.hpp"

#include <cstring>

// Arrays of vectors, which keep loops readable, need vectors of a known length; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

char const* target_name() { return hwy::TargetName(HWY_TARGET); }

using d8 = hn::ScalableTag<std::uint8_t>;
using d16 = hn::ScalableTag<std::uint16_t>;
using d32 = hn::ScalableTag<std::uint32_t>;
using d64 = hn::ScalableTag<std::uint64_t>;

#if HWY_TARGET != HWY_SCALAR

// Stores the 16-byte blocks of a vector `stride` bytes apart.
template <class D>
HWY_INLINE void store_blocks(D d, hn::VFromD<D> v, std::uint8_t* to, std::size_t stride) {
  if constexpr (hn::MaxLanes(d8()) >= 16 && hn::MaxLanes(D()) == 16) {
    hn::StoreU(v, d, to);
  } else {
    hn::Half<D> const half;
    constexpr auto blocks = hn::MaxLanes(hn::Half<D>()) / 16;
    store_blocks(half, hn::LowerHalf(half, v), to, stride);
    store_blocks(half, hn::UpperHalf(half, v), to + blocks * stride, stride);
  }
}

// Bits whose number has `s` in v[k], where k has not, change places with those whose number has not in v[k + s].
// Vectors from `live` on are zeros.
template <std::size_t s, std::size_t live, class V8>
HWY_INLINE void swap_bits(V8 (&v)[8]) {
  d8 const b;
  d16 const w;  // x86 shifts no bytes; what comes from the byte beside is masked out
  auto const stay = hn::Set(b, s == 1 ? 0x55 : s == 2 ? 0x33 : 0x0f);
  auto const right = [](V8 x) { return hn::BitCast(d8(), hn::ShiftRight<s>(hn::BitCast(d16(), x))); };
  for (std::size_t k = 0; k < live; ++k) {
    if ((k & s) != 0) continue;
    if (k + s < live) {
      auto const t = hn::And(hn::Xor(right(v[k]), v[k + s]), stay);
      v[k + s] = hn::Xor(v[k + s], t);
      v[k] = hn::Xor(v[k], hn::BitCast(b, hn::ShiftLeft<s>(hn::BitCast(w, t))));
    } else {
      v[k + s] = hn::And(right(v[k]), stay);
      v[k] = hn::And(v[k], stay);
    }
  }
}

// Transposes the 8 × 8 bits of byte j of 8 vectors, of which the first `filled` are planes and the others zeros, for
// all j: byte j of v[i] is pixel 8j + i then. Three rounds of swaps between vectors take half the operations that
// rounds within the bytes of a pixel's planes would, and of few planes fewer still.
template <std::size_t filled, class V8>
HWY_INLINE void transpose_bits(V8 (&v)[8]) {
  swap_bits<1, filled>(v);
  swap_bits<2, (filled + 1) / 2 * 2>(v);
  swap_bits<4, (filled + 3) / 4 * 4>(v);
}

// Bytes j of 8 vectors side by side in a 64-bit lane, for all j of a vector: three rounds of interleaving. Vector 2q +
// h of the result has, in its 16-byte block b, the bytes j = 16b + 4q + 2h and the next.
template <class V8>
HWY_INLINE void interleave_8(V8 const (&v)[8], hn::Vec<d64> (&out)[8]) {
  d8 const b;
  d16 const w;
  d32 const q;
  d64 const o;
  auto const pair_low = [&](int i) { return hn::BitCast(w, hn::InterleaveLower(b, v[i], v[i + 1])); };
  auto const pair_high = [&](int i) { return hn::BitCast(w, hn::InterleaveUpper(b, v[i], v[i + 1])); };
  auto const quad = [&](auto const& x, auto const& y, auto& low, auto& high) {
    low = hn::BitCast(q, hn::InterleaveLower(w, x, y));
    high = hn::BitCast(q, hn::InterleaveUpper(w, x, y));
  };
  hn::Vec<d32> first[4], second[4];  // of vectors 0–3, 4–7: bytes 0–3, 4–7, 8–11, 12–15 of every block
  quad(pair_low(0), pair_low(2), first[0], first[1]);
  quad(pair_high(0), pair_high(2), first[2], first[3]);
  quad(pair_low(4), pair_low(6), second[0], second[1]);
  quad(pair_high(4), pair_high(6), second[2], second[3]);
  for (int i = 0; i < 4; ++i) {
    out[2 * i] = hn::BitCast(o, hn::InterleaveLower(q, first[i], second[i]));
    out[2 * i + 1] = hn::BitCast(o, hn::InterleaveUpper(q, first[i], second[i]));
  }
}

// A perfect shuffle of all lanes: the elements of the first half of v come by turns with those of the second.
template <class D, std::size_t n>
HWY_INLINE void interleave_halves(D d, hn::VFromD<D> const (&v)[n], hn::VFromD<D> (&out)[n]) {
  for (std::size_t i = 0; i < n / 2; ++i) {
    out[2 * i] = hn::InterleaveLower(d, v[i], v[i + n / 2]);
    out[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + n / 2]);
  }
}

// 16 lanes × 16 pixels of a byte in every block: (lane, pixel) goes to (pixel, lane).
HWY_INLINE void transpose_lanes(hn::Vec<d8> (&v)[16]) {
  d8 const d;
  hn::Vec<d8> t[16];
  interleave_halves(d, v, t);
  interleave_halves(d, t, v);
  interleave_halves(d, v, t);
  interleave_halves(d, t, v);
}

// The same of 8 lanes × 8 pixels of two bytes.
HWY_INLINE void transpose_lanes(hn::Vec<d16> const (&v)[8], hn::Vec<d16> (&out)[8]) {
  d16 const d;
  hn::Vec<d16> t[8];
  interleave_halves(d, v, out);
  interleave_halves(d, out, t);
  interleave_halves(d, t, out);
}

#endif  // HWY_TARGET != HWY_SCALAR

// `bytes` bytes of each lane to rows of 16 bytes. Goes on to the next multiple of the vector's length.
HWY_INLINE void transpose_layer(lane_layers const& layers, std::size_t pixels, std::uint8_t* rows) {
#if HWY_TARGET != HWY_SCALAR
  d8 const d;
  constexpr std::size_t n = hn::MaxLanes(d8());
  for (std::size_t p = 0; p < pixels; p += n) {
    hn::Vec<d8> v[16];
    for (std::size_t lane = 0; lane < lanes; ++lane) v[lane] = hn::LoadU(d, layers[lane] + p);
    transpose_lanes(v);
    for (std::size_t i = 0; i < 16; ++i) store_blocks(d, v[i], rows + (p + i) * lanes, 16 * lanes);
  }
#else
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t lane = 0; lane < lanes; ++lane) rows[p * lanes + lane] = layers[lane][p];
#endif
}

// --- planes and values to layers -------------------------------------------------------------------------------------

// Whether a plane has no bits but those of excluded pixels.
bool all_excluded(std::uint8_t const* plane, std::size_t bytes, std::uint8_t const* excluded) {
  d8 const d;
  constexpr std::size_t n = hn::MaxLanes(d8());
  auto any = hn::Zero(d);
  std::size_t j = 0;
  for (; j + n <= bytes; j += n) any = hn::Or(any, hn::AndNot(hn::LoadU(d, excluded + j), hn::LoadU(d, plane + j)));
  std::uint8_t rest = 0;
  for (; j < bytes; ++j) rest |= static_cast<std::uint8_t>(plane[j] & ~excluded[j]);
  return rest == 0 && hn::AllTrue(d, hn::Eq(any, hn::Zero(d)));
}

std::size_t count_filled(bit_planes const& planes, std::size_t count, std::uint8_t const* excluded) {
  auto filled = HWY_MIN(count, planes.written);
  if (all_excluded(planes[filled - 1], planes.bytes, excluded)) {
    do --filled;
    while (filled > 0 && all_excluded(planes[filled - 1], planes.bytes, excluded));
    return filled;
  }
  return filled == planes.written ? count : filled;  // planes that are not written are like the last
}

#if HWY_TARGET != HWY_SCALAR

// The sum of all bytes, which have `bits` bits, for each 8 of them. As many vectors are added up before as bytes hold:
// counts are small, and with eight at a time nearly nothing is left of what adding up takes.
template <std::size_t bits>
HWY_INLINE hn::Vec<d64> sums_of_8(hn::Vec<d8> const (&v)[8]) {
  constexpr std::size_t together = bits <= 5 ? 8 : bits == 6 ? 4 : bits == 7 ? 2 : 1;
  static_assert(together * ((1U << bits) - 1) <= 0xff);
  auto sums = hn::Zero(d64());
  for (std::size_t i = 0; i < 8; i += together) {
    auto some = v[i];
    for (std::size_t k = 1; k < together; ++k) some = hn::Add(some, v[i + k]);
    sums = hn::Add(sums, hn::SumsOf8(some));
  }
  return sums;
}

template <std::size_t filled>
std::uint64_t unshuffle_vectors(std::uint8_t const* const (&plane)[8], std::size_t bytes, std::uint8_t const* excluded,
                                std::uint8_t* layer) {
  d8 const d;
  auto sums = hn::Zero(d64());
  for (std::size_t j = 0; j < bytes; j += hn::MaxLanes(d8())) {
    auto const out = hn::LoadU(d, excluded + j);
    hn::Vec<d8> v[8];
    for (std::size_t k = 0; k < 8; ++k) v[k] = k < filled ? hn::AndNot(out, hn::LoadU(d, plane[k] + j)) : hn::Zero(d);
    transpose_bits<filled>(v);
    sums = hn::Add(sums, sums_of_8<filled>(v));
    hn::Vec<d64> pixels[8];
    interleave_8(v, pixels);
    for (std::size_t i = 0; i < 8; ++i) store_blocks(d, hn::BitCast(d, pixels[i]), layer + 8 * j + 16 * i, 128);
  }
  return hn::GetLane(hn::SumOfLanes(d64(), sums));
}

// By how many planes are filled, less one.
constexpr decltype(&unshuffle_vectors<1>) unshufflers[8] = {
    unshuffle_vectors<1>, unshuffle_vectors<2>, unshuffle_vectors<3>, unshuffle_vectors<4>,
    unshuffle_vectors<5>, unshuffle_vectors<6>, unshuffle_vectors<7>, unshuffle_vectors<8>};

#endif

std::uint64_t sum_bytes(std::uint8_t const* bytes, std::size_t size);

std::uint64_t unshuffle_layer(bit_planes const& planes, std::size_t layer_index, std::size_t filled,
                              std::uint8_t const* excluded, std::uint8_t* layer) {
  std::uint8_t const* plane[8];
  for (std::size_t k = 0; k < 8; ++k) plane[k] = planes[8 * layer_index + k];
  std::size_t j = 0;
  std::uint64_t sum = 0;
#if HWY_TARGET <= HWY_AVX3 && defined(__x86_64__)
  if (has_vbmi_and_gfni()) {
    j = planes.bytes / 64 * 64;
    unshuffle_vbmi(plane, filled, j, excluded, layer);
    sum = sum_bytes(layer, 8 * j);
  }
#endif
#if HWY_TARGET != HWY_SCALAR
  if (auto const whole = planes.bytes / hn::MaxLanes(d8()) * hn::MaxLanes(d8()); j < whole) {
    sum = unshufflers[filled - 1](plane, whole, excluded, layer);
    j = whole;
  }
#endif
  for (; j < planes.bytes; ++j) {
    std::uint64_t x = 0;
    for (std::size_t k = 0; k < filled; ++k)
      x |= std::uint64_t{static_cast<std::uint8_t>(plane[k][j] & ~excluded[j])} << 8 * k;
    x = transpose_8x8(x);
    for (std::size_t i = 0; i < 8; ++i) layer[8 * j + i] = static_cast<std::uint8_t>(x >> 8 * i);
    for (std::size_t i = 0; i < 8; ++i) sum += layer[8 * j + i];
  }
  return sum;
}

#if HWY_TARGET != HWY_SCALAR

// A vector of zeros and ones (all bits), one byte a pixel.
HWY_INLINE hn::Vec<d8> without(std::uint8_t const* excluded, std::size_t pixel, hn::Vec<d8> v) {
  d8 const d;
  return hn::IfThenZeroElse(hn::LoadMaskBits(d, excluded + pixel / 8), v);
}

template <std::size_t value_bytes>
HWY_INLINE void load_layers(std::uint8_t const* from, hn::Vec<d8> (&v)[4]) {
  d8 const d;
  if constexpr (value_bytes == 1) v[0] = hn::LoadU(d, from);
  if constexpr (value_bytes == 2) hn::LoadInterleaved2(d, from, v[0], v[1]);
  if constexpr (value_bytes == 4) hn::LoadInterleaved4(d, from, v[0], v[1], v[2], v[3]);
}

#endif

template <std::size_t value_bytes>
unsigned split(std::uint8_t const* values, std::size_t pixels, std::uint8_t const* excluded,
               std::uint8_t* const* layers) {
  unsigned present = 0;
  std::size_t p = 0;
#if HWY_TARGET != HWY_SCALAR
  d8 const d;
  constexpr std::size_t n = hn::MaxLanes(d8());
  hn::Vec<d8> any[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  for (; p + n <= pixels; p += n) {
    hn::Vec<d8> v[4];
    load_layers<value_bytes>(values + p * value_bytes, v);
    for (std::size_t k = 0; k < value_bytes; ++k) {
      v[k] = without(excluded, p, v[k]);
      any[k] = hn::Or(any[k], v[k]);
      hn::StoreU(v[k], d, layers[k] + p);
    }
  }
  for (std::size_t k = 0; k < value_bytes; ++k)
    if (!hn::AllTrue(d, hn::Eq(any[k], hn::Zero(d)))) present |= 1U << k;
#endif
  for (; p < pixels; ++p) {
    bool const out = (excluded[p / 8] >> (p % 8) & 1) != 0;
    for (std::size_t k = 0; k < value_bytes; ++k) {
      layers[k][p] = out ? std::uint8_t{0} : values[p * value_bytes + k];
      if (layers[k][p] != 0) present |= 1U << k;
    }
  }
  return present;
}

unsigned split_layers(std::byte const* values, std::size_t pixels, std::size_t value_bytes,
                      std::uint8_t const* excluded, std::uint8_t* const* layers) {
  auto const* const from = reinterpret_cast<std::uint8_t const*>(values);
  if (value_bytes == 1) return split<1>(from, pixels, excluded, layers);
  if (value_bytes == 2) return split<2>(from, pixels, excluded, layers);
  return split<4>(from, pixels, excluded, layers);
}

// --- sums and searches in layers -------------------------------------------------------------------------------------

// The sum over change(byte).
template <class F, class G>
HWY_INLINE std::uint64_t sum_of(std::uint8_t const* bytes, std::size_t size, F change, G change_one) {
  std::uint64_t sum = 0;
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  d8 const d;
  d64 const wide;
  constexpr std::size_t n = hn::MaxLanes(d8());
  auto sums = hn::Zero(wide);
  for (; i + n <= size; i += n) sums = hn::Add(sums, hn::SumsOf8(change(hn::LoadU(d, bytes + i))));
  sum = hn::GetLane(hn::SumOfLanes(wide, sums));
#else
  (void)change;
#endif
  for (; i < size; ++i) sum += change_one(bytes[i]);
  return sum;
}

std::uint64_t sum_bytes(std::uint8_t const* bytes, std::size_t size) {
  return sum_of(
      bytes, size, [](auto v) { return v; }, [](std::uint8_t b) { return b; });
}

std::uint64_t count_top_bits(std::uint8_t const* bytes, std::size_t size) {
  return sum_of(
      bytes, size,
      [](auto v) {
        d8 const d;
        return hn::IfThenElseZero(hn::Eq(hn::Max(v, hn::Set(d, 128)), v), hn::Set(d, 1));
      },
      [](std::uint8_t b) { return b >> 7; });
}

// A mask of the lanes that lie in one of the ranges.
template <class D>
HWY_INLINE auto within(D d, hn::VFromD<D> v, std::span<pattern_range const> ranges) {
  using value = hn::TFromD<D>;
  auto found = hn::FirstN(d, 0);
  for (auto const& range : ranges) {
    auto const from_first = hn::Sub(v, hn::Set(d, static_cast<value>(range.first)));
    auto const length = hn::Set(d, static_cast<value>(range.last - range.first));
    found = hn::Or(found, hn::Eq(hn::Min(from_first, length), from_first));
  }
  return found;
}

bool any_within(std::uint8_t const* low, std::uint8_t const* high, std::size_t pixels,
                std::span<pattern_range const> ranges) {
  d16 const d;
  hn::Rebind<std::uint8_t, d16> const bytes;
  constexpr std::size_t n = hn::MaxLanes(d16());
  std::size_t p = 0;
  for (; p + n <= pixels; p += n) {
    auto const v = hn::Or(hn::PromoteTo(d, hn::LoadU(bytes, low + p)),
                          hn::ShiftLeft<8>(hn::PromoteTo(d, hn::LoadU(bytes, high + p))));
    if (!hn::AllFalse(d, within(d, v, ranges))) return true;
  }
  for (; p < pixels; ++p)
    for (auto const& range : ranges)
      if (range.contains(static_cast<std::uint32_t>(low[p] | high[p] << 8))) return true;
  return false;
}

// --- layers to rows --------------------------------------------------------------------------------------------------

void make_rows_8(lane_layers const& low, std::size_t pixels, std::uint8_t* rows) {
#if HWY_TARGET <= HWY_AVX3 && defined(__x86_64__)
  if (has_vbmi_and_gfni()) return make_rows_vbmi(low, pixels, rows);
#endif
  transpose_layer(low, pixels, rows);
}

lane_layers shifted(lane_layers layers, std::size_t by) {
  for (auto& layer : layers) layer += by;
  return layers;
}

constexpr std::size_t tile = 64;  // pixels that are put together from several layers at a time

// Two layers of rows, interleaved byte by byte.
HWY_INLINE void pair_rows(std::uint8_t const* low, std::uint8_t const* high, std::size_t size, std::uint8_t* out) {
#if HWY_TARGET != HWY_SCALAR
  hn::FixedTag<std::uint8_t, 16> const d;
  for (std::size_t i = 0; i < size; i += 16) {
    auto const a = hn::LoadU(d, low + i), b = hn::LoadU(d, high + i);
    hn::StoreU(hn::InterleaveLower(d, a, b), d, out + 2 * i);
    hn::StoreU(hn::InterleaveUpper(d, a, b), d, out + 2 * i + 16);
  }
#else
  for (std::size_t i = 0; i < size; ++i) {
    out[2 * i] = low[i];
    out[2 * i + 1] = high[i];
  }
#endif
}

#if HWY_TARGET != HWY_SCALAR

// Of 16 pixels in every block, 8 from `half` · 8 on, of 8 lanes.
HWY_INLINE void rows_of_8_lanes(std::uint8_t const* const* low, std::uint8_t const* const* high, std::size_t p,
                                std::size_t half, std::uint16_t* rows) {
  d8 const d;
  d16 const w;
  hn::Vec<d16> v[8], pixel[8];
  for (std::size_t lane = 0; lane < 8; ++lane) {
    auto const a = hn::LoadU(d, low[lane] + p), b = hn::LoadU(d, high[lane] + p);
    v[lane] = hn::BitCast(w, half == 0 ? hn::InterleaveLower(d, a, b) : hn::InterleaveUpper(d, a, b));
  }
  transpose_lanes(v, pixel);
  auto* const to = reinterpret_cast<std::uint8_t*>(rows + (p + 8 * half) * lanes);
  for (std::size_t i = 0; i < 8; ++i)
    store_blocks(d, hn::BitCast(d, pixel[i]), to + i * lanes * sizeof *rows, 16 * lanes * sizeof *rows);
}

#endif

// Values are put together first and take their places then, 8 lanes at a time, as many as registers hold: by way of
// rows of single bytes it takes three times as long on AVX2.
void make_rows_16(lane_layers const& low, lane_layers const& high, std::size_t pixels, std::uint16_t* rows) {
#if HWY_TARGET <= HWY_AVX3 && defined(__x86_64__)
  if (has_vbmi_and_gfni()) return make_rows_vbmi(low, high, pixels, rows);
#endif
#if HWY_TARGET != HWY_SCALAR
  for (std::size_t p = 0; p < pixels; p += hn::MaxLanes(d8()))
    for (std::size_t half = 0; half < 2; ++half)
      for (std::size_t lane = 0; lane < lanes; lane += 8)
        rows_of_8_lanes(low.data() + lane, high.data() + lane, p, half, rows + lane);
#else
  for (std::size_t p = 0; p < pixels; ++p)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      rows[p * lanes + lane] = static_cast<std::uint16_t>(low[lane][p] | high[lane][p] << 8);
#endif
}

using df = hn::ScalableTag<float>;

// Bit patterns of a pixel type to float32, rounded once.
HWY_INLINE hn::Vec<df> to_float(pixel_type type, hn::Vec<d32> bits) {
  df const f;
  hn::RebindToSigned<df> const i;
  if (type == pixel_type::f32) return hn::BitCast(f, bits);
  if (type == pixel_type::i32) return hn::ConvertTo(f, hn::BitCast(i, bits));
  // Both halves are exact in float32, and so is the product: only the sum is rounded.
  auto const high = hn::ConvertTo(f, hn::BitCast(i, hn::ShiftRight<16>(bits)));
  auto const low = hn::ConvertTo(f, hn::BitCast(i, hn::And(bits, hn::Set(d32(), 0xffff))));
  return hn::Add(hn::Mul(high, hn::Set(f, 65536.0F)), low);
}

// Converts one row; returns the lanes that are special.
HWY_INLINE std::uint32_t convert_row(std::uint32_t const* bits, pixel_type type, std::span<pattern_range const> ranges,
                                     float* row) {
  d32 const d;
  df const f;
  constexpr std::size_t n = HWY_MIN(hn::MaxLanes(d32()), lanes);
  std::uint32_t special = 0;
  for (std::size_t lane = 0; lane < lanes; lane += n) {
    auto const v = hn::LoadU(d, bits + lane);
    hn::StoreU(to_float(type, v), f, row + lane);
    auto const found = within(d, v, ranges);
    if (!hn::AllFalse(d, found)) {
      alignas(64) std::uint8_t mask[8] = {};
      hn::StoreMaskBits(d, found, mask);
      special |= static_cast<std::uint32_t>(mask[0] | mask[1] << 8) << lane;
    }
  }
  return special;
}

std::size_t make_rows_32(std::array<lane_layers, layers_of_widest> const& layers, pixel_type type, std::size_t pixels,
                         std::span<pattern_range const> ranges, float* rows, special_row* found) {
  alignas(64) std::uint8_t bytes[2][tile * lanes];
  alignas(64) std::uint16_t halves[2][tile * lanes];
  alignas(64) std::uint32_t values[tile * lanes];
  std::size_t count = 0;
  for (std::size_t p = 0; p < pixels; p += tile) {
    auto const here = HWY_MIN(tile, pixels - p);
    for (std::size_t half = 0; half < 2; ++half) {
      transpose_layer(shifted(layers[2 * half], p), here, bytes[0]);
      transpose_layer(shifted(layers[2 * half + 1], p), here, bytes[1]);
      pair_rows(bytes[0], bytes[1], here * lanes, reinterpret_cast<std::uint8_t*>(halves[half]));
    }
    for (std::size_t i = 0; i < here * lanes; ++i) values[i] = halves[0][i] | std::uint32_t{halves[1][i]} << 16;
    for (std::size_t i = 0; i < here; ++i) {
      auto const special = convert_row(values + i * lanes, type, ranges, rows + (p + i) * lanes);
      if (special != 0) found[count++] = {static_cast<std::uint32_t>(p + i), special};
    }
  }
  return count;
}

// --- rows to sums ----------------------------------------------------------------------------------------------------

using dd = hn::CappedTag<double, 8>;
constexpr std::size_t doubles = hn::MaxLanes(dd());
// Vectors of lanes whose sums are kept in registers at a time.
constexpr std::size_t at_a_time = HWY_MIN(lanes / doubles, std::size_t{4});

using half_float = hn::Rebind<float, dd>;
using half_int = hn::Rebind<std::int32_t, dd>;

HWY_INLINE hn::Vec<dd> load_double(float const* row) { return hn::PromoteTo(dd(), hn::LoadU(half_float(), row)); }
template <class T>
HWY_INLINE hn::Vec<half_int> load_integer(T const* row) {
  return hn::PromoteTo(half_int(), hn::LoadU(hn::Rebind<T, dd>(), row));
}
template <class T>
HWY_INLINE hn::Vec<dd> load_double(T const* row) {
  return hn::PromoteTo(dd(), load_integer(row));
}
HWY_INLINE hn::Vec<half_float> load_float(float const* row) { return hn::LoadU(half_float(), row); }
template <class T>
HWY_INLINE hn::Vec<half_float> load_float(T const* row) {
  return hn::ConvertTo(half_float(), load_integer(row));
}

void sum_rows(float const* rows, std::size_t pixels, double* sums) {
  dd const d;
  for (std::size_t lane = 0; lane < lanes; lane += doubles) {
    auto sum = hn::LoadU(d, sums + lane);
    for (std::size_t p = 0; p < pixels; ++p) {
      auto const v = load_double(rows + p * lanes + lane);
      sum = hn::Add(sum, hn::IfThenElseZero(hn::Eq(v, v), v));
    }
    hn::StoreU(sum, d, sums + lane);
  }
}

template <class T, bool with_dark, bool with_variance>
void integrate_slice(T const* rows, matrix_slice const& slice, float variance_floor, double* sums) {
  dd const d;
  half_float const f;
  constexpr std::size_t n = doubles;
  auto const floor = hn::Set(d, static_cast<double>(variance_floor));
  for (std::size_t first = 0; first < lanes; first += at_a_time * n) {
    auto const* entry = slice.entries;
    auto const* dark = slice.dark;
    for (auto const& run : slice.runs) {
      hn::Vec<dd> signal[at_a_time], variance[at_a_time];
      for (std::size_t k = 0; k < at_a_time; ++k) signal[k] = variance[k] = hn::Zero(d);
      for (auto const* const end = entry + run.entries; entry != end; ++entry) {
        auto const c = hn::Set(d, static_cast<double>(entry->coefficient));
        auto const squared = hn::Mul(c, c);
        auto const* const row = rows + std::size_t{entry->pixel} * lanes + first;
        [[maybe_unused]] auto const dark_here = hn::Set(f, with_dark ? *dark++ : 0.0F);
        for (std::size_t k = 0; k < at_a_time; ++k) {
          auto const raw = load_double(row + k * n);
          auto s = raw;
          if constexpr (with_dark) s = hn::PromoteTo(d, hn::Sub(load_float(row + k * n), dark_here));
          auto v = hn::Max(raw, floor);
          if constexpr (std::is_same_v<T, float>) {
            auto const alive = hn::Eq(raw, raw);
            s = hn::IfThenElseZero(alive, s);
            v = hn::IfThenElseZero(alive, v);
          }
          signal[k] = hn::MulAdd(c, s, signal[k]);
          if constexpr (with_variance) variance[k] = hn::MulAdd(squared, v, variance[k]);
        }
      }
      auto* const bin = sums + std::size_t{run.bin} * 2 * lanes + first;
      for (std::size_t k = 0; k < at_a_time; ++k) {
        hn::StoreU(hn::Add(hn::LoadU(d, bin + k * n), signal[k]), d, bin + k * n);
        if constexpr (with_variance)
          hn::StoreU(hn::Add(hn::LoadU(d, bin + lanes + k * n), variance[k]), d, bin + lanes + k * n);
      }
    }
  }
}

template <class T>
HWY_INLINE void integrate_rows(T const* rows, matrix_slice const& slice, variance_rule variance, double* sums) {
  if (slice.dark != nullptr)
    variance.wanted ? integrate_slice<T, true, true>(rows, slice, variance.floor, sums)
                    : integrate_slice<T, true, false>(rows, slice, variance.floor, sums);
  else
    variance.wanted ? integrate_slice<T, false, true>(rows, slice, variance.floor, sums)
                    : integrate_slice<T, false, false>(rows, slice, variance.floor, sums);
}

void integrate_8(std::uint8_t const* rows, matrix_slice const& slice, variance_rule variance, double* sums) {
  integrate_rows(rows, slice, variance, sums);
}
void integrate_16(std::uint16_t const* rows, matrix_slice const& slice, variance_rule variance, double* sums) {
  integrate_rows(rows, slice, variance, sums);
}
void integrate_32(float const* rows, matrix_slice const& slice, variance_rule variance, double* sums) {
  integrate_rows(rows, slice, variance, sums);
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(target_name);
HWY_EXPORT(count_filled);
HWY_EXPORT(unshuffle_layer);
HWY_EXPORT(split_layers);
HWY_EXPORT(sum_bytes);
HWY_EXPORT(count_top_bits);
HWY_EXPORT(any_within);
HWY_EXPORT(make_rows_8);
HWY_EXPORT(make_rows_16);
HWY_EXPORT(make_rows_32);
HWY_EXPORT(sum_rows);
HWY_EXPORT(integrate_8);
HWY_EXPORT(integrate_16);
HWY_EXPORT(integrate_32);

std::string instruction_set() {
  std::string const name = HWY_DYNAMIC_DISPATCH(target_name)();
  if (name.starts_with("AVX3")) return "AVX-512";
  return name == "SCALAR" ? "no SIMD" : name;
}

std::size_t count_filled(bit_planes const& planes, std::size_t count, std::uint8_t const* excluded) {
  return HWY_DYNAMIC_DISPATCH(count_filled)(planes, count, excluded);
}
std::uint64_t unshuffle_layer(bit_planes const& planes, std::size_t k, std::size_t filled, std::uint8_t const* excluded,
                              std::uint8_t* layer) {
  return HWY_DYNAMIC_DISPATCH(unshuffle_layer)(planes, k, filled, excluded, layer);
}
unsigned split_layers(std::byte const* values, std::size_t pixels, std::size_t value_bytes,
                      std::uint8_t const* excluded, std::uint8_t* const* layers) {
  return HWY_DYNAMIC_DISPATCH(split_layers)(values, pixels, value_bytes, excluded, layers);
}
std::uint64_t sum_bytes(std::uint8_t const* bytes, std::size_t size) {
  return HWY_DYNAMIC_DISPATCH(sum_bytes)(bytes, size);
}
std::uint64_t count_top_bits(std::uint8_t const* bytes, std::size_t size) {
  return HWY_DYNAMIC_DISPATCH(count_top_bits)(bytes, size);
}
bool any_within(std::uint8_t const* low, std::uint8_t const* high, std::size_t pixels,
                std::span<pattern_range const> ranges) {
  return HWY_DYNAMIC_DISPATCH(any_within)(low, high, pixels, ranges);
}
void make_rows(lane_layers const& low, std::size_t pixels, std::uint8_t* rows) {
  HWY_DYNAMIC_DISPATCH(make_rows_8)(low, pixels, rows);
}
void make_rows(lane_layers const& low, lane_layers const& high, std::size_t pixels, std::uint16_t* rows) {
  HWY_DYNAMIC_DISPATCH(make_rows_16)(low, high, pixels, rows);
}
std::size_t make_rows(std::array<lane_layers, layers_of_widest> const& layers, pixel_type type, std::size_t pixels,
                      std::span<pattern_range const> ranges, float* rows, special_row* found) {
  return HWY_DYNAMIC_DISPATCH(make_rows_32)(layers, type, pixels, ranges, rows, found);
}
void sum_rows(float const* rows, std::size_t pixels, double* sums) {
  HWY_DYNAMIC_DISPATCH(sum_rows)(rows, pixels, sums);
}
void integrate(std::uint8_t const* rows, matrix_slice const& slice, variance_rule variance, double* sums) {
  HWY_DYNAMIC_DISPATCH(integrate_8)(rows, slice, variance, sums);
}
void integrate(std::uint16_t const* rows, matrix_slice const& slice, variance_rule variance, double* sums) {
  HWY_DYNAMIC_DISPATCH(integrate_16)(rows, slice, variance, sums);
}
void integrate(float const* rows, matrix_slice const& slice, variance_rule variance, double* sums) {
  HWY_DYNAMIC_DISPATCH(integrate_32)(rows, slice, variance, sums);
}

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
