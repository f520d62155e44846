#include "xrdct/bench/corrected_pixels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace xrdct {
namespace {

float value_or(std::vector<float> const& image, std::size_t p, float otherwise) {
  return image.empty() ? otherwise : image[p];
}

/// Left out whatever its value is.
bool is_masked(corrections const& how, std::size_t p) {
  if (!how.mask.empty() && how.mask[p] != 0) return true;
  float const norm = value_or(how.norm, p, 1);
  return norm == 0 || !std::isfinite(norm) || !std::isfinite(value_or(how.dark, p, 0)) ||
         !std::isfinite(value_or(how.variance, p, 0));
}

template <class T>
bool is_left_out(T raw, corrections const& how) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(raw)) return true;
  }
  if constexpr (std::is_unsigned_v<T>) {
    if (how.exclude_maximum && raw == std::numeric_limits<T>::max()) return true;
  } else {
    if (how.exclude_negative && raw < 0) return true;
  }
  auto const exact = static_cast<double>(raw);
  if ((how.lowest && exact < *how.lowest) || (how.highest && exact > *how.highest)) return true;
  if (!how.dummy) return false;
  auto const rounded = static_cast<float>(raw);
  return how.delta_dummy == 0 ? rounded == static_cast<float>(*how.dummy)
                              : std::abs(static_cast<double>(rounded) - *how.dummy) <= how.delta_dummy;
}

float variance_of(float raw, corrections const& how, error_model errors, std::size_t p) {
  switch (errors) {
    case error_model::poisson: return std::max(raw, 1.0F);
    case error_model::counts: return std::max(raw, 0.0F);
    case error_model::image: return how.variance[p];
    default: return 0;
  }
}

template <class T>
void correct(std::span<std::byte const> image, corrections const& how, error_model errors, std::size_t first,
             std::size_t last, std::span<pixel_share> into) {
  for (std::size_t p = first; p < last; ++p) {
    T raw;
    std::memcpy(&raw, image.data() + p * sizeof(T), sizeof(T));
    if (is_masked(how, p) || is_left_out(raw, how)) {
      into[p] = {};
      continue;
    }
    auto const value = static_cast<float>(raw);
    into[p] = {value - value_or(how.dark, p, 0), variance_of(value, how, errors, p), value_or(how.norm, p, 1), 1};
  }
}

}  // namespace

void correct_pixels(std::span<std::byte const> image, frame_format const& format, corrections const& how,
                    error_model errors, std::size_t first, std::size_t last, std::span<pixel_share> into) {
  switch (format.type) {
    case pixel_type::u8: return correct<std::uint8_t>(image, how, errors, first, last, into);
    case pixel_type::u16: return correct<std::uint16_t>(image, how, errors, first, last, into);
    case pixel_type::u32: return correct<std::uint32_t>(image, how, errors, first, last, into);
    case pixel_type::i32: return correct<std::int32_t>(image, how, errors, first, last, into);
    case pixel_type::f32: return correct<float>(image, how, errors, first, last, into);
  }
}

}  // namespace xrdct
