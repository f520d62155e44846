#include "kernels/cpu/simd_byte_offset.hpp"

#include <bit>
#include <cstring>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_byte_offset.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include "kernels/cpu/simd_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

#if HWY_TARGET != HWY_SCALAR

// 64 bytes are looked at together: where differences begin in them is known at once for all, which is what their
// decoding would else wait for. Those that begin in the first 62 end in them. (Images of 2.5 million pixels, by AVX-512
// and a value after the other, on one core of 2023: powder rings with 15 % of two bytes 1.6 and 3.3 ms, 20 % at random
// 2.1 and 9.6 ms, none 0.6 and 1.3 ms. With windows of 16 bytes, each waiting for the one before: 2.4, 3.1 and 0.6 ms.)
constexpr std::size_t window = 64, starts = 62;
constexpr std::size_t window_and_next = window + 2;
constexpr std::uint32_t lanes_of_vector = (std::uint32_t{1} << floats) - 1;

using values_of_vector = hn::Vec<di>;

// v[i] += v[0] + … + v[i − 1].
HWY_INLINE values_of_vector prefix_sums(values_of_vector v) {
  di const d;
  v = hn::Add(v, hn::ShiftLeftLanes<1>(d, v));  // within 16 bytes, as is the next
  v = hn::Add(v, hn::ShiftLeftLanes<2>(d, v));
  if constexpr (floats == 8) {
    alignas(64) constexpr std::int32_t last[8] = {3, 3, 3, 3, 3, 3, 3, 3};
    auto const before = hn::TableLookupLanes(v, hn::SetTableIndices(d, last));
    v = hn::Add(v, hn::IfThenElseZero(mask_of(d, 0xf0), before));
  }
  if constexpr (floats == 16) {
    alignas(64) constexpr std::int32_t last_of_four[16] = {3, 3, 3, 3, 3, 3, 3, 3, 11, 11, 11, 11, 11, 11, 11, 11};
    auto const before = hn::TableLookupLanes(v, hn::SetTableIndices(d, last_of_four));
    v = hn::Add(v, hn::IfThenElseZero(mask_of(d, 0xf0f0), before));
    alignas(64) constexpr std::int32_t last_of_eight[16] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
    auto const half = hn::TableLookupLanes(v, hn::SetTableIndices(d, last_of_eight));
    v = hn::Add(v, hn::IfThenElseZero(mask_of(d, 0xff00), half));
  }
  return v;
}

// The last lane in all lanes.
HWY_INLINE values_of_vector last_everywhere(values_of_vector v) {
  di const d;
  alignas(64) constexpr std::int32_t all[16] = {floats - 1, floats - 1, floats - 1, floats - 1, floats - 1, floats - 1,
                                                floats - 1, floats - 1, floats - 1, floats - 1, floats - 1, floats - 1,
                                                floats - 1, floats - 1, floats - 1, floats - 1};
  return hn::TableLookupLanes(v, hn::SetTableIndices(d, all));
}

HWY_INLINE values_of_vector load_with_sign(std::uint8_t const* from) {
  hn::Rebind<std::int8_t, di> const bytes;
  return hn::PromoteTo(di(), hn::LoadU(bytes, reinterpret_cast<std::int8_t const*>(from)));
}

// What follows each byte, as two.
HWY_INLINE values_of_vector load_two(std::uint8_t const* from) {
  auto const low = hn::PromoteTo(di(), hn::LoadU(db(), from + 1));
  return hn::Or(low, hn::ShiftLeft<8>(load_with_sign(from + 2)));
}

// A decoder in registers.
struct running {
  values_of_vector value;  // the last one, in all lanes
  values_of_vector any;    // all that were or-ed

  HWY_INLINE values_of_vector add(values_of_vector differences) {
    auto const sums = prefix_sums(differences);
    auto const values = hn::Add(sums, value);
    value = hn::Add(value, last_everywhere(sums));
    any = hn::Or(any, values);
    return values;
  }

  // A window of one-byte differences.
  HWY_INLINE void add_short(std::uint8_t const* from, std::int32_t* to) {
    for (std::size_t i = 0; i < window; i += floats) hn::StoreU(add(load_with_sign(from + i)), di(), to + i);
  }

