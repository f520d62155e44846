#include "xrdct/io/filter_list.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_codecs.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace xrdct::hdf5 {
namespace {

/// The register of The HDF Group (hdf5_plugins, docs/RegisteredFilterPlugins.md).
constexpr std::pair<int, char const*> registered[] = {
    {H5Z_FILTER_DEFLATE, "gzip"},
    {H5Z_FILTER_SHUFFLE, "shuffle"},
    {H5Z_FILTER_FLETCHER32, "Fletcher32"},
    {H5Z_FILTER_SZIP, "szip"},
    {H5Z_FILTER_NBIT, "N-bit"},
    {H5Z_FILTER_SCALEOFFSET, "scale-offset"},
    {257, "hzip"},
    {258, "fpzip"},
    {305, "LZO"},
    {bzip2_filter, "bzip2"},
    {lzf_filter, "LZF"},
    {blosc_filter, "Blosc"},
    {32002, "MAFISC"},
    {32003, "Snappy"},
    {lz4_filter, "LZ4"},
    {32005, "APAX"},
    {32006, "CBF"},
    {32007, "JPEG-XR"},
    {bitshuffle_filter, "bitshuffle"},
    {32009, "SPDP"},
    {32010, "LPC-Rice"},
    {32011, "CCSDS-123"},
    {32012, "JPEG-LS"},
    {32013, "ZFP"},
    {32014, "fpzip"},
    {zstd_filter, "Zstandard"},
    {32016, "B3D"},
    {32017, "SZ"},
    {32018, "FCIDECOMP"},
    {32019, "JPEG"},
    {32020, "VBZ"},
    {32021, "FAPEC"},
    {32022, "BitGroom"},
    {32023, "Granular BitRound"},
    {32024, "SZ3"},
    {32025, "Delta-Rice"},
    {32026, "Blosc2"},
    {32027, "FLAC"},
    {32028, "SPERR"},
    {32029, "TERSE/PROLIX"},
    {32030, "FFMPEG"},
};

/// A method within a filter that we do not have; "" where there is none.
std::string missing_method(filter const& one) {
  if (one.number == bitshuffle_filter && one.values.size() > 4) {
    auto const method = one.values[4];
    if (method != bitshuffle_plain && method != bitshuffle_with_lz4 && method != bitshuffle_with_zstd)
      return "method " + std::to_string(method);
  }
  if (one.number == blosc_filter && one.values.size() > 6 && !has_blosc_compressor(one.values[6]))
    return blosc_compressor(one.values[6]);
  return "";
}

bool is_own(int number) {
  constexpr std::array own{bitshuffle_filter, lz4_filter, zstd_filter, blosc_filter, lzf_filter, bzip2_filter};
  return std::find(own.begin(), own.end(), number) != own.end();
}

}  // namespace

std::vector<filter> filters_of(hid_t properties) {
  constexpr std::size_t most_values = 64;
  int const n = H5Pget_nfilters(properties);
  std::vector<filter> all(static_cast<std::size_t>(std::max(n, 0)));
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& one = all[i];
    std::array<char, 64> name{};
    unsigned flags = 0, config = 0;
    one.values.resize(most_values);
    auto count = one.values.size();
    one.number = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &count, one.values.data(),
                                name.size() - 1, name.data(), &config);
    one.values.resize(std::min(count, most_values));
    one.name = name.data();
  }
  return all;
}

bool keeps_length(filter const& one) {
  bool const plain = one.values.size() < 5 || one.values[4] == bitshuffle_plain;
  return one.number == H5Z_FILTER_SHUFFLE || (one.number == bitshuffle_filter && plain);
}

std::string name_of(filter const& one) {
  for (auto const& [number, name] : registered)
    if (number == one.number) return name;
  return one.name;
}

void require_filters(std::vector<filter> const& filters, std::string const& where) {
  for (auto const& one : filters) {
    if (auto const method = missing_method(one); !method.empty())
      throw input_error(where + " is compressed by " + name_of(one) + " with " + method +
                        ", which cannot be decoded here; repack it with another");
    if (H5Zfilter_avail(one.number) > 0) continue;
    H5Eclear2(H5E_DEFAULT);
    auto const name = name_of(one);
    throw input_error(where + " is compressed by HDF5 filter " + std::to_string(one.number) +
                      (name.empty() ? "" : " (" + name + ")") +
                      ", which is not installed; install its plugin and set HDF5_PLUGIN_PATH to its folder (Python's "
                      "hdf5plugin package has many: hdf5plugin.PLUGINS_PATH), or repack the file");
  }
}

chunk_lengths chunk_lengths_of(hid_t dataset) {
  chunk_lengths lengths;
  handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  handle const type(H5Dget_type(dataset), H5Tclose);
  std::array<hsize_t, H5S_MAX_RANK> chunk{};
  if (!properties || !type || H5Pget_layout(properties.id()) != H5D_CHUNKED) return lengths;
  int const rank = H5Pget_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data());
  hsize_t bytes = H5Tget_size(type.id());
  for (int i = 0; i < rank; ++i)
    if (__builtin_mul_overflow(bytes, chunk[static_cast<std::size_t>(i)], &bytes)) return lengths;
  lengths.bytes = bytes;
  std::size_t here = bytes;  // before the filters that have been passed are undone
  for (auto const& one : filters_of(properties.id())) {
    constexpr std::size_t checksum = 4;
    if (is_own(one.number)) lengths.exact.emplace_back(one.number, here);
    if (one.number == H5Z_FILTER_FLETCHER32) {
      here += checksum;
    } else if (!keeps_length(one)) {
      break;
    }
  }
  return lengths;
}

}  // namespace xrdct::hdf5
