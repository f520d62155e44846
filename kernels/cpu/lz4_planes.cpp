#include "kernels/cpu/lz4_planes.hpp"

#include "kernels/cpu/lz4_loop.hpp"
#include "kernels/cpu/lz4_tables.hpp"
#include "kernels/cpu/lz4_vbmi.hpp"

#include <lz4.h>

#include <algorithm>
#include <climits>

// SSE4 is as old as SSSE3; vectors of unknown length permute no 16 bytes.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/lz4_planes.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

namespace hn = hwy::HWY_NAMESPACE;

#include "kernels/cpu/lz4_loop-inl.hpp"

using d16 = hn::FixedTag<std::uint8_t, 16>;
using bytes16 = hn::Vec<d16>;

HWY_INLINE bytes16 load_16(std::uint8_t const* from) { return hn::LoadU(d16(), from); }
HWY_INLINE void store_16(std::uint8_t* to, bytes16 v) { hn::StoreU(v, d16(), to); }
HWY_INLINE bytes16 pick(bytes16 from, std::uint8_t const* which) {
  return hn::TableLookupBytesOr0(from, load_16(which));
}

// 32 bytes: one vector, or two where vectors are shorter.
#if HWY_MAX_BYTES >= 32
using d32 = hn::FixedTag<std::uint8_t, 32>;
using bytes32 = hn::Vec<d32>;

HWY_INLINE bytes32 join(bytes16 low, bytes16 high) { return hn::Combine(d32(), high, low); }
HWY_INLINE bytes32 load_32(std::uint8_t const* from) { return hn::LoadU(d32(), from); }
HWY_INLINE void store_32(std::uint8_t* to, bytes32 v) { hn::StoreU(v, d32(), to); }
HWY_INLINE bytes32 either(bytes32 a, bytes32 b) { return hn::Or(a, b); }
HWY_INLINE bytes32 only_where(branchless condition, bytes32 v) {
  return hn::And(v, hn::BitCast(d32(), hn::Set(hn::Repartition<std::uint64_t, d32>(), condition.bits())));
}
#else
struct bytes32 {
  bytes16 low, high;
};

HWY_INLINE bytes32 join(bytes16 low, bytes16 high) { return {low, high}; }
HWY_INLINE bytes32 load_32(std::uint8_t const* from) { return {load_16(from), load_16(from + 16)}; }
HWY_INLINE void store_32(std::uint8_t* to, bytes32 v) {
  store_16(to, v.low);
  store_16(to + 16, v.high);
}
HWY_INLINE bytes32 either(bytes32 a, bytes32 b) { return {hn::Or(a.low, b.low), hn::Or(a.high, b.high)}; }
HWY_INLINE bytes32 only_where(branchless condition, bytes32 v) {
  auto const mask = hn::BitCast(d16(), hn::Set(hn::Repartition<std::uint64_t, d16>(), condition.bits()));
  return {hn::And(v.low, mask), hn::And(v.high, mask)};
}
#endif

/// A match, 32 bytes at a time: at offsets below 32 the first of them again and again, elsewhere what memory has
/// by then.
class match_bytes {
 public:
  HWY_INLINE match_bytes(bytes32 first, std::uint8_t const* from, std::size_t offset) : first_(first) {
    branchless const periodic(offset < 32);
    repeated_ = only_where(periodic, first);
    next_ = periodic.choose(lz4_zeros, from + 32);
    advance_ = 32 & ~periodic.bits();
    step_ = lz4_lookup.periods[HWY_MIN(offset, 32)];
  }

  /// How many of the bytes that are stored at a time count.
  HWY_INLINE std::size_t step() const { return step_; }
  HWY_INLINE void store_first(std::uint8_t* out) const { store_32(out, first_); }
  HWY_INLINE void store_next(std::uint8_t* out) {
    store_32(out, either(repeated_, load_32(next_)));
    next_ += advance_;
  }

 private:
  bytes32 first_, repeated_;
  std::uint8_t const* next_;
  std::size_t advance_, step_;
};

/// The last 16 bytes that have been decoded, in a register: matches at short offsets would otherwise load what has
/// just been stored in pieces, which processors are slow at. Half of the matches of counting frames have offsets
/// below 16.
class window_16 {
 public:
  // One match in 14 is longer in counting frames (4 million pixels of 32 bits), two in seven where single crystals
  // shine.
  static constexpr std::size_t short_match_bytes = 32;

  HWY_INLINE window_16() : last_(hn::Zero(d16())) {}

  HWY_INLINE void short_literals(std::uint8_t const* in, std::size_t count, std::uint8_t* out) {
    auto const v = load_16(in);
    store_16(out, v);
    last_ = hn::Or(pick(last_, lz4_lookup.behind + 16 + count), pick(v, lz4_lookup.behind + count));
  }

  HWY_INLINE void long_literals(std::uint8_t const* in, std::size_t count, std::uint8_t* out) {
    for (std::size_t i = 0; i < count; i += 32) {
      store_16(out + i, load_16(in + i));
      store_16(out + i + 16, load_16(in + i + 16));
    }
    // 15 are one less than a vector; the byte before them is in the window.
    last_ = count >= 16 ? load_16(in + count - 16)
                        : hn::Or(pick(last_, lz4_lookup.behind + 16 + 15), pick(load_16(in), lz4_lookup.behind + 15));
  }

