#include "xrdct/io/frame_dataset.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <new>

namespace xrdct::hdf5 {
namespace {

constexpr std::uint64_t most_frames = 100'000'000;
constexpr std::uint64_t most_frame_bytes = std::uint64_t(1) << 32;  // of a chunk: HDF5's own limit

encoding bitshuffled(unsigned compression) {
  switch (compression) {
    case bitshuffle_with_lz4: return encoding::bitshuffle_lz4;
    case bitshuffle_with_zstd: return encoding::bitshuffle_zstd;
    default: return encoding::bitshuffle;
  }
}

/// The encoding that a lone filter makes of a chunk of whole elements.
bool encoding_of(std::vector<filter> const& filters, std::size_t element_bytes, frame_format& format) {
  format.code = encoding::raw;
  if (filters.empty()) return true;
  auto const& f = filters.front();
  if (filters.size() > 1) return false;
  if (f.number == lz4_filter) {
    format.code = encoding::hdf5_lz4;
    return true;
  }
  if (f.number != bitshuffle_filter || f.values.size() < 3 || f.values[2] != element_bytes) return false;
  format.code = bitshuffled(f.values.size() > 4 ? f.values[4] : bitshuffle_plain);
  format.block_pixels = f.values.size() > 3 ? f.values[3] : 0;
  return true;
}

bool stored_as(hid_t type, pixel_type pixel) { return H5Tequal(type, memory_type(pixel)) > 0; }

hsize_t blocks(hsize_t extent, hsize_t block) { return extent / block + (extent % block != 0 ? 1 : 0); }

std::uint64_t size_of_file(std::string const& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

/// The size of an open file now, whatever became of its name. 0: unknown.
std::uint64_t size_of_open_file(hid_t file) {
  void* descriptor = nullptr;
  struct stat about {};
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, &descriptor) < 0 || descriptor == nullptr) {
    H5Eclear2(H5E_DEFAULT);
    return 0;
  }
  return ::fstat(*static_cast<int*>(descriptor), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

bool resize(frame_buffer& bytes, std::uint64_t size) {
  try {
    bytes.resize(size);
  } catch (std::bad_alloc const&) {
    bytes.clear();
    return false;
  }
  return true;
}

}  // namespace

hid_t memory_type(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return H5T_STD_U8LE;
    case pixel_type::u16: return H5T_STD_U16LE;
    case pixel_type::u32: return H5T_STD_U32LE;
    case pixel_type::i32: return H5T_STD_I32LE;
    default: return H5T_IEEE_F32LE;
  }
}

bool pixel_type_of(hid_t type, pixel_type& delivered) {
  auto const bytes = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      if (bytes > 4) return false;
      if (H5Tget_sign(type) != H5T_SGN_NONE)
        delivered = pixel_type::i32;
      else
        delivered = bytes == 1 ? pixel_type::u8 : bytes == 2 ? pixel_type::u16 : pixel_type::u32;
      return true;
    case H5T_FLOAT: delivered = pixel_type::f32; return bytes <= 8;
    default: return false;
  }
}

frame_layout layout_of(hid_t dataset, std::string const& where) {
  frame_layout layout;
  auto const extent = extent_of(dataset);
  if (extent.size() < 2 || extent.size() > std::size_t(highest_frame_rank))
    throw input_error(where + " has the extent " + text_of(extent) +
                      "; frames are [frames][rows][columns], or such with more axes before the rows, or one image "
                      "[rows][columns]");
  layout.lead.assign(extent.begin(), extent.end() - 2);
  layout.frames = product(layout.lead);
  auto const rows = extent[extent.size() - 2];
  auto const columns = extent[extent.size() - 1];
  handle const type = need(H5Dget_type(dataset), H5Tclose, where + " has no type");
  layout.element_bytes = H5Tget_size(type.id());
  if (!pixel_type_of(type.id(), layout.format.type))
    throw input_error(where + " holds " + text_of_type(type.id()) +
                      "; pixels are integers of up to 32 bits or floating-point numbers of 32 or 64");
  if (layout.frames == 0 || rows == 0 || columns == 0)
    throw input_error(where + " has the extent " + text_of(extent) + ": there are no frames in it");
  constexpr auto most = static_cast<hsize_t>(std::numeric_limits<int>::max());
  if (layout.frames > most_frames || rows > most || columns > most ||
      rows > most_frame_bytes / columns / bytes_of(layout.format.type))
    throw input_error(where + " has the extent " + text_of(extent) + ", which is absurdly large for frames");
  layout.format.rows = static_cast<int>(rows);
  layout.format.columns = static_cast<int>(columns);

  handle const properties = need(H5Dget_create_plist(dataset), H5Pclose, where + " has no properties");
  auto const kind = H5Pget_layout(properties.id());
  layout.is_virtual = kind == H5D_VIRTUAL;
  layout.chunked = kind == H5D_CHUNKED;
  if (!layout.chunked) return layout;
  layout.chunk.resize(extent.size());
  need(H5Pget_chunk(properties.id(), static_cast<int>(extent.size()), layout.chunk.data()), where + " has no chunks");
  if (std::find(layout.chunk.begin(), layout.chunk.end(), 0) != layout.chunk.end())
    throw input_error(where + " has chunks without extent");
  auto const filters = filters_of(properties.id());
  require_filters(filters, where);
  layout.decoded = chunk_lengths_of(dataset);
  auto frame_chunk = extent;
  std::fill_n(frame_chunk.begin(), layout.lead.size(), hsize_t(1));
  layout.one_frame_a_chunk = layout.chunk == frame_chunk && stored_as(type.id(), layout.format.type) &&
                             encoding_of(filters, layout.element_bytes, layout.format);
  if (!layout.one_frame_a_chunk) {
    layout.format.code = encoding::raw;
    layout.format.block_pixels = 0;
  }
  return layout;
}

