#include "kernels/cpu/frame_lane.hpp"

#include "kernels/common/compressed_blocks.hpp"
#include "kernels/common/decode.hpp"
#include "kernels/cpu/differences.hpp"

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

frame_status frame_lane::open(frame const& from) {
  close();
  auto const code = (from.filter_mask & 1) != 0 ? encoding::raw : plan_.format.code;
  if (code == encoding::raw) return open_values(from.bytes, source::values);
  if (code == encoding::hdf5_lz4) return decode_whole(from, code);
  if (code == encoding::bitshuffle)
    return plan_.blocks_fit ? open_values(from.bytes, source::planes) : decode_whole(from, code);
  if (code != encoding::byte_offset) return open_blocks(from, code);
  differences_ = {from.bytes};
  source_ = source::differences;
  return frame_status::ok;
}

frame_status frame_lane::open_blocks(frame const& from, encoding code) {
  block_header header;
  auto const status = read_bitshuffle_header(from.bytes, plan_.format.bytes(), value_bytes_, header);
  if (status != frame_status::ok) return status;
  if (header.block_bytes != plan_.block_pixels * value_bytes_) return decode_whole(from, code);
  rest_ = from.bytes.subspan(block_header::bytes);
  source_ = code == encoding::bitshuffle_zstd ? source::zstd_blocks : source::lz4_blocks;
  return frame_status::ok;
}

void frame_lane::close() {
  source_ = source::none;
  rest_ = {};
  present_ = 0;
}

frame_status frame_lane::open_values(std::span<std::byte const> values, source as) {
  if (values.size() < plan_.format.bytes()) return frame_status::truncated;
  if (values.size() > plan_.format.bytes()) return frame_status::lying_header;
  rest_ = values;
  source_ = as;
  return frame_status::ok;
}

frame_status frame_lane::decode_whole(frame const& from, encoding code) {
  whole_.resize(plan_.format.bytes());
  auto const status = decode_chunk(from.bytes, {code, value_bytes_, plan_.format.block_pixels}, whole_);
  return status == frame_status::ok ? open_values(whole_, source::values) : status;
}

frame_status frame_lane::load(std::size_t first, std::size_t pixels, std::span<std::byte> block) {
  present_ = 0;
  auto status = frame_status::ok;
  if (source_ == source::values) {
    add_values(rest_.data(), first, 0, pixels);
    rest_ = rest_.subspan(pixels * value_bytes_);
  } else if (source_ == source::differences) {
    status = load_differences(first, pixels);
  } else if (source_ != source::none) {
    status = load_blocks(first, pixels, block);
  }
  if (status != frame_status::ok) close();
  return status;
}

frame_status frame_lane::load_blocks(std::size_t first, std::size_t pixels, std::span<std::byte> block) {
  auto const* const begin = rest_.data();
  auto const shuffled = plan_.format.pixels() / 8 * 8;  // up to 7 pixels at the end of a frame are not
  for (std::size_t at = 0; at < pixels;) {
    auto const tail = first + at >= shuffled;
    auto const count = tail ? pixels - at : std::min<std::size_t>(plan_.block_pixels, shuffled - first - at);
    auto const bytes = count * value_bytes_;
    auto const* from = rest_.data();
    if (source_ != source::planes && !tail) {
      std::span<std::byte const> compressed;
      auto status = next_block(rest_, compressed);
      if (status == frame_status::ok) status = decode_block(compressed, block.first(bytes));
      if (status != frame_status::ok) return status;
      from = block.data();
    } else {
      if (rest_.size() < bytes) return frame_status::truncated;
      rest_ = rest_.subspan(bytes);
    }
    if (tail) {
      add_values(from, first + at, at, count);
    } else {
      add_planes(as_bytes(from), first + at, at, count);
    }
    at += count;
  }
  prefetch(rest_.first(std::min(rest_.size(), static_cast<std::size_t>(rest_.data() - begin))));
  return frame_status::ok;
}

frame_status frame_lane::decode_block(std::span<std::byte const> compressed, std::span<std::byte> block) const {
  return source_ == source::zstd_blocks ? decode_zstd_block(compressed, block) : decode_lz4_block(compressed, block);
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

void frame_lane::add_planes(std::uint8_t const* planes, std::size_t first, std::size_t at, std::size_t pixels) {
  auto const* const excluded = plan_.selection->excluded_bits() + first / 8;
  for (std::size_t k = 0; k < value_bytes_; ++k) {
    if (simd::unshuffle_layer(planes + k * pixels, pixels / 8, excluded, own_layer(k) + at)) {
      mark_present(k, at);
    } else if (present(k)) {
      std::memset(own_layer(k) + at, 0, pixels);
    }
  }
}

void frame_lane::add_values(std::byte const* values, std::size_t first, std::size_t at, std::size_t pixels) {
  auto const* const excluded = plan_.selection->excluded_bits() + first / 8;
  std::array<std::uint8_t*, simd::layers_of_widest> to{};
  for (std::size_t k = 0; k < value_bytes_; ++k) to[k] = own_layer(k) + at;
  auto const found = simd::split_layers(values, pixels, value_bytes_, excluded, to.data());
  for (std::size_t k = 0; k < value_bytes_; ++k)
    if ((found >> k & 1) != 0) mark_present(k, at);
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

std::int64_t frame_lane::sum(std::size_t pixels) const {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < value_bytes_; ++k)
    if (present(k)) sum += simd::sum_bytes(layer(k), pixels) << 8 * k;
  if (plan_.format.type == pixel_type::i32 && present(3)) sum -= simd::count_top_bits(layer(3), pixels) << 32;
  return static_cast<std::int64_t>(sum);
}

}  // namespace xrdct::cpu
