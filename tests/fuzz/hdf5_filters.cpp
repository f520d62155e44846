// Our filters within HDF5: a chunk of any bytes, under any parameters, read through the library.
#include "xrdct/io/hdf5_filters.hpp"

#include "kernels/common/decode.hpp"
#include "tests/fuzz/chunk_of_frame.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/io/hdf5.hpp"

#include <algorithm>
#include <array>
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

/// Client data as a file may have it, of which the element's size is most often right.
std::vector<unsigned> take_parameters(input& from, int filter) {
  constexpr std::array<unsigned, 8> odd{0, 1, 3, 7, 1U << 16, 1U << 31, ~0U, 24};
  auto const value = [&](unsigned usual) { return from.below(4) == 0 ? odd[from.below(odd.size())] : usual; };
  if (filter == hdf5::lz4_filter) return {value(64)};
  unsigned const compression = static_cast<unsigned>(from.below(4));
  return {0, 3, value(element_bytes), value(16), compression};
}

struct dataset_under_test {
  handle dataset;
  int filter;
  std::vector<unsigned> parameters;
};

dataset_under_test make_dataset(input& from) {
  std::array<hsize_t, 2> const extent{rows, columns};
  handle const space(H5Screate_simple(2, extent.data(), nullptr), H5Sclose);
  handle const properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  int const filter = from.below(3) == 0 ? hdf5::lz4_filter : hdf5::bitshuffle_filter;
  auto const parameters = take_parameters(from, filter);
  require(H5Pset_chunk(properties.id(), 2, extent.data()) >= 0, "chunks can be set");
  require(H5Pset_filter(properties.id(), filter, H5Z_FLAG_OPTIONAL, parameters.size(), parameters.data()) >= 0,
          "a filter can be set");
  return {handle(H5Dcreate_anon(file_in_memory(), H5T_STD_U16LE, space.id(), properties.id(), H5P_DEFAULT), H5Dclose),
          filter, parameters};
}

/// What decode_chunk() makes of it, which is all that the filter adds to HDF5.
bool decodes(dataset_under_test const& made, std::vector<std::byte> const& chunk, std::vector<std::byte>& pixels) {
  if (made.filter == hdf5::lz4_filter)
    return decode_chunk(chunk, {encoding::hdf5_lz4, 1, 0}, pixels) == frame_status::ok;
  auto const size = made.parameters[2];
  if (size == 0) return false;
  switch (made.parameters[4]) {
    case hdf5::bitshuffle_plain:
      return decode_chunk(chunk, {encoding::bitshuffle, size, made.parameters[3]}, pixels) == frame_status::ok;
    case hdf5::bitshuffle_with_lz4:
      return decode_chunk(chunk, {encoding::bitshuffle_lz4, size, 0}, pixels) == frame_status::ok;
    default: return false;
  }
}

void read_chunk(input& from) {
  auto const made = make_dataset(from);
  if (!made.dataset) return;  // HDF5 has seen that the parameters are none
  auto const code = made.filter == hdf5::lz4_filter ? encoding::hdf5_lz4 : encoding::bitshuffle_lz4;
  auto const chunk = with_right_header(from, code, chunk_bytes);
  std::array<hsize_t, 2> const start{0, 0};
  if (chunk.empty() || H5Dwrite_chunk(made.dataset.id(), H5P_DEFAULT, 0, start.data(), chunk.size(), chunk.data()) < 0)
    return;
  H5Drefresh(made.dataset.id());
  std::vector<std::byte> found(chunk_bytes), expected(chunk_bytes);
  hdf5::expected_chunk const whole(chunk_bytes);
  bool const read = H5Dread(made.dataset.id(), H5T_STD_U16LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, found.data()) >= 0;
  require(read == decodes(made, chunk, expected), "HDF5 reads the chunks that decode");
  require(!read || found == expected, "HDF5 reads what is decoded");
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::input from(data, size);
  xrdct::fuzz::read_chunk(from);
  return 0;
}
