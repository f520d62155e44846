#include "xrdct/pipeline/mean_frame.hpp"

#include "kernels/common/decode.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <cstddef>
#include <cstring>

namespace xrdct {
namespace {

template <class T>
void add_values(std::span<std::byte const> pixels, std::vector<double>& sum) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    T value;
    std::memcpy(&value, pixels.data() + i * sizeof(T), sizeof(T));
    sum[i] += static_cast<double>(value);
  }
}

void add(std::span<std::byte const> pixels, pixel_type type, std::vector<double>& sum) {
  switch (type) {
    case pixel_type::u8: return add_values<std::uint8_t>(pixels, sum);
    case pixel_type::u16: return add_values<std::uint16_t>(pixels, sum);
    case pixel_type::u32: return add_values<std::uint32_t>(pixels, sum);
    case pixel_type::i32: return add_values<std::int32_t>(pixels, sum);
    case pixel_type::f32: return add_values<float>(pixels, sum);
  }
}

}  // namespace

std::vector<float> mean_of_frames(frame_stack const& stack, std::span<std::uint64_t const> frames) {
  auto const& format = stack.format;
  frame_reader reader(stack);
  std::vector<double> sum(format.pixels());
  frame_buffer stored;
  std::vector<std::byte> pixels(format.bytes());
  std::uint64_t good = 0;
  for (auto const frame : frames) {
    std::uint32_t mask = 0;
    if (reader.read(frame, stored, mask) != frame_status::ok) continue;
    chunk_encoding const how{(mask & 1) != 0 ? encoding::raw : format.code, bytes_of(format.type), format.block_pixels,
                             format.type == pixel_type::i32};
    if (decode_chunk(stored, how, pixels) != frame_status::ok) continue;
    add(pixels, format.type, sum);
    ++good;
  }
  if (good == 0) return {};
  std::vector<float> mean;
  mean.reserve(sum.size());
  for (auto const s : sum) mean.push_back(static_cast<float>(s / static_cast<double>(good)));
  return mean;
}

}  // namespace xrdct
