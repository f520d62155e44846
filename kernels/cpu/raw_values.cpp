#include "kernels/cpu/raw_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

namespace xrdct::cpu {
namespace {

// Values of a type are numbered in ascending order by keys: integers by themselves; finite floats by their patterns,
// those with a sign counting down from −1.
struct key_range {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

key_range keys_of(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return {0, 0xff};
    case pixel_type::u16: return {0, 0xffff};
    case pixel_type::u32: return {0, 0xffffffff};
    case pixel_type::i32: return {-0x80000000LL, 0x7fffffff};
    case pixel_type::f32: return {-0x7f800000LL, 0x7f7fffff};
  }
  return {};
}

std::uint32_t pattern_of(pixel_type type, std::int64_t key) {
  if (type == pixel_type::f32 && key < 0) return 0x80000000U | static_cast<std::uint32_t>(-key - 1);
  return static_cast<std::uint32_t>(key);
}

// The float32 that integration starts from.
float value_of(pixel_type type, std::int64_t key) {
  return type == pixel_type::f32 ? std::bit_cast<float>(pattern_of(type, key)) : static_cast<float>(key);
}

// The first key in [range.first, range.last + 1] for which `holds`; it holds for all keys from there on.
template <class F>
std::int64_t first_key(key_range range, F holds) {
  auto low = range.first, high = range.last + 1;
  while (low < high) {
    auto const middle = low + (high - low) / 2;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

std::optional<key_range> dummy_keys(corrections const& pixels, pixel_type type) {
  if (!pixels.dummy || std::isnan(*pixels.dummy) || std::isnan(pixels.delta_dummy)) return std::nullopt;
  auto const dummy = *pixels.dummy, delta = pixels.delta_dummy;
  auto const single = static_cast<float>(dummy);
  auto const not_below = [&](std::int64_t key) {
    auto const value = value_of(type, key);
    return delta == 0 ? !(value < single) : !(static_cast<double>(value) - dummy < -delta);
  };
  auto const above = [&](std::int64_t key) {
    auto const value = value_of(type, key);
    return delta == 0 ? value > single : static_cast<double>(value) - dummy > delta;
  };
  auto const keys = keys_of(type);
  key_range const found{first_key(keys, not_below), first_key(keys, above) - 1};
  if (found.first > found.last) return std::nullopt;
  return found;
}

double exact_value_of(pixel_type type, std::int64_t key) {
  return type == pixel_type::f32 ? static_cast<double>(value_of(type, key)) : static_cast<double>(key);
}

key_range keys_below(double lowest, pixel_type type) {
  auto const keys = keys_of(type);
  return {keys.first, first_key(keys, [&](std::int64_t key) { return !(exact_value_of(type, key) < lowest); }) - 1};
}

key_range keys_from(double level, pixel_type type) {
  auto const keys = keys_of(type);
  return {first_key(keys, [&](std::int64_t key) { return exact_value_of(type, key) >= level; }), keys.last};
}

key_range keys_above(double highest, pixel_type type) {
  auto const keys = keys_of(type);
  return {first_key(keys, [&](std::int64_t key) { return exact_value_of(type, key) > highest; }), keys.last};
}

// Keys to patterns: one range on either side of zero, which do not wrap.
void append(pixel_type type, key_range keys, std::vector<pattern_range>& to) {
  auto const one_sign = [&](std::int64_t first, std::int64_t last) {
    auto const a = pattern_of(type, first), b = pattern_of(type, last);
    to.push_back({std::min(a, b), std::max(a, b)});
  };
  if (keys.first > keys.last) return;
  if (keys.first < 0) one_sign(keys.first, std::min<std::int64_t>(keys.last, -1));
  if (keys.last >= 0) one_sign(std::max<std::int64_t>(keys.first, 0), keys.last);
}

bool is_in(std::vector<pattern_range> const& ranges, std::uint32_t bits) {
  return std::any_of(ranges.begin(), ranges.end(), [bits](pattern_range const& r) { return r.contains(bits); });
}

}  // namespace

raw_values::raw_values(corrections const& pixels, pixel_type type) : type_(type) {
  bool const integer = type != pixel_type::f32;
  bool const is_signed = type == pixel_type::i32 || type == pixel_type::f32;
  auto const maximum = static_cast<std::uint32_t>(keys_of(type).last);
  if (integer) saturated_.push_back({maximum, maximum});
  if (!integer) dead_.insert(dead_.end(), {{0x7f800000U, 0x7fffffffU}, {0xff800000U, 0xffffffffU}});  // ±∞ and NaN
  if (!is_signed && pixels.exclude_maximum) dead_.push_back({maximum, maximum});
  if (is_signed && pixels.exclude_negative)  // −0 is not below 0
    dead_.push_back({integer ? 0x80000000U : 0x80000001U, 0xffffffffU});
  if (auto const keys = dummy_keys(pixels, type)) append(type, *keys, dead_);
  if (pixels.lowest) append(type, keys_below(*pixels.lowest, type), dead_);
  if (pixels.highest) {
    append(type, keys_above(*pixels.highest, type), dead_);
    append(type, keys_above(*pixels.highest, type), saturated_);
  }
  if (pixels.saturation) append(type, keys_from(*pixels.saturation, type), saturated_);
  special_ = dead_;
  special_.insert(special_.end(), saturated_.begin(), saturated_.end());
}

bool raw_values::is_dead(std::uint32_t bits) const { return is_in(dead_, bits); }

bool raw_values::is_saturated(std::uint32_t bits) const { return is_in(saturated_, bits); }

bool raw_values::special_below(std::uint32_t limit) const {
  return std::any_of(special_.begin(), special_.end(), [limit](pattern_range const& r) { return r.first < limit; });
}

}  // namespace xrdct::cpu
