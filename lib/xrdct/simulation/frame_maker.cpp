#include "xrdct/simulation/frame_maker.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/simulation/poisson.hpp"
#include "xrdct/simulation/work_sharing.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace xrdct {

std::span<std::byte const> frame_maker::make(std::size_t frame) {
  expect(scene_, frame, means_);
  counts_.resize(means_.size());
  draw_counts(means_, random_source(scene_.options.seed, purpose::counts, frame), 0, counts_);
  switch (scene_.options.type) {
    case pixel_type::u8: store<std::uint8_t>(); break;
    case pixel_type::u16: store<std::uint16_t>(); break;
    case pixel_type::u32: store<std::uint32_t>(); break;
    case pixel_type::i32: store<std::int32_t>(); break;
    case pixel_type::f32:
      throw usage_error("option --type: f32 is no type of a counting detector; use u16, u32 or i32");
  }
  return pixels_;
}

template <class T>
void frame_maker::store() {
  constexpr T largest = std::numeric_limits<T>::max();
  constexpr T dead = std::is_signed_v<T> ? static_cast<T>(-2) : largest;
  constexpr T gap = std::is_signed_v<T> ? static_cast<T>(-1) : largest;
  pixels_.resize(counts_.size() * sizeof(T));
  std::byte* const out = pixels_.data();
  auto const put = [out](std::size_t pixel, T value) { std::memcpy(out + pixel * sizeof(T), &value, sizeof(T)); };
  for (std::size_t i = 0; i < counts_.size(); ++i)
    put(i, static_cast<T>(std::min<std::uint32_t>(counts_[i], static_cast<std::uint32_t>(largest) - 1)));
  for (std::uint32_t pixel : scene_.gap_pixels) put(pixel, gap);
  for (std::uint32_t pixel : scene_.dead_pixels) put(pixel, dead);
}

std::vector<std::vector<std::byte>> make_chunks(scene const& what, std::size_t first, std::size_t count, int threads) {
  std::vector<std::vector<std::byte>> chunks(count);
  share_out(count, threads, [&] {
    return [&, maker = frame_maker(what)](std::size_t k) mutable {
      encode_bitshuffle_lz4(maker.make(first + k), bytes_of(what.options.type), 0, chunks[k]);
    };
  });
  return chunks;
}

}  // namespace xrdct