frame_dataset::frame_dataset(std::shared_ptr<input_file> file, std::string const& path)
    : file_(std::move(file)), path_(path) {
  std::string const where = "'" + path + "' in '" + file_->path + "'";
  dataset_ = need(H5Dopen2(file_->file.id(), path.c_str(), H5P_DEFAULT), H5Dclose, where + " cannot be opened");
  if (draws_on_others(dataset_.id())) open_sources(where);
  layout_ = layout_of(dataset_.id(), where);
  file_bytes_ = size_of_open_file(file_->file.id());
  if (layout_.chunked || layout_.is_virtual) return;
  handle const properties = need(H5Dget_create_plist(dataset_.id()), H5Pclose, where + " has no properties");
  if (raw_files_.empty() && H5Pget_layout(properties.id()) == H5D_CONTIGUOUS)
    allocated_ = H5Dget_offset(dataset_.id()) != HADDR_UNDEF;
  H5Eclear2(H5E_DEFAULT);
}

/// Sees to it that HDF5 finds what the dataset draws on.
void frame_dataset::open_sources(std::string const& where) {
  handle const properties = need(H5Dget_create_plist(dataset_.id()), H5Pclose, where + " has no properties");
  raw_files_ = raw_files_of(properties.id(), file_->path, where);
  file_cache files;
  access_ = std::make_unique<source_access>(files, found_object{found_object::state::found, file_, path_, "", ""});
  auto substitute = access_->take_substitute();
  if (!substitute) return;
  dataset_ = std::move(substitute);
  is_substitute_ = true;
}

/// HDF5 reads zeros where a raw file is too short or, at its end, absent: those are no pixels.
frame_status frame_dataset::check_raw_files(std::uint64_t frame) const {
  std::uint64_t const size = layout_.format.pixels() * layout_.element_bytes;
  std::uint64_t const begin = frame * size;
  for (auto const& raw : raw_files_) {
    std::uint64_t const end_of_raw = raw.bytes > UINT64_MAX - raw.first ? UINT64_MAX : raw.first + raw.bytes;
    std::uint64_t const from = std::max(begin, raw.first);
    std::uint64_t const to = std::min(begin + size, end_of_raw);
    if (from >= to) continue;
    std::error_code ignored;
    if (!std::filesystem::exists(raw.path, ignored)) return frame_status::missing;
    auto const has = size_of_file(raw.path);
    if (has < raw.offset || has - raw.offset < to - raw.first) return frame_status::truncated;
  }
  return frame_status::ok;
}

std::string frame_dataset::absent_raw_file() const {
  std::error_code ignored;
  for (auto const& raw : raw_files_)
    if (!std::filesystem::exists(raw.path, ignored)) return raw.path;
  return "";
}

std::uint64_t frame_dataset::stored_bytes(std::uint64_t frame) {
  if (layout_.chunked) return stored_in_chunks(frame);
  if (!allocated_ || check_raw_files(frame) == frame_status::missing) return 0;
  return layout_.format.pixels() * layout_.element_bytes;
}

