#include "xrdct/io/chunk_pipeline.hpp"

#include "xrdct/io/hdf5_filters.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace xrdct::hdf5 {
namespace {

bool skipped(std::uint32_t mask, std::size_t filter) { return filter < 32 && (mask >> filter & 1) != 0; }

}  // namespace

chunk_pipeline::chunk_pipeline(std::vector<filter> filters, std::size_t bytes)
    : filters_(std::move(filters)), bytes_(bytes) {}

bool chunk_pipeline::complete() const { return std::ranges::all_of(filters_, decodes); }

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

}  // namespace xrdct::hdf5