  // Without branches: short and long offsets come by turns, and nothing foretells them. Instead, what does not apply is
  // zero: bytes from the window where the offset leads behind it, bytes from memory where it does not.
  HWY_INLINE void short_match(std::uint8_t* out, std::uint8_t const* from, std::size_t length, std::size_t offset) {
    branchless const near(offset < 16);
    auto const row = HWY_MIN(offset, 16);
    from = near.choose(lz4_zeros + 16, from);
    auto const* const which = lz4_lookup.history[row];
    store_16(out, hn::Or(pick(last_, which + 16), load_16(from)));
    store_16(out + 16, hn::Or(pick(last_, which + 32), load_16(from + 16)));
    last_ =
        hn::Or(pick(last_, which + length), hn::And(load_16(from + length - 16), load_16(lz4_lookup.keep + length)));
  }

  // Up to 128 bytes (four times the whole periods in 32, where it is a shorter one) without a branch on the length, and
  // without one on the offset: blocks where single crystals shine take an eighth less time (AVX2) than with loops of 16
  // bytes behind a branch. The last bytes are loaded one period earlier, where most have been stored for longer.
  static_assert(4 * 32 - short_match_bytes <= planes_slack, "128 bytes are written, however short; the loop writes 63");
  HWY_INLINE void long_match(std::uint8_t* out, std::uint8_t const* from, std::size_t length, std::size_t offset) {
    auto match = find(from, offset);
    auto const step = match.step();
    match.store_first(out);
    match.store_next(out + step);
    match.store_next(out + 2 * step);
    match.store_next(out + 3 * step);
    for (std::size_t i = 4 * step; HWY_UNLIKELY(i < length); i += 2 * step) {
      match.store_next(out + i);
      match.store_next(out + i + step);
    }
    last_ = load_16(from + length - 16);
  }

  /// Writes the match up to `end`, and up to 31 bytes behind it.
  HWY_INLINE void repeat(std::uint8_t* out, std::uint8_t const* from, std::uint8_t* end, std::size_t offset) const {
    auto match = find(from, offset);
    match.store_first(out);
    for (out += match.step(); out < end; out += match.step()) match.store_next(out);
  }

 private:
  /// The first 32 bytes are those of the window at offsets below 16, and elsewhere those of memory, which at offsets of
  /// 16 to 31 has only as many as the offset yet: they begin again behind these.
  HWY_INLINE match_bytes find(std::uint8_t const* from, std::size_t offset) const {
    branchless const near(offset < 16);
    auto const* const which = lz4_lookup.history[HWY_MIN(offset, 16)] + 16;
    auto const* const begin = near.choose(lz4_zeros, from);
    auto const again = 32 - HWY_MIN(offset, 32);
    auto const first = load_16(begin);
    auto const second =
        hn::Or(hn::And(load_16(begin + 16), load_16(lz4_lookup.first + again)), pick(first, lz4_lookup.behind + again));
    return {join(hn::Or(pick(last_, which), first), hn::Or(pick(last_, which + 16), second)), from, offset};
  }

  bytes16 last_;
};

std::size_t decode(lz4_block const& block) {
#if defined(__x86_64__) && HWY_TARGET <= HWY_AVX3
  if (has_vbmi()) return decode_lz4_vbmi(block);
#endif
  return sequence_decoder<window_16>(block).run();
}

#else

std::size_t decode(lz4_block const& /*block*/) { return 0; }

#endif

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {
namespace {

HWY_EXPORT(decode);

bool liblz4_accepts(std::span<std::byte const> block, std::uint8_t* planes, std::size_t bytes) {
  auto const made = LZ4_decompress_safe(reinterpret_cast<char const*>(block.data()), reinterpret_cast<char*>(planes),
                                        static_cast<int>(block.size()), static_cast<int>(bytes));
  return made >= 0 && static_cast<std::size_t>(made) == bytes;
}

// The next block of a frame follows, and is about as long. Reducers come back to it when they have decoded a block of
// every other frame. 32 frames by turns take 27 % less time with it (4 million pixels of 32 bits; of 16 bits, 15 %);
// into the first level of caches, or 1024 bytes whatever the length, 19 %.
void prefetch_next(std::span<std::byte const> block, std::byte const* readable_end) {
  constexpr std::size_t line = 64;
  auto const* const end = block.data() + block.size();
  auto const bytes = std::min(block.size() + 2 * line, static_cast<std::size_t>(readable_end - end));
  for (std::size_t i = 0; i < bytes; i += line) __builtin_prefetch(end + i, 0, 2);
}

}  // namespace

std::size_t decode_lz4_planes(std::span<std::byte const> block, std::byte const* readable_end, std::uint8_t* planes,
                              std::size_t plane_bytes, std::size_t plane_count) {
  auto const bytes = plane_bytes * plane_count;
  if (block.size() > INT_MAX || bytes > INT_MAX) return 0;
  prefetch_next(block, readable_end);
  auto const* const in = reinterpret_cast<std::uint8_t const*>(block.data());
  // Blocks at the end of what may be read, one of thousands, are liblz4's as well.
  if (static_cast<std::size_t>(readable_end - block.data()) >= block.size() + lz4_block_slack) {
    auto const count = HWY_DYNAMIC_DISPATCH(decode)({in, in + block.size(), planes, plane_bytes, plane_count});
    if (count != 0) return count;
  }
  return liblz4_accepts(block, planes, bytes) ? plane_count : 0;
}

}  // namespace xrdct::cpu
#endif  // HWY_ONCE
