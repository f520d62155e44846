#include "xrdct/io/chunk_reader.hpp"

#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace xrdct::hdf5 {
namespace {

constexpr std::size_t most_kept = std::size_t{2} << 30;  // bytes of decoded chunks
constexpr std::size_t most_tiles = 1 << 16;

std::size_t pieces(hsize_t extent, hsize_t piece) {
  return static_cast<std::size_t>(extent / piece + (extent % piece != 0 ? 1 : 0));
}

bool fill_of(hid_t properties, hid_t type, std::vector<std::byte>& fill) {
  fill.assign(H5Tget_size(type), std::byte{0});
  H5D_fill_value_t defined = H5D_FILL_VALUE_ERROR;
  if (H5Pfill_value_defined(properties, &defined) < 0) return false;
  return defined == H5D_FILL_VALUE_UNDEFINED || H5Pget_fill_value(properties, type, fill.data()) >= 0;
}

}  // namespace

std::optional<chunk_reader> chunk_reader::make(hid_t dataset) {
  handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  handle const type(H5Dget_type(dataset), H5Tclose);
  chunk_reader made(chunk_pipeline::of(dataset));
  auto const bytes = made.pipeline_.bytes();
  if (!properties || !type || !made.pipeline_.complete() || bytes > most_kept) return {};
  auto extent = extent_of(dataset);
  std::array<hsize_t, 3> chunk{1, 0, 0};
  made.image_ = extent.size() == 2;
  if ((extent.size() != 2 && extent.size() != 3) ||
      H5Pget_chunk(properties.id(), static_cast<int>(extent.size()), chunk.data() + (made.image_ ? 1 : 0)) < 0 ||
      std::ranges::find(chunk, 0) != chunk.end() || !fill_of(properties.id(), type.id(), made.fill_))
    return {};
  if (made.image_) extent.insert(extent.begin(), 1);
  made.rows_ = extent[1];
  made.columns_ = extent[2];
  made.element_ = H5Tget_size(type.id());
  made.chunk_frames_ = chunk[0];
  made.chunk_rows_ = chunk[1];
  made.chunk_columns_ = chunk[2];
  made.across_ = pieces(extent[2], chunk[2]);
  auto const down = pieces(extent[1], chunk[1]);
  if (down == 0 || made.across_ == 0 || down > most_tiles / made.across_ || bytes > most_kept / (down * made.across_))
    return {};
  made.tiles_.resize(down * made.across_);
  return made;
}

frame_status chunk_reader::read(hid_t dataset, std::uint64_t frame, std::span<std::byte> elements) {
  auto const row = frame / chunk_frames_;
  if (row != loaded_) {
    loaded_ = HSIZE_UNDEF;
    status_ = load(dataset, row);
    loaded_ = row;
  }
  if (status_ != frame_status::ok) return status_;
  for (std::size_t tile = 0; tile < tiles_.size(); ++tile) copy_tile(tile, frame % chunk_frames_, elements);
  return frame_status::ok;
}

frame_status chunk_reader::load(hid_t dataset, hsize_t row) {
  try {
    for (std::size_t tile = 0; tile < tiles_.size(); ++tile)
      if (auto const status = load_tile(dataset, row, tile); status != frame_status::ok) return status;
    return frame_status::ok;
  } catch (std::bad_alloc const&) {
    return frame_status::unreadable;
  }
}

frame_status chunk_reader::load_tile(hid_t dataset, hsize_t row, std::size_t tile) {
  std::array<hsize_t, 3> const offset{row * chunk_frames_, tile / across_ * chunk_rows_,
                                      tile % across_ * chunk_columns_};
  return pipeline_.read(dataset, offset.data() + (image_ ? 1 : 0), tiles_[tile]);
}

/// The part of frame `index` of the row that lies in a tile, which may reach beyond the frame.
void chunk_reader::copy_tile(std::size_t tile, std::size_t index, std::span<std::byte> elements) const {
  auto const first_row = tile / across_ * chunk_rows_, first_column = tile % across_ * chunk_columns_;
  auto const rows = std::min(chunk_rows_, rows_ - first_row),
             columns = std::min(chunk_columns_, columns_ - first_column);
  auto const* from = tiles_[tile].memory.get();
  if (from != nullptr) from += index * chunk_rows_ * chunk_columns_ * element_;
  for (std::size_t r = 0; r < rows; ++r) {
    auto* const to = elements.data() + ((first_row + r) * columns_ + first_column) * element_;
    if (from != nullptr) {
      std::memcpy(to, from + r * chunk_columns_ * element_, columns * element_);
      continue;
    }
    for (std::size_t c = 0; c < columns; ++c) std::memcpy(to + c * element_, fill_.data(), element_);
  }
}

}  // namespace xrdct::hdf5
