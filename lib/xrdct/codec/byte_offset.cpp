#include "xrdct/codec/byte_offset.hpp"

#include <limits>

namespace xrdct {
namespace {

template <class T>
void append(std::int64_t value, std::vector<std::byte>& payload) {
  auto const bits = static_cast<std::uint64_t>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) payload.push_back(static_cast<std::byte>(bits >> 8 * i & 0xff));
}

/// Whether T holds the value; its minimum is taken: it announces a longer number.
template <class T>
bool fits(std::int64_t value) {
  return value > std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

}  // namespace

void encode_byte_offset(std::span<std::int64_t const> values, std::vector<std::byte>& payload) {
  std::int64_t before = 0;
  for (auto const value : values) {
    auto const difference = value - before;
    before = value;
    if (fits<std::int8_t>(difference)) {
      append<std::int8_t>(difference, payload);
      continue;
    }
    append<std::int8_t>(std::numeric_limits<std::int8_t>::min(), payload);
    if (fits<std::int16_t>(difference)) {
      append<std::int16_t>(difference, payload);
      continue;
    }
    append<std::int16_t>(std::numeric_limits<std::int16_t>::min(), payload);
    if (fits<std::int32_t>(difference)) {
      append<std::int32_t>(difference, payload);
      continue;
    }
    append<std::int32_t>(std::numeric_limits<std::int32_t>::min(), payload);
    append<std::int64_t>(difference, payload);
  }
}

}  // namespace xrdct
