#pragma once
/// \file What the bits of a pixel mean, and whether it counts (SEMANTICS §2), where a device decides it.

#include "kernels/common/value_rules.hpp"
#include "kernels/lanes/host_device.hpp"
#include "xrdct/kernels/frame.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace xrdct::lanes {

/// A pixel of a frame.
struct pixel_value {
  float single = 0;  ///< what integration starts from
  double exact = 0;
  bool dead = false;       ///< left out of this frame
  bool saturated = false;  ///< counted as such
};

/// A limit that may be absent.
struct limit {
  bool given = false;
  double value = 0;

  limit() = default;
  explicit limit(std::optional<double> const& from) : given(from.has_value()), value(from.value_or(0)) {}
};

/// The rules of corrections for one type of pixels.
class pixel_rules {
 public:
  pixel_rules(value_rules const& from, pixel_type type)
      : type_(type),
        dummy_(from.dummy),
        lowest_(from.lowest),
        highest_(from.highest),
        saturation_(from.saturation),
        delta_dummy_(from.delta_dummy),
        exclude_maximum_(from.exclude_maximum),
        exclude_negative_(from.exclude_negative) {}

  /// Of bits as they lie in the lowest bytes of the number.
  XRDCT_HOST_DEVICE pixel_value value(std::uint32_t bits) const {
    pixel_value v;
    bool at_maximum = false;
    bool is_unsigned = false;
    if (type_ == pixel_type::f32) {
      v.single = as_float(bits);
      v.exact = static_cast<double>(v.single);
    } else if (type_ == pixel_type::i32) {
      auto const number = static_cast<std::int32_t>(bits);
      v.single = static_cast<float>(number);
      v.exact = number;
      at_maximum = number == std::numeric_limits<std::int32_t>::max();
    } else {
      v.single = static_cast<float>(bits);
      v.exact = bits;
      is_unsigned = true;
      at_maximum = bits == maximum();
    }
    bool const finite = v.single - v.single == 0;
    bool const above = highest_.given && v.exact > highest_.value;
    bool const below = lowest_.given && v.exact < lowest_.value;
    v.saturated = at_maximum || (finite && (above || (saturation_.given && v.exact >= saturation_.value)));
    v.dead = !finite || (exclude_maximum_ && is_unsigned && at_maximum) || (exclude_negative_ && v.exact < 0) ||
             above || below || is_dummy(v.single);
    return v;
  }

  XRDCT_HOST_DEVICE std::uint32_t bytes() const {
    return type_ == pixel_type::u8 ? 1 : type_ == pixel_type::u16 ? 2 : 4;
  }

 private:
  XRDCT_HOST_DEVICE std::uint32_t maximum() const { return 0xffffffffU >> (32 - 8 * bytes()); }
  XRDCT_HOST_DEVICE static float as_float(std::uint32_t bits) {
#ifdef __CUDA_ARCH__
    return __uint_as_float(bits);
#else
    return std::bit_cast<float>(bits);
#endif
  }
  XRDCT_HOST_DEVICE bool is_dummy(float single) const {
    if (!dummy_.given) return false;
    if (delta_dummy_ == 0) return single == static_cast<float>(dummy_.value);
    return std::abs(static_cast<double>(single) - dummy_.value) <= delta_dummy_;
  }

  pixel_type type_;
  limit dummy_, lowest_, highest_, saturation_;
  double delta_dummy_;
  bool exclude_maximum_, exclude_negative_;
};

}  // namespace xrdct::lanes
