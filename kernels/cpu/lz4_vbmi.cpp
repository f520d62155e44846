#include "kernels/cpu/lz4_vbmi.hpp"

#include "kernels/cpu/instruction_set.hpp"
#include "kernels/cpu/lz4_planes.hpp"

#if defined(__x86_64__)

#include <array>

#include <immintrin.h>

// GCC 12 takes the undefined values in its own header for mistakes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace xrdct::cpu {
namespace {

// Bytes of the window are counted from 0 to 63 (the first 16 are literals), those from memory from 64 to 127.
constexpr std::size_t window_bytes = 48, farthest_period = 64;

struct vbmi_tables {
  alignas(64) std::array<std::uint8_t, 128> ramp{};  // 0, 1, 2, …
  alignas(64) std::array<std::uint8_t, 128> wrap{};  // the same, modulo 64
  // [offset]: which bytes a match is, of a window that ends with 63; beyond it, of bytes from memory.
  alignas(64) std::array<std::array<std::uint8_t, 64>, farthest_period + 1> match{};
  std::array<std::uint8_t, farthest_period + 1> periods{};  // [offset]: bytes of the whole periods among 64
};

constexpr vbmi_tables make_tables() {
  vbmi_tables made;
  for (unsigned i = 0; i < 128; ++i) made.ramp[i] = static_cast<std::uint8_t>(i);
  for (unsigned i = 0; i < 128; ++i) made.wrap[i] = static_cast<std::uint8_t>(i % 64);
  for (unsigned offset = 1; offset <= farthest_period; ++offset) {
    auto const first = offset <= window_bytes ? 64 - offset : 64;
    for (unsigned i = 0; i < 64; ++i) made.match[offset][i] = static_cast<std::uint8_t>(first + i % offset);
    made.periods[offset] = static_cast<std::uint8_t>(64 - 64 % offset);
  }
  return made;
}

constexpr vbmi_tables tables = make_tables();

}  // namespace
}  // namespace xrdct::cpu

HWY_PUSH_ATTRIBUTES("avx,avx2,bmi,bmi2,avx512f,avx512vl,avx512bw,avx512dq,avx512vbmi")

namespace xrdct::cpu {
namespace {

#include "kernels/cpu/lz4_loop-inl.hpp"

HWY_INLINE __m512i load_64(std::uint8_t const* from) { return _mm512_loadu_si512(from); }
HWY_INLINE void store_64(std::uint8_t* to, __m512i v) { _mm512_storeu_si512(to, v); }

HWY_INLINE __m512i ramp(std::size_t from) { return load_64(tables.ramp.data() + from); }

/// The last 48 bytes that have been decoded, in a register: matches at short offsets would otherwise load what has
/// just been stored in pieces, which processors are slow at. Six in ten matches of counting frames have offsets
/// below 32. The literals of a sequence share it, and memory is the other source: of all three a single permutation
/// picks what a match is, and another one the next window.
class vbmi_window {
 public:
  // One match in seven is longer where single crystals shine, and nothing foretells which: of 32, two in seven are.
  static constexpr std::size_t short_match_bytes = 64;

  HWY_INLINE vbmi_window() : bytes_(_mm512_setzero_si512()), last_(_mm512_setzero_si512()) {}

  HWY_INLINE void short_literals(std::uint8_t const* in, std::size_t count, std::uint8_t* out) {
    auto const v = _mm_loadu_si128(reinterpret_cast<__m128i const*>(in));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
    bytes_ = _mm512_inserti32x4(bytes_, v, 0);
    last_ = load_64(tables.wrap.data() + count);
  }

  // Most of those that are long are up to 128: without a loop, which ends when nothing foretells it, blocks take 2 %
  // less time.
  HWY_INLINE void long_literals(std::uint8_t const* in, std::size_t count, std::uint8_t* out) {
    store_64(out, load_64(in));
    store_64(out + 64, load_64(in + 64));
    for (std::size_t i = 128; i < count; i += 64) store_64(out + i, load_64(in + i));
    bytes_ = _mm512_permutex2var_epi8(bytes_, ramp(HWY_MIN(count, 64)), load_64(in + HWY_MAX(count, 64) - 64));
    last_ = ramp(0);
  }

