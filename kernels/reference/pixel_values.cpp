#include "kernels/reference/pixel_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace xrdct::reference {
namespace {

// A pixel's value as the formulas see it: exact, and as the float32 that integration starts from.
struct raw_value {
  double exact = 0;
  float single = 0;
  bool at_maximum = false;  // of an integer type
  bool is_unsigned = false;
};

template <class T>
raw_value value_at(std::vector<std::byte> const& pixels, std::size_t p) {
  T value;
  std::memcpy(&value, pixels.data() + p * sizeof(T), sizeof(T));
  bool const at_maximum = std::is_integral_v<T> && value == std::numeric_limits<T>::max();
  return {static_cast<double>(value), static_cast<float>(value), at_maximum, std::is_unsigned_v<T>};
}

raw_value value_of(pixel_type type, std::vector<std::byte> const& pixels, std::size_t p) {
  switch (type) {
    case pixel_type::u8: return value_at<std::uint8_t>(pixels, p);
    case pixel_type::u16: return value_at<std::uint16_t>(pixels, p);
    case pixel_type::u32: return value_at<std::uint32_t>(pixels, p);
    case pixel_type::i32: return value_at<std::int32_t>(pixels, p);
    case pixel_type::f32: return value_at<float>(pixels, p);
  }
  return {};
}

// Value p of an image, or what an empty image stands for.
float at(std::vector<float> const& image, std::size_t p, float otherwise) {
  return image.empty() ? otherwise : image[p];
}

// Left out of every frame.
bool is_excluded(corrections const& pixels, std::size_t p) {
  if (!pixels.mask.empty() && pixels.mask[p] != 0) return true;
  float const norm = at(pixels.norm, p, 1);
  return norm == 0 || !std::isfinite(norm) || !std::isfinite(at(pixels.dark, p, 0)) ||
         !std::isfinite(at(pixels.variance, p, 0));
}

bool is_dummy(raw_value const& value, corrections const& pixels) {
  if (!pixels.dummy) return false;
  if (pixels.delta_dummy == 0) return value.single == static_cast<float>(*pixels.dummy);
  return std::abs(static_cast<double>(value.single) - *pixels.dummy) <= pixels.delta_dummy;
}

bool is_above(raw_value const& value, corrections const& pixels) {
  return pixels.highest && value.exact > *pixels.highest;
}

bool is_beyond(raw_value const& value, corrections const& pixels) {
  return is_above(value, pixels) || (pixels.lowest && value.exact < *pixels.lowest);
}

bool is_saturated(raw_value const& value, corrections const& pixels) {
  bool const at_level = pixels.saturation && value.exact >= *pixels.saturation;
  return value.at_maximum || (std::isfinite(value.single) && (is_above(value, pixels) || at_level));
}

// Left out of this frame.
bool is_dead(raw_value const& value, corrections const& pixels) {
  if (!std::isfinite(value.single)) return true;
  if (pixels.exclude_maximum && value.is_unsigned && value.at_maximum) return true;
  if (pixels.exclude_negative && value.exact < 0) return true;
  return is_beyond(value, pixels) || is_dummy(value, pixels);
}

double variance_of(float raw, corrections const& pixels, std::size_t p, error_model errors) {
  switch (errors) {
    case error_model::poisson: return std::max(raw, 1.0F);
    case error_model::counts: return std::max(raw, 0.0F);
    case error_model::image: return pixels.variance[p];
    case error_model::none:
    case error_model::azimuthal: break;
  }
  return 0;
}

}  // namespace

pixel_values read_pixels(std::vector<std::byte> const& image, frame_format const& format, corrections const& pixels,
                         error_model errors) {
  auto const count = format.pixels();
  pixel_values read{std::vector<bool>(count), std::vector<float>(count), std::vector<double>(count)};
  for (std::size_t p = 0; p < count; ++p) {
    if (is_excluded(pixels, p)) continue;
    auto const raw = value_of(format.type, image, p);
    if (is_saturated(raw, pixels)) ++read.saturated;
    if (is_dead(raw, pixels)) continue;
    read.raw_sum += raw.exact;
    read.live[p] = true;
    read.signal[p] = raw.single - at(pixels.dark, p, 0);
    read.variance[p] = variance_of(raw.single, pixels, p, errors);
  }
  return read;
}

}  // namespace xrdct::reference
