#include "xrdct/bench/frames_in_memory.hpp"

#include "kernels/common/decode.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <algorithm>

namespace xrdct {
namespace {

bool is_raw(frame const& one) { return (one.filter_mask & 1U) != 0; }

void add_frame(frames_in_memory& all, std::vector<std::byte> chunk, std::uint32_t filter_mask) {
  all.chunks.push_back(std::move(chunk));
  all.frames.push_back({all.chunks.back(), filter_mask, all.frames.size()});
  all.mean_bytes += static_cast<double>(all.chunks.back().size());
}

void find_tables(frames_in_memory& all) {
  if (!is_lz4(all.format.code) || std::ranges::any_of(all.frames, is_raw)) {
    all.no_lz4 = "the frames are not compressed by LZ4, but " + std::string(name_of(all.format.code));
    return;
  }
  for (auto const& one : all.frames)
    if (auto const status = find_blocks(one.bytes, all.format, all.tables.emplace_back()); status != frame_status::ok)
      throw input_error("frame " + std::to_string(one.id) + ": " + std::string(describe(status)));
}

}  // namespace

frames_in_memory load_frames(frame_stack const& stack, frame_range range, std::uint64_t bytes, std::uint64_t most) {
  frames_in_memory all;
  all.format = stack.format;
  frame_reader reader(stack);
  frame_buffer chunk;
  std::uint32_t filter_mask = 0;
  for (auto k = range.first; k < range.first + range.count && all.frames.size() < most; ++k) {
    if (reader.read(k, chunk, filter_mask) != frame_status::ok) continue;
    if (!all.frames.empty() && all.mean_bytes + static_cast<double>(chunk.size()) > static_cast<double>(bytes)) break;
    add_frame(all, {chunk.begin(), chunk.end()}, filter_mask);
  }
  if (all.frames.empty()) throw input_error(stack.name + ": none of the frames that are to be measured can be read");
  all.mean_bytes /= static_cast<double>(all.frames.size());
  find_tables(all);
  return all;
}

frames_in_memory decoded(frames_in_memory const& from, std::uint64_t most) {
  frames_in_memory all;
  all.format = from.format;
  all.format.code = encoding::raw;
  all.mean_bytes = static_cast<double>(all.format.bytes());
  all.no_lz4 = "the frames are decoded";
  auto const& format = from.format;
  for (auto const& one : std::span(from.frames).first(std::min<std::size_t>(most, from.frames.size()))) {
    std::vector<std::byte> pixels(format.bytes());
    auto const status = decode_chunk(one.bytes,
                                     {is_raw(one) ? encoding::raw : format.code, bytes_of(format.type),
                                      format.block_pixels, format.type == pixel_type::i32},
                                     pixels);
    if (status != frame_status::ok)
      throw input_error("frame " + std::to_string(one.id) + ": " + std::string(describe(status)));
    all.chunks.push_back(std::move(pixels));
    all.frames.push_back({all.chunks.back(), 0, one.id});
  }
  return all;
}

}  // namespace xrdct
