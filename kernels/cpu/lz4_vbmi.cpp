#include "kernels/cpu/lz4_vbmi.hpp"

#include "kernels/cpu/instruction_set.hpp"

#if defined(__x86_64__)

#include <array>

#include <immintrin.h>

// GCC 12 takes the undefined values in its own header for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace xrdct::cpu {
namespace {

struct vbmi_tables {
  alignas(64) std::array<std::uint8_t, 64> ramp{};                         // 0, 1, 2, …
  alignas(64) std::array<std::array<std::uint8_t, 32>, 33> from_window{};  // [offset]: which of the last 32 bytes
  alignas(64) std::array<std::array<std::uint8_t, 64>, 65> from_first{};   // [offset]: which of `offset` bytes
};

constexpr vbmi_tables make_tables() {
  vbmi_tables made;
  for (unsigned i = 0; i < 64; ++i) made.ramp[i] = static_cast<std::uint8_t>(i);
  for (unsigned offset = 1; offset <= 64; ++offset)
    for (unsigned i = 0; i < 64; ++i) made.from_first[offset][i] = static_cast<std::uint8_t>(i % offset);
  for (unsigned offset = 1; offset <= 32; ++offset)
    for (unsigned i = 0; i < 32; ++i) made.from_window[offset][i] = static_cast<std::uint8_t>(32 - offset + i % offset);
  return made;
}

constexpr vbmi_tables tables = make_tables();

}  // namespace
}  // namespace xrdct::cpu

HWY_PUSH_ATTRIBUTES("avx,avx2,bmi,bmi2,avx512f,avx512vl,avx512bw,avx512dq,avx512vbmi")

namespace xrdct::cpu {
namespace {

#include "kernels/cpu/lz4_loop-inl.hpp"

HWY_INLINE __m256i load_32(std::uint8_t const* from) {
  return _mm256_loadu_si256(reinterpret_cast<__m256i const*>(from));
}
HWY_INLINE void store_32(std::uint8_t* to, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), v); }
HWY_INLINE __m512i load_64(std::uint8_t const* from) { return _mm512_loadu_si512(from); }
HWY_INLINE void store_64(std::uint8_t* to, __m512i v) { _mm512_storeu_si512(to, v); }

HWY_INLINE __m256i ramp(std::size_t from) { return load_32(tables.ramp.data() + from); }

/// The last 32 bytes that have been decoded, in a register: matches at short offsets would otherwise load what has
/// just been stored in pieces, which processors are slow at. Six in ten matches of counting frames have offsets
/// below 32.
class vbmi_window {
 public:
  HWY_INLINE vbmi_window()
      : last_(_mm256_setzero_si256()), literals_(_mm256_setzero_si256()), behind_literals_(_mm256_setzero_si256()) {}

  HWY_INLINE void short_literals(std::uint8_t const* in, std::size_t count, std::uint8_t* out) {
    auto const v = _mm_loadu_si128(reinterpret_cast<__m128i const*>(in));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
    literals_ = _mm256_castsi128_si256(v);
    behind_literals_ = ramp(count);
  }

  // Most of those that are long are up to 128: without a loop, which ends when nothing foretells it, blocks take 2 %
  // less time.
  HWY_INLINE void long_literals(std::uint8_t const* in, std::size_t count, std::uint8_t* out) {
    store_64(out, load_64(in));
    store_64(out + 64, load_64(in + 64));
    for (std::size_t i = 128; i < count; i += 64) store_64(out + i, load_64(in + i));
    if (count >= 32) {
      last_ = load_32(in + count - 32);
    } else {
      last_ = _mm256_permutex2var_epi8(last_, ramp(count), load_32(in));
    }
    behind_literals_ = ramp(0);
  }

  // Without branches: short and long offsets come by turns, and nothing foretells them. All bytes come from the window
  // (counted from 0), the literals (from 32) or from memory (from 64), and it is these numbers that are permuted first:
  // they depend on the sequences' lengths alone, so that from one window to the next there is a single step.
  HWY_INLINE void short_match(std::uint8_t* out, std::size_t length, std::size_t offset) {
    branchless const near(offset < 32);
    auto const near_mask = static_cast<__mmask32>(near.bits());
    auto const far_bytes = load_32(near.choose(lz4_zeros, out - offset));
    auto const near_places =
        _mm256_permutexvar_epi8(load_32(tables.from_window[HWY_MIN(offset, 32)].data()), behind_literals_);
    auto const near_bytes = _mm256_permutex2var_epi8(last_, near_places, literals_);
    store_32(out, _mm256_mask_blend_epi8(near_mask, far_bytes, near_bytes));

    auto const far_places = _mm256_add_epi8(ramp(0), _mm256_set1_epi8(64));
    auto const match_places = _mm256_mask_blend_epi8(near_mask, far_places, near_places);
    auto const places = _mm256_permutex2var_epi8(behind_literals_, ramp(length), match_places);
    auto const in_window = _mm256_testn_epi8_mask(places, _mm256_set1_epi8(32 | 64));
    auto const others = _mm256_permutex2var_epi8(far_bytes, places, literals_);
    last_ = _mm256_mask_permutexvar_epi8(others, in_window, places, last_);
  }

  // The bytes are loaded one period earlier, where they have been stored for longer.
  HWY_INLINE void long_match(std::uint8_t* out, std::size_t length, std::size_t offset) {
    repeat(out, out + length, offset);
    last_ = load_32(out + length - 32 - offset);
  }

  /// Writes the match up to `end`, and up to 63 bytes behind it.
  HWY_INLINE void repeat(std::uint8_t* out, std::uint8_t* end, std::size_t offset) const {
    if (offset >= 64) {
      do {
        store_64(out, load_64(out - offset));
        out += 64;
      } while (out < end);
    } else {
      auto const pattern = _mm512_permutexvar_epi8(load_64(tables.from_first[offset].data()), load_64(out - offset));
      auto const step = 64 - 64 % offset;
      do {
        store_64(out, pattern);
        out += step;
      } while (out < end);
    }
  }

 private:
  __m256i last_;             // without the literals
  __m256i literals_;         // of the sequence, from the first on
  __m256i behind_literals_;  // which bytes of both are the last 32
};

}  // namespace

std::size_t decode_lz4_vbmi(lz4_block const& block) { return sequence_decoder<vbmi_window>(block).run(); }

}  // namespace xrdct::cpu

HWY_POP_ATTRIBUTES

namespace xrdct::cpu {

bool has_vbmi() { return uses_vbmi() && __builtin_cpu_supports("avx512vbmi") != 0; }

}  // namespace xrdct::cpu

#else

namespace xrdct::cpu {

bool has_vbmi() { return false; }
std::size_t decode_lz4_vbmi(lz4_block const& /*block*/) { return 0; }

}  // namespace xrdct::cpu

#endif
