#include "kernels/cpu/frame_lane.hpp"

#include "kernels/common/compressed_blocks.hpp"
#include "kernels/cpu/differences.hpp"
#include "kernels/cpu/simd_counts.hpp"

#include <algorithm>
#include <cstring>

namespace xrdct::cpu {
namespace {

std::uint8_t const* as_bytes(std::byte const* from) { return reinterpret_cast<std::uint8_t const*>(from); }

// Has bytes brought into the second cache, to be there when they are needed: the processor itself does not follow as
// many streams as there are lanes.
void prefetch(std::span<std::byte const> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 64) __builtin_prefetch(bytes.data() + i, 0, 2);
}

}  // namespace

frame_lane::frame_lane(lane_plan const& plan)
    : plan_(plan),
      value_bytes_(bytes_of(plan.format.type)),
      layer_stride_((plan.slice_pixels + simd::slack + 63) / 64 * 64 + 64),  // no power of two: lanes share cache sets
      layers_(value_bytes_ * layer_stride_),
      zeros_(layer_stride_) {}

void frame_lane::start(frame_source source, std::span<std::byte const> rest) {
  source_ = source;
  present_ = 0;
  sum_ = 0;
  rest_ = rest;
  if (source == frame_source::differences) differences_ = {rest};
}

void frame_lane::close() { start(frame_source::none, {}); }

frame_status frame_lane::load(std::size_t first, std::size_t pixels, decoded_block& block) {
  present_ = 0;
  sum_ = 0;
  auto status = frame_status::ok;
  if (source_ == frame_source::values) {
    add_values(rest_.data(), first, 0, pixels);
    rest_ = rest_.subspan(pixels * value_bytes_);
  } else if (source_ == frame_source::differences) {
    status = load_differences(first, pixels);
  } else if (source_ != frame_source::none) {
    status = load_blocks(first, pixels, block);
  }
  if (status != frame_status::ok) close();
  return status;
}

frame_status frame_lane::load_blocks(std::size_t first, std::size_t pixels, decoded_block& block) {
  auto const* const begin = rest_.data();
  auto const shuffled = plan_.shuffled_pixels();
  for (std::size_t at = 0; at < pixels;) {
    auto const tail = first + at >= shuffled;
    auto const count = tail ? pixels - at : std::min<std::size_t>(plan_.block_pixels, shuffled - first - at);
    auto const bytes = count * value_bytes_;
    if (source_ != frame_source::planes && !tail) {
      std::span<std::byte const> compressed;
      auto status = next_block(rest_, compressed);
      if (status == frame_status::ok) status = decode_block(compressed, count, block);
      if (status != frame_status::ok) return status;
      add_planes({block.data(), count / 8, block.written}, first + at, at);
    } else {
      if (rest_.size() < bytes) return frame_status::truncated;
      if (tail) {
        add_values(rest_.data(), first + at, at, count);
      } else {
        add_planes({as_bytes(rest_.data()), count / 8, 8 * value_bytes_}, first + at, at);
      }
      rest_ = rest_.subspan(bytes);
    }
    at += count;
  }
  prefetch(rest_.first(std::min(rest_.size(), static_cast<std::size_t>(rest_.data() - begin))));
  return frame_status::ok;
}

frame_status frame_lane::decode_block(std::span<std::byte const> compressed, std::size_t pixels,
                                      decoded_block& block) const {
  auto const planes = 8 * value_bytes_;
  if (source_ == frame_source::zstd_blocks) {
    block.written = planes;
    return decode_zstd_block(compressed, {reinterpret_cast<std::byte*>(block.data()), pixels * value_bytes_});
  }
  block.written = decode_lz4_planes(compressed, rest_.data() + rest_.size(), block.data(), pixels / 8, planes);
  return block.written > 0 ? frame_status::ok : frame_status::corrupt;
}

// What is wrong with values and length of the whole is said behind the last slice: that it is too short comes first.
frame_status frame_lane::load_differences(std::size_t first, std::size_t pixels) {
  auto const* const begin = differences_.rest.data();
  alignas(64) std::array<std::byte, differences_at_a_time * simd::layers_of_widest> values;
  for (std::size_t at = 0; at < pixels; at += differences_at_a_time) {
    auto const count = std::min(differences_at_a_time, pixels - at);
    auto const these = std::span(values).first(count * value_bytes_);
    if (!decode_differences(differences_, plan_.format.type, these)) return frame_status::truncated;
    add_values(values.data(), first + at, at, count);
  }
  if (first + pixels == plan_.format.pixels()) return differences_.status();
  auto const taken = static_cast<std::size_t>(differences_.rest.data() - begin);
  prefetch(differences_.rest.first(std::min(differences_.rest.size(), taken)));
  return frame_status::ok;
}

void frame_lane::add_planes(simd::bit_planes const& planes, std::size_t first, std::size_t at) {
  auto const* const excluded = plan_.selection->excluded_bits().data() + first / 8;
  auto const filled = simd::count_filled(planes, 8 * value_bytes_, excluded);
  for (std::size_t k = 0; k < value_bytes_; ++k) {
    if (filled > 8 * k) {
      auto const planes_of_layer = std::min<std::size_t>(8, filled - 8 * k);
      sum_ += simd::unshuffle_layer(planes, k, planes_of_layer, excluded, own_layer(k) + at) << 8 * k;
      mark_present(k, at);
    } else if (present(k)) {
      std::memset(own_layer(k) + at, 0, planes.bytes * 8);
    }
  }
}

void frame_lane::add_values(std::byte const* values, std::size_t first, std::size_t at, std::size_t pixels) {
  auto const* const excluded = plan_.selection->excluded_bits().data() + first / 8;
  std::array<std::uint8_t*, simd::layers_of_widest> to{};
  for (std::size_t k = 0; k < value_bytes_; ++k) to[k] = own_layer(k) + at;
  auto const found = simd::split_layers(values, pixels, value_bytes_, excluded, to.data());
  bool const sums = plan_.format.type != pixel_type::f32;
  for (std::size_t k = 0; k < value_bytes_; ++k) {
    if ((found >> k & 1) == 0) continue;
    mark_present(k, at);
    if (sums) sum_ += simd::sum_bytes(to[k], pixels) << 8 * k;
  }
}

// What lies before `at` was zero, and has not been written.
void frame_lane::mark_present(std::size_t k, std::size_t at) {
  if (present(k)) return;
  std::memset(own_layer(k), 0, at);
  present_ |= 1U << k;
}

std::size_t frame_lane::width() const {
  std::size_t width = value_bytes_;
  while (width > 0 && !present(width - 1)) --width;
  return width;
}

std::uint32_t frame_lane::value(std::size_t pixel) const {
  std::uint32_t bits = 0;
  for (std::size_t k = 0; k < value_bytes_; ++k) bits |= std::uint32_t{layer(k)[pixel]} << 8 * k;
  return bits;
}

void frame_lane::clear_value(std::size_t pixel) {
  for (std::size_t k = 0; k < value_bytes_; ++k)
    if (present(k)) own_layer(k)[pixel] = 0;
}

void frame_lane::drop_empty_layers(std::size_t pixels) {
  for (std::size_t k = 1; k < value_bytes_; ++k)
    if (present(k) && simd::all_zero(own_layer(k), pixels)) present_ &= ~(1U << k);
}

std::int64_t frame_lane::sum(std::size_t pixels) const {
  auto sum = sum_;
  if (plan_.format.type == pixel_type::i32 && present(3)) sum -= simd::count_top_bits(layer(3), pixels) << 32;
  return static_cast<std::int64_t>(sum);
}

}  // namespace xrdct::cpu
