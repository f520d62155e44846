// Our filters within HDF5: a chunk of any bytes, under any parameters, read through the library.
#include "xrdct/io/hdf5_filters.hpp"

#include "kernels/common/decode.hpp"
#include "tests/fuzz/chunk_of_frame.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_codecs.hpp"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace xrdct::fuzz {
namespace {

using hdf5::handle;

constexpr hsize_t rows = 12;
constexpr hsize_t columns = 9;
constexpr std::size_t element_bytes = 2;
constexpr std::size_t chunk_bytes = rows * columns * element_bytes;

/// A file that is never written to a disk, for all inputs.
hid_t file_in_memory() {
  static handle const file = [] {
    hdf5::start();
    handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    require(H5Pset_fapl_core(access.id(), 1 << 16, false) >= 0, "HDF5 keeps files in memory");
    return handle(H5Fcreate("fuzz", H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  }();
  return file.id();
}

struct filter_under_test {
  int number;
  std::vector<unsigned> parameters;
};

/// Client data as a file may have it, of which the element's size is most often right.
filter_under_test take_filter(input& from) {
  constexpr std::array numbers{hdf5::lz4_filter,   hdf5::bitshuffle_filter, hdf5::zstd_filter,
                               hdf5::blosc_filter, hdf5::lzf_filter,        hdf5::bzip2_filter};
  constexpr std::array<unsigned, 8> odd{0, 1, 3, 7, 1U << 16, 1U << 31, ~0U, 24};
  auto const value = [&](unsigned usual) { return from.below(4) == 0 ? odd[from.below(odd.size())] : usual; };
  filter_under_test made{numbers[from.below(numbers.size())], {}};
  if (made.number == hdf5::lz4_filter) made.parameters = {value(64)};
  if (made.number == hdf5::bitshuffle_filter) {
    made.parameters = {0, 3, value(element_bytes), value(16)};
    made.parameters.push_back(static_cast<unsigned>(from.below(4)));
  }
  return made;
}

handle make_dataset(filter_under_test const& filter) {
  std::array<hsize_t, 2> const extent{rows, columns};
  handle const space(H5Screate_simple(2, extent.data(), nullptr), H5Sclose);
  handle const properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  auto const& parameters = filter.parameters;
  require(H5Pset_chunk(properties.id(), 2, extent.data()) >= 0, "chunks can be set");
  require(H5Pset_filter(properties.id(), filter.number, H5Z_FLAG_OPTIONAL, parameters.size(), parameters.data()) >= 0,
          "a filter can be set");
  return {H5Dcreate_anon(file_in_memory(), H5T_STD_U16LE, space.id(), properties.id(), H5P_DEFAULT), H5Dclose};
}

/// How decode_chunk() is told of LZ4 and bitshuffle; nothing where the parameters make no sense.
std::optional<chunk_encoding> encoding_of(filter_under_test const& filter) {
  if (filter.number == hdf5::lz4_filter) return chunk_encoding{encoding::hdf5_lz4, 1, 0};
  auto const size = filter.parameters[2];
  if (size == 0) return {};
  switch (filter.parameters[4]) {
    case hdf5::bitshuffle_plain: return chunk_encoding{encoding::bitshuffle, size, filter.parameters[3]};
    case hdf5::bitshuffle_with_lz4: return chunk_encoding{encoding::bitshuffle_lz4, size, 0};
    case hdf5::bitshuffle_with_zstd: return chunk_encoding{encoding::bitshuffle_zstd, size, 0};
    default: return {};
  }
}

/// What the decoders make of it, which is all that a filter adds to HDF5. Returns whether they do.
bool decode(filter_under_test const& filter, std::span<std::byte const> chunk, std::vector<std::byte>& pixels) {
  auto const with = [&](auto decoder) {
    auto const made = decoder(chunk, hdf5::decoded_length{chunk_bytes, chunk_bytes});
    if (made) pixels.assign(made.span().begin(), made.span().end());
    return static_cast<bool>(made);
  };
  switch (filter.number) {
    case hdf5::zstd_filter: return with(hdf5::decode_zstd);
    case hdf5::blosc_filter: return with(hdf5::decode_blosc);
    case hdf5::lzf_filter: return with(hdf5::decode_lzf);
    case hdf5::bzip2_filter: return with(hdf5::decode_bzip2);
    default: break;
  }
  auto const how = encoding_of(filter);
  return how && decode_chunk(chunk, *how, pixels) == frame_status::ok;
}

void read_chunk(input& from) {
  auto const filter = take_filter(from);
  auto const dataset = make_dataset(filter);
  if (!dataset) return;  // HDF5 has seen that the parameters are none
  bool const has_header = filter.number == hdf5::lz4_filter || filter.number == hdf5::bitshuffle_filter;
  auto const chunk = with_right_header(from, has_header ? encoding::hdf5_lz4 : encoding::raw, chunk_bytes);
  std::array<hsize_t, 2> const start{0, 0};
  if (chunk.empty() || H5Dwrite_chunk(dataset.id(), H5P_DEFAULT, 0, start.data(), chunk.size(), chunk.data()) < 0)
    return;
  std::vector<std::byte> found(chunk_bytes), expected(chunk_bytes);
  hdf5::expected_chunk const whole(hdf5::chunk_lengths_of(dataset.id()));
  bool const read = H5Dread(dataset.id(), H5T_STD_U16LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, found.data()) >= 0;
  require(read == decode(filter, chunk, expected), "HDF5 reads the chunks that decode");
  require(!read || found == expected, "HDF5 reads what is decoded");
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::input from(data, size);
  xrdct::fuzz::read_chunk(from);
  return 0;
}