std::uint64_t frame_dataset::stored_in_chunks(std::uint64_t frame) {
  // Asking for every one of thousands of small chunks would take longer than reading them: some stand for all.
  constexpr hsize_t most_asked = 64;
  auto first = start_of(frame);
  for (std::size_t d = 0; d < layout_.lead.size(); ++d) first[d] -= first[d] % layout_.chunk[d];
  if (chunk_is_known_ && first == known_chunk_) return known_stored_;
  std::size_t const r = layout_.lead.size();
  hsize_t const down = blocks(static_cast<hsize_t>(layout_.format.rows), layout_.chunk[r]);
  hsize_t const across = blocks(static_cast<hsize_t>(layout_.format.columns), layout_.chunk[r + 1]);
  hsize_t const chunks = down * across;
  auto const stored = [&](hsize_t index) {
    auto offset = first;
    offset[r] = index / across * layout_.chunk[r];
    offset[r + 1] = index % across * layout_.chunk[r + 1];
    hsize_t bytes = 0;
    if (H5Dget_chunk_storage_size(dataset_.id(), offset.data(), &bytes) < 0) bytes = 0;
    return bytes;
  };
  hsize_t const stride = blocks(chunks, most_asked);
  hsize_t all = 0;
  for (hsize_t i = 0; i < chunks; i += stride) all += stored(i);
  all *= stride;
  for (hsize_t i = 0; i < chunks && all == 0 && stride > 1; ++i) all = stored(i);
  known_chunk_ = first;
  chunk_is_known_ = true;
  known_stored_ = blocks(all, frames_a_chunk());
  return known_stored_;
}

/// The frames that share a chunk.
hsize_t frame_dataset::frames_a_chunk() const {
  hsize_t frames = 1;
  for (std::size_t d = 0; d < layout_.lead.size(); ++d)
    if (__builtin_mul_overflow(frames, layout_.chunk[d], &frames)) return UINT64_MAX;
  return frames;
}

/// Where a frame's pixels begin.
coordinates frame_dataset::start_of(std::uint64_t frame) const {
  coordinates start{};
  for (std::size_t d = layout_.lead.size(); d-- > 0; frame /= layout_.lead[d]) start[d] = frame % layout_.lead[d];
  return start;
}

bool frame_dataset::delivers(frame_format const& wanted) const {
  auto const& own = layout_.format;
  if (!layout_.one_frame_a_chunk || own.type != wanted.type || own.rows != wanted.rows || own.columns != wanted.columns)
    return false;
  if (own.code == encoding::raw) return true;  // whatever is wanted, a frame may be raw
  auto const block = [](frame_format const& f) {
    return f.block_pixels != 0 ? f.block_pixels : default_block_elements(bytes_of(f.type));
  };
  return own.code == wanted.code && (own.code != encoding::bitshuffle || block(own) == block(wanted));
}

/// HDF5 reads zeros past the end of a file that was cut after it was opened.
bool frame_dataset::file_has_shrunk() const {
  return file_bytes_ != 0 && size_of_open_file(file_->file.id()) < file_bytes_;
}

frame_status frame_dataset::read_stored(std::uint64_t frame, frame_buffer& bytes, std::uint32_t& filter_mask) {
  auto const offset = start_of(frame);
  hsize_t size = 0;
  std::uint32_t mask = 0;
  if (H5Dget_chunk_storage_size(dataset_.id(), offset.data(), &size) < 0) return frame_status::unreadable;
  if (size == 0) return frame_status::missing;
  if (size > most_stored(layout_.format.bytes())) return frame_status::lying_header;
  if (!resize(bytes, size)) return frame_status::unreadable;
  if (H5Dread_chunk(dataset_.id(), H5P_DEFAULT, offset.data(), &mask, bytes.data()) < 0) {
    H5Eclear2(H5E_DEFAULT);
    return frame_status::unreadable;
  }
  if (file_has_shrunk()) return frame_status::truncated;
  bool const raw = layout_.format.code == encoding::raw || (mask & 1) != 0;
  if (raw && size != layout_.format.bytes())
    return size < layout_.format.bytes() ? frame_status::truncated : frame_status::lying_header;
  filter_mask = raw ? 1 : 0;
  return frame_status::ok;
}

