#include "xrdct/io/chunk_pipeline.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace xrdct::hdf5 {
namespace {

/// Edge chunks of some datasets go without filters, which is up to HDF5 to know.
bool filters_all_chunks(hid_t properties) {
  unsigned options = 0;
  return H5Pget_chunk_opts(properties, &options) >= 0 && (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) == 0;
}

bool skipped(std::uint32_t mask, std::size_t filter) { return filter < 32 && (mask >> filter & 1) != 0; }

}  // namespace

chunk_pipeline::chunk_pipeline(std::vector<filter> filters, std::size_t bytes)
    : filters_(std::move(filters)), bytes_(bytes) {}

chunk_pipeline chunk_pipeline::of(hid_t dataset) {
  handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  auto const lengths = chunk_lengths_of(dataset);
  if (!properties || lengths.bytes == 0 || !filters_all_chunks(properties.id())) return {{}, 0};
  return {filters_of(properties.id()), lengths.bytes};
}

bool chunk_pipeline::complete() const { return !filters_.empty() && std::ranges::all_of(filters_, decodes); }

frame_status chunk_pipeline::read(hid_t dataset, hsize_t const* offset, filter_bytes& decoded) const {
  decoded = {};
  hsize_t size = 0;
  std::uint32_t mask = 0;
  if (H5Dget_chunk_storage_size(dataset, offset, &size) < 0) {
    size = 0;
    if (failure().find("not allocated") == std::string::npos) return frame_status::unreadable;
  }
  if (size == 0) return frame_status::ok;
  if (size > most_stored(bytes_)) return frame_status::lying_header;
  auto const stored = filter_bytes::allocate(size);
  if (!stored || H5Dread_chunk(dataset, H5P_DEFAULT, offset, &mask, stored.memory.get()) < 0) {
    H5Eclear2(H5E_DEFAULT);
    return frame_status::unreadable;
  }
  decoded = decode(stored.span(), mask);
  return decoded ? frame_status::ok : frame_status::corrupt;
}

/// What each filter has to deliver when it is undone: behind the first that compresses it is known only roughly.
std::vector<decoded_length> chunk_pipeline::lengths(std::uint32_t mask) const {
  constexpr std::size_t checksum = 4;
  std::vector<decoded_length> all;
  decoded_length here{bytes_, bytes_};
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    all.push_back(here);
    if (skipped(mask, i)) continue;
    if (filters_[i].number == H5Z_FILTER_FLETCHER32) {
      here = {here.least + checksum, here.most + checksum};
    } else if (!keeps_length(filters_[i])) {
      here = {0, most_encoded(bytes_)};
    }
  }
  return all;
}

filter_bytes chunk_pipeline::decode(std::span<std::byte const> chunk, std::uint32_t mask) const {
  auto const wanted = lengths(mask);
  filter_bytes last;
  auto now = chunk;
  for (auto i = filters_.size(); i-- > 0;) {
    if (skipped(mask, i)) continue;
    auto next = decode_filter(filters_[i], now, wanted[i]);
    if (!next || !wanted[i].allows(next.size)) return {};
    last = std::move(next);
    now = last.span();
  }
  if (now.size() != bytes_) return {};
  if (last) return last;
  auto copy = filter_bytes::allocate(bytes_);  // all were skipped
  if (copy) std::memcpy(copy.memory.get(), now.data(), bytes_);
  return copy;
}

void require_valid_chunks(hid_t dataset, std::string const& where) {
  constexpr hsize_t most_asked = 1 << 20;
  handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties || H5Pget_layout(properties.id()) != H5D_CHUNKED) return;
  require_filters(filters_of(properties.id()), where);
  auto const pipeline = chunk_pipeline::of(dataset);
  if (!pipeline.complete()) return;
  auto const extent = extent_of(dataset);
  if (product(extent) == 0) return;
  std::vector<hsize_t> chunk(extent.size()), offset(extent.size());
  need(H5Pget_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()), where + " has no chunks");
  if (std::ranges::find(chunk, 0) != chunk.end()) throw input_error(where + " has chunks without extent");
  for (hsize_t asked = 0; asked < most_asked; ++asked) {
    filter_bytes decoded;
    auto const status = pipeline.read(dataset, offset.data(), decoded);
    if (status != frame_status::ok)
      throw input_error(where + " cannot be read: the chunk at " + text_of(offset) + " is bad (" +
                        std::string(describe(status)) + ")");
    auto axis = offset.size();
    while (axis > 0) {  // the last index runs fastest
      --axis;
      if (chunk[axis] < extent[axis] - offset[axis]) {
        offset[axis] += chunk[axis];
        break;
      }
      offset[axis] = 0;
      if (axis == 0) return;
    }
    if (offset.empty()) return;
  }
}

}  // namespace xrdct::hdf5