  // Without branches: short and long offsets come by turns, and nothing foretells them. It is numbers of bytes that are
  // permuted first: they depend on the sequences' lengths alone, so that from one window to the next there are two
  // steps (one is that of the literals).
  HWY_INLINE void short_match(std::uint8_t* out, std::uint8_t const* from, std::size_t length, std::size_t offset) {
    auto const found = find(from, offset);
    auto const places = _mm512_permutex2var_epi8(last_, ramp(length), found.places);
    store_64(out, first_64(found));
    bytes_ = _mm512_permutex2var_epi8(bytes_, places, found.memory);
  }

  // Without a branch on the offset, and up to 192 bytes (three times the whole periods in 64, where it is a shorter
  // one) without one on the length. What has just been stored in pieces is not loaded, not even masked out: blocks
  // where single crystals shine take 0.76 of the time.
  static_assert(3 * 64 - short_match_bytes <= planes_slack, "192 bytes are written, however short the match");
  HWY_INLINE void long_match(std::uint8_t* out, std::uint8_t const* from, std::size_t length, std::size_t offset) {
    branchless const periodic(offset < farthest_period);
    auto const period = HWY_MIN(offset, farthest_period);
    auto const first = first_64(find(from, offset));
    auto const others = static_cast<__mmask64>(~periodic.bits());
    auto const* const loaded = periodic.choose(lz4_zeros, from);
    std::size_t const step = tables.periods[period];
    store_64(out, first);
    store_64(out + step, _mm512_mask_blend_epi8(others, first, load_64(loaded + 64)));
    store_64(out + 2 * step, _mm512_mask_blend_epi8(others, first, load_64(loaded + 128)));
    for (std::size_t i = 3 * step; HWY_UNLIKELY(i < length); i += step)
      store_64(out + i, _mm512_mask_blend_epi8(others, first, load_64(periodic.choose(lz4_zeros, from + i))));

    auto const in_first = _mm512_permutexvar_epi8(places_in_period(length - 64, period), first);
    auto const in_memory = load_64(periodic.choose(lz4_zeros, from + length - 64));
    bytes_ = _mm512_mask_blend_epi8(others, in_first, in_memory);
  }

  /// Writes the match up to `end`, and up to 63 bytes behind it.
  HWY_INLINE void repeat(std::uint8_t* out, std::uint8_t const* from, std::uint8_t* end, std::size_t offset) const {
    if (offset >= farthest_period) {
      do {
        store_64(out, load_64(from));
        out += 64;
        from += 64;
      } while (out < end);
    } else {
      auto const first = first_64(find(from, offset));
      do {
        store_64(out, first);
        out += tables.periods[offset];
      } while (out < end);
    }
  }

 private:
  struct source {
    __m512i places;  // in bytes_, and from 64 on in memory
    __m512i memory;
  };

  HWY_INLINE source find(std::uint8_t const* from, std::size_t offset) const {
    branchless const near(offset <= window_bytes);
    auto const in_memory = _mm512_add_epi8(ramp(0), _mm512_set1_epi8(64));
    auto const match = load_64(tables.match[HWY_MIN(offset, farthest_period)].data());
    return {_mm512_permutex2var_epi8(last_, match, in_memory), load_64(near.choose(lz4_zeros, from))};
  }

  HWY_INLINE __m512i first_64(source const& from) const {
    return _mm512_permutex2var_epi8(bytes_, from.places, from.memory);
  }

  /// Of 64 bytes from `begin` on of what has this period: which of its first bytes they are.
  HWY_INLINE static __m512i places_in_period(std::size_t begin, std::size_t period) {
    auto const match = load_64(tables.match[period].data());
    auto const in_period = _mm512_sub_epi8(match, _mm512_broadcastb_epi8(_mm512_castsi512_si128(match)));
    auto const phase = static_cast<unsigned>(begin) % static_cast<unsigned>(period);
    auto const places = _mm512_add_epi8(in_period, _mm512_set1_epi8(static_cast<char>(phase)));
    // Below the period, the difference wraps, and is larger.
    return _mm512_min_epu8(places, _mm512_sub_epi8(places, _mm512_set1_epi8(static_cast<char>(period))));
  }

  __m512i bytes_;  // 16 literals of the sequence, and the 48 bytes before it
  __m512i last_;   // from 16 on: which of them are the last 48 behind the literals
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