/// Opens the dataset again with a cache in which the chunks of a frame stay until all their frames are read.
void frame_dataset::open_for_pixels() {
  constexpr std::size_t most_cached = std::size_t(2) << 30;
  open_for_pixels_ = true;
  chunks_ = chunk_reader::make(dataset_.id());
  if (chunks_) return;
  std::size_t cached = std::size_t(64) << 20;
  if (layout_.chunked) {
    std::size_t const r = layout_.lead.size();
    std::uint64_t bytes = layout_.element_bytes * blocks(static_cast<hsize_t>(layout_.format.rows), layout_.chunk[r]) *
                          blocks(static_cast<hsize_t>(layout_.format.columns), layout_.chunk[r + 1]);
    for (auto const n : layout_.chunk)
      if (__builtin_mul_overflow(bytes, n, &bytes)) bytes = most_cached;
    cached = std::clamp<std::size_t>(bytes, std::size_t(1) << 20, most_cached);
  }
  handle const access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  if (H5Pset_chunk_cache(access.id(), 100'003, cached, 1.0) < 0) return;
  if (is_substitute_) return;
  dataset_.close();
  dataset_ = handle(H5Dopen2(file_->file.id(), path_.c_str(), access.id()), H5Dclose);
}

/// Refuses chunks of absurd size before HDF5 allocates memory for them.
frame_status frame_dataset::check_chunks(std::uint64_t frame) {
  std::uint64_t decoded = layout_.element_bytes;
  for (auto const n : layout_.chunk)
    if (__builtin_mul_overflow(decoded, n, &decoded)) return frame_status::lying_header;
  auto const share = stored_in_chunks(frame);
  if (share == 0) return frame_status::missing;
  std::size_t const r = layout_.lead.size();
  hsize_t const chunks = blocks(static_cast<hsize_t>(layout_.format.rows), layout_.chunk[r]) *
                         blocks(static_cast<hsize_t>(layout_.format.columns), layout_.chunk[r + 1]);
  std::uint64_t all = 0;
  if (__builtin_mul_overflow(decoded, chunks, &all)) return frame_status::lying_header;
  return share > most_stored(all) / frames_a_chunk() + 1 ? frame_status::lying_header : frame_status::ok;
}

frame_status frame_dataset::read_pixels(std::uint64_t frame, pixel_type type, frame_buffer& bytes) {
  if (!open_for_pixels_) open_for_pixels();
  if (!dataset_) return frame_status::unreadable;
  auto status = layout_.chunked ? check_chunks(frame) : check_raw_files(frame);
  if (status != frame_status::ok) return status;
  if (!resize(bytes, layout_.format.pixels() * std::max(bytes_of(type), layout_.element_bytes)))
    return frame_status::unreadable;
  status = chunks_ ? read_elements(frame, type, bytes) : read_by_hdf5(frame, type, bytes);
  bytes.resize(layout_.format.pixels() * bytes_of(type));
  return status == frame_status::ok && file_has_shrunk() ? frame_status::truncated : status;
}

frame_status frame_dataset::read_elements(std::uint64_t frame, pixel_type type, frame_buffer& bytes) {
  auto const status = chunks_->read(dataset_.id(), frame, std::span(bytes).first(chunks_->frame_bytes()));
  if (status != frame_status::ok) return status;
  handle const stored(H5Dget_type(dataset_.id()), H5Tclose);
  if (!stored ||
      H5Tconvert(stored.id(), memory_type(type), layout_.format.pixels(), bytes.data(), nullptr, H5P_DEFAULT) < 0)
    return frame_status::unreadable;
  return frame_status::ok;
}

frame_status frame_dataset::read_by_hdf5(std::uint64_t frame, pixel_type type, frame_buffer& bytes) {
  auto const first = start_of(frame);
  coordinates count;
  count.fill(1);
  count[rank() - 2] = static_cast<hsize_t>(layout_.format.rows);
  count[rank() - 1] = static_cast<hsize_t>(layout_.format.columns);
  handle const file_space(H5Dget_space(dataset_.id()), H5Sclose);
  handle const memory_space(H5Screate_simple(2, &count[rank() - 2], nullptr), H5Sclose);
  if (!file_space || !memory_space ||
      H5Sselect_hyperslab(file_space.id(), H5S_SELECT_SET, first.data(), nullptr, count.data(), nullptr) < 0)
    return frame_status::unreadable;
  expected_chunk const checked(layout_.decoded);
  if (H5Dread(dataset_.id(), memory_type(type), memory_space.id(), file_space.id(), H5P_DEFAULT, bytes.data()) < 0) {
    auto const status = failed_in_filter() ? frame_status::corrupt : frame_status::unreadable;
    H5Eclear2(H5E_DEFAULT);
    return status;
  }
  return frame_status::ok;
}

}  // namespace xrdct::hdf5
