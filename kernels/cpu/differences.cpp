#include "kernels/cpu/differences.hpp"

#include "kernels/cpu/simd_byte_offset.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace xrdct::cpu {
namespace {

using value_buffer = std::array<std::int32_t, differences_at_a_time + simd::differences_slack>;

// From here, so many differences of two bytes do not lead out of 32 bits.
bool is_far_from_ends(std::uint64_t sum) {
  constexpr std::int64_t reach = differences_at_a_time << 15;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() - reach;
  auto const value = static_cast<std::int64_t>(sum);
  return -most <= value && value <= most;
}

// The bits that no value of T has, sign-extended to 32 bits as it is here.
template <class T>
constexpr std::uint32_t forbidden() {
  if (std::numeric_limits<T>::is_signed) return 0;
  return sizeof(T) == 4 ? 0x80000000U : ~std::uint32_t{std::numeric_limits<T>::max()};
}

template <class T>
bool decode(byte_offset_stream& payload, std::size_t count, value_buffer& values) {
  constexpr std::size_t some = 8;  // values that are decoded one by one where SIMD stops
  for (std::size_t done = 0; done < count;) {
    if (is_far_from_ends(payload.sum)) {
      simd::short_differences state{payload.rest, static_cast<std::int32_t>(payload.sum), 0};
      done += decode_short_differences(state, values.data() + done, count - done);
      payload.rest = state.rest;
      payload.sum = static_cast<std::uint64_t>(std::int64_t{state.value});
      payload.outside |= state.bits & forbidden<T>();
    }
    std::array<T, some> next;
    auto const these = std::span(next).first(std::min(some, count - done));
    if (!decode_next<T>(payload, these)) return false;
    for (auto const value : these) values[done++] = static_cast<std::int32_t>(value);
  }
  return true;
}

template <class T>
bool decode(byte_offset_stream& payload, std::span<std::byte> to) {
  alignas(64) value_buffer values;
  auto const count = to.size() / sizeof(T);
  if (!decode<T>(payload, count, values)) return false;
  if constexpr (sizeof(T) == sizeof(std::int32_t)) {
    std::memcpy(to.data(), values.data(), to.size());
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      auto const value = static_cast<T>(values[i]);
      std::memcpy(to.data() + i * sizeof value, &value, sizeof value);
    }
  }
  return true;
}

}  // namespace

bool decode_differences(byte_offset_stream& payload, pixel_type type, std::span<std::byte> values) {
  switch (type) {
    case pixel_type::u8: return decode<std::uint8_t>(payload, values);
    case pixel_type::u16: return decode<std::uint16_t>(payload, values);
    case pixel_type::u32: return decode<std::uint32_t>(payload, values);
    default: return decode<std::int32_t>(payload, values);
  }
}

}  // namespace xrdct::cpu
