#include "kernels/cpu/simd_vbmi.hpp"

#include "kernels/cpu/instruction_set.hpp"

#if defined(__x86_64__)

#include <array>

#include <immintrin.h>

#include <hwy/base.h>

// GCC 12 takes the undefined values in its own header for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace xrdct::cpu::simd {
namespace {

using permutation = std::array<std::uint8_t, 64>;

// Interleaving works within blocks of 16 bytes. Permuting bytes first, block b byte 2i + t from byte 8i + 2b + t, lets
// the i-th vector of interleaved planes have bytes 8i to 8i + 7 of all of them: 64 pixels that follow each other.
constexpr permutation order_of_planes() {
  permutation made{};
  for (unsigned b = 0; b < 4; ++b)
    for (unsigned i = 0; i < 8; ++i)
      for (unsigned t = 0; t < 2; ++t) made[16 * b + 2 * i + t] = static_cast<std::uint8_t>(8 * i + 2 * b + t);
  return made;
}

// The same for rows: block b byte i from byte 4i + b, so that the i-th vector has the rows of pixels 4i to 4i + 3.
constexpr permutation order_of_pixels() {
  permutation made{};
  for (unsigned b = 0; b < 4; ++b)
    for (unsigned i = 0; i < 16; ++i) made[16 * b + i] = static_cast<std::uint8_t>(4 * i + b);
  return made;
}

alignas(64) constexpr permutation plane_order = order_of_planes();
alignas(64) constexpr permutation pixel_order = order_of_pixels();

}  // namespace
}  // namespace xrdct::cpu::simd

HWY_PUSH_ATTRIBUTES("avx,avx2,bmi,bmi2,avx512f,avx512vl,avx512bw,avx512dq,avx512vbmi,gfni")

namespace xrdct::cpu::simd {
namespace {

HWY_INLINE __m512i load(std::uint8_t const* from) { return _mm512_loadu_si512(from); }

// Transposes the bits of every 64-bit lane, whose bytes are rows of a matrix from the last to the first: multiplying
// the unit vectors by the matrix gives its columns.
HWY_INLINE __m512i transpose_bits(__m512i reversed) {
  return _mm512_gf2p8affine_epi64_epi8(_mm512_set1_epi64(static_cast<long long>(0x8040201008040201ULL)), reversed, 0);
}

// One round of interleaving two halves of 16 vectors: four of them transpose blocks of 16 × 16 bytes.
HWY_INLINE void interleave(__m512i const (&v)[16], __m512i (&out)[16]) {
  for (int i = 0; i < 8; ++i) {
    out[2 * i] = _mm512_unpacklo_epi8(v[i], v[i + 8]);
    out[2 * i + 1] = _mm512_unpackhi_epi8(v[i], v[i + 8]);
  }
}

// 64 pixels of 16 lanes: vector i of the result has the rows of pixels 4i to 4i + 3.
HWY_INLINE void rows_of_64(lane_layers const& layers, std::size_t first, __m512i (&v)[16]) {
  auto const order = load(pixel_order.data());
  __m512i t[16];
  for (std::size_t lane = 0; lane < lanes; ++lane) v[lane] = _mm512_permutexvar_epi8(order, load(layers[lane] + first));
  interleave(v, t);
  interleave(t, v);
  interleave(v, t);
  interleave(t, v);
}

}  // namespace

void unshuffle_vbmi(std::uint8_t const* const (&planes)[8], std::size_t filled, std::size_t bytes,
                    std::uint8_t const* excluded, std::uint8_t* layer) {
  auto const order = load(plane_order.data());
  for (std::size_t j = 0; j < bytes; j += 64) {
    auto const out = load(excluded + j);
    __m512i p[8];
    for (std::size_t k = 0; k < 8; ++k)
      p[k] = k < filled ? _mm512_permutexvar_epi8(order, _mm512_andnot_si512(out, load(planes[k] + j)))
                        : _mm512_setzero_si512();
    __m512i const pairs[8] = {_mm512_unpacklo_epi8(p[7], p[6]), _mm512_unpackhi_epi8(p[7], p[6]),
                              _mm512_unpacklo_epi8(p[5], p[4]), _mm512_unpackhi_epi8(p[5], p[4]),
                              _mm512_unpacklo_epi8(p[3], p[2]), _mm512_unpackhi_epi8(p[3], p[2]),
                              _mm512_unpacklo_epi8(p[1], p[0]), _mm512_unpackhi_epi8(p[1], p[0])};
    for (std::size_t half = 0; half < 2; ++half) {  // bytes 0–7 and 8–15 of every block
      auto const a = pairs[half], b = pairs[2 + half], c = pairs[4 + half], d = pairs[6 + half];
      auto const upper_low = _mm512_unpacklo_epi16(a, b), upper_high = _mm512_unpackhi_epi16(a, b);
      auto const lower_low = _mm512_unpacklo_epi16(c, d), lower_high = _mm512_unpackhi_epi16(c, d);
      __m512i const words[4] = {
          _mm512_unpacklo_epi32(upper_low, lower_low), _mm512_unpackhi_epi32(upper_low, lower_low),
          _mm512_unpacklo_epi32(upper_high, lower_high), _mm512_unpackhi_epi32(upper_high, lower_high)};
      for (std::size_t i = 0; i < 4; ++i)
        _mm512_storeu_si512(layer + 8 * j + 256 * half + 64 * i, transpose_bits(words[i]));
    }
  }
}

void make_rows_vbmi(lane_layers const& low, std::size_t pixels, std::uint8_t* rows) {
  for (std::size_t p = 0; p < pixels; p += 64) {
    __m512i v[16];
    rows_of_64(low, p, v);
    for (std::size_t i = 0; i < 16; ++i) _mm512_storeu_si512(rows + (p + 4 * i) * lanes, v[i]);
  }
}

void make_rows_vbmi(lane_layers const& low, lane_layers const& high, std::size_t pixels, std::uint16_t* rows) {
  auto const first_half = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  auto const second_half = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  for (std::size_t p = 0; p < pixels; p += 64) {
    __m512i v[16], w[16];
    rows_of_64(low, p, v);
    rows_of_64(high, p, w);
    for (std::size_t i = 0; i < 16; ++i) {
      auto const a = _mm512_unpacklo_epi8(v[i], w[i]), b = _mm512_unpackhi_epi8(v[i], w[i]);
      auto* const to = rows + (p + 4 * i) * lanes;
      _mm512_storeu_si512(to, _mm512_permutex2var_epi64(a, first_half, b));
      _mm512_storeu_si512(to + 2 * lanes, _mm512_permutex2var_epi64(a, second_half, b));
    }
  }
}

}  // namespace xrdct::cpu::simd

HWY_POP_ATTRIBUTES

namespace xrdct::cpu::simd {

bool has_vbmi_and_gfni() {
  return uses_vbmi() && __builtin_cpu_supports("avx512vbmi") != 0 && __builtin_cpu_supports("gfni") != 0;
}

}  // namespace xrdct::cpu::simd

#else

namespace xrdct::cpu::simd {

bool has_vbmi_and_gfni() { return false; }
void unshuffle_vbmi(std::uint8_t const* const (&)[8], std::size_t, std::size_t, std::uint8_t const*, std::uint8_t*) {}
void make_rows_vbmi(lane_layers const&, std::size_t, std::uint8_t*) {}
void make_rows_vbmi(lane_layers const&, lane_layers const&, std::size_t, std::uint16_t*) {}

}  // namespace xrdct::cpu::simd

#endif