  // A window whose bytes `begin` a difference, those of `longer` one of two bytes. Returns how many there are. Bytes
  // that begin none are differences of 0, and what they make is left out.
  HWY_INLINE std::size_t add_mixed(std::uint8_t const* from, std::uint64_t longer, std::uint64_t begin,
                                   std::int32_t* to) {
    di const d;
    std::size_t count = 0;
    for (std::size_t i = 0; i < window; i += floats) {
      auto const wide = static_cast<std::uint32_t>(longer >> i) & lanes_of_vector;
      auto const own = static_cast<std::uint32_t>(begin >> i) & lanes_of_vector;
      auto const difference = hn::IfThenElse(mask_of(d, wide), load_two(from + i), load_with_sign(from + i));
      auto const values = add(hn::IfThenElseZero(mask_of(d, own), difference));
      hn::StoreU(hn::Compress(values, mask_of(d, own)), d, to + count);
      count += static_cast<std::size_t>(std::popcount(own));
    }
    return count;
  }
};

// Which bytes of the window are 0x80.
HWY_INLINE std::uint64_t announcing(std::uint8_t const* from) {
  hn::CappedTag<std::uint8_t, 32> const d;
  constexpr std::size_t n = hn::MaxLanes(d);
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < window; i += n) {
    alignas(8) std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(d, hn::Eq(hn::LoadU(d, from + i), hn::Set(d, 0x80)), bytes);
    std::uint32_t bits;
    std::memcpy(&bits, bytes, sizeof bits);
    found |= std::uint64_t{bits} << i;
  }
  return found;
}

// Without those that lie within the two bytes behind another.
HWY_INLINE std::uint64_t without_inner(std::uint64_t announce) {
  if (HWY_LIKELY((announce & (announce << 1 | announce << 2)) == 0)) return announce;
  std::uint64_t outer = 0;
  while (announce != 0) {
    auto const first = announce & (~announce + 1);
    outer |= first;
    announce &= ~(first | first << 1 | first << 2);
  }
  return outer;
}

std::size_t decode_some(short_differences& state, std::int32_t* values, std::size_t count) {
  di const d;
  auto const* from = reinterpret_cast<std::uint8_t const*>(state.rest.data());
  auto const* const end = from + state.rest.size();
  running now{hn::Set(d, state.value), hn::Zero(d)};
  std::size_t done = 0;
  while (static_cast<std::size_t>(end - from) >= window_and_next && done < count) {
    auto const announce = announcing(from);
    if (HWY_LIKELY(announce == 0) && count - done >= window) {
      now.add_short(from, values + done);
      from += window;
      done += window;
      continue;
    }
    auto const longer = without_inner(announce);
    // A second byte of 0x80: four bytes may follow. As many values as bytes, at most.
    auto const much_longer = (longer << 2 & announce) >> 2;
    auto const most = HWY_MIN(starts, count - done);
    auto const limit = HWY_MIN(most, static_cast<std::size_t>(std::countr_zero(much_longer)));
    if (HWY_UNLIKELY(limit == 0)) break;
    auto const begin = ~(longer << 1 | longer << 2) & ((std::uint64_t{1} << limit) - 1);
    done += now.add_mixed(from, longer, begin, values + done);
    from += limit + (longer << 2 >> limit & 1) + 2 * (longer << 1 >> limit & 1);
  }
  alignas(64) std::int32_t lane[floats];
  hn::StoreU(now.value, d, lane);
  state.value = lane[0];
  hn::StoreU(now.any, d, lane);
  for (auto const any : lane) state.bits |= static_cast<std::uint32_t>(any);
  state.rest = state.rest.last(static_cast<std::size_t>(end - from));
  return done;
}

#else

std::size_t decode_some(short_differences& /*state*/, std::int32_t* /*values*/, std::size_t /*count*/) { return 0; }

#endif

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(decode_some);

std::size_t decode_short_differences(short_differences& state, std::int32_t* values, std::size_t count) {
  return HWY_DYNAMIC_DISPATCH(decode_some)(state, values, count);
}

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
