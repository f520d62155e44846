#include "tests/io/h5_files.hpp"

#include "kernels/common/decode.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace xrdct::test {

void check(herr_t code, char const* what) {
  if (code < 0) throw std::runtime_error(std::string(what) + ": " + hdf5::failure());
}

namespace {
handle made(hid_t id, handle::closer close, char const* what) {
  if (id < 0) throw std::runtime_error(std::string(what) + ": " + hdf5::failure());
  return {id, close};
}

handle with_parents() {
  handle properties(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(properties.id(), 1);
  return properties;
}
}  // namespace

h5_file::h5_file(fs::path const& path, bool newest_format) {
  hdf5::start();
  handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (newest_format) H5Pset_libver_bounds(access.id(), H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  file_ = made(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose, "H5Fcreate");
}

h5_file h5_file::reopen(fs::path const& path) {
  return h5_file(made(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "H5Fopen"));
}

handle h5_file::dataset(std::string const& path, hid_t type, std::vector<hsize_t> const& extent, hid_t properties,
                        std::vector<hsize_t> const& largest) {
  handle const space =
      made(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), largest.empty() ? nullptr : largest.data()),
           H5Sclose, "H5Screate_simple");
  return made(H5Dcreate2(id(), path.c_str(), type, space.id(), with_parents().id(), properties, H5P_DEFAULT), H5Dclose,
              "H5Dcreate");
}

void h5_file::soft_link(std::string const& path, std::string const& target) {
  check(H5Lcreate_soft(target.c_str(), id(), path.c_str(), with_parents().id(), H5P_DEFAULT), "H5Lcreate_soft");
}

void h5_file::external_link(std::string const& path, std::string const& file, std::string const& target) {
  check(H5Lcreate_external(file.c_str(), target.c_str(), id(), path.c_str(), with_parents().id(), H5P_DEFAULT),
        "H5Lcreate_external");
}

void put_array(h5_file& file, std::string const& path, hid_t type, std::vector<hsize_t> const& extent,
               std::vector<double> const& values) {
  write_all(file.dataset(path, type, extent).id(), H5T_NATIVE_DOUBLE, values.data());
}

void put_number(h5_file& file, std::string const& path, hid_t type, double value, std::string const& unit) {
  put_array(file, path, type, {}, {value});
  if (!unit.empty()) put_attribute(file, path, "units", unit);
}

namespace {
handle text_type(std::string const& text) {
  handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), std::max<std::size_t>(text.size(), 1));
  return type;
}
}  // namespace

void put_text(h5_file& file, std::string const& path, std::string const& text) {
  auto const type = text_type(text);
  write_all(file.dataset(path, type.id(), {}).id(), type.id(), text.c_str());
}

void put_attribute(h5_file& file, std::string const& path, std::string const& name, std::string const& text) {
  auto const type = text_type(text);
  handle const space(H5Screate(H5S_SCALAR), H5Sclose);
  handle const attribute = made(H5Acreate_by_name(file.id(), path.c_str(), name.c_str(), type.id(), space.id(),
                                                  H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                                H5Aclose, "H5Acreate");
  check(H5Awrite(attribute.id(), type.id(), text.c_str()), "H5Awrite");
}

handle creation() { return {H5Pcreate(H5P_DATASET_CREATE), H5Pclose}; }

void write_all(hid_t dataset, hid_t memory_type, void const* values) {
  check(H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "H5Dwrite");
}

void write_frame(hid_t dataset, hid_t memory_type, hsize_t frame, hsize_t rows, hsize_t columns, void const* values) {
  std::array<hsize_t, 3> const start{frame, 0, 0};
  std::array<hsize_t, 3> const count{1, rows, columns};
  handle const space = made(H5Dget_space(dataset), H5Sclose, "H5Dget_space");
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), "select");
  handle const memory = made(H5Screate_simple(3, count.data(), nullptr), H5Sclose, "H5Screate_simple");
  check(H5Dwrite(dataset, memory_type, memory.id(), space.id(), H5P_DEFAULT, values), "H5Dwrite");
}

void write_chunk(hid_t dataset, hsize_t frame, std::span<std::byte const> bytes, std::uint32_t filter_mask) {
  std::array<hsize_t, 3> const offset{frame, 0, 0};
  check(H5Dwrite_chunk(dataset, H5P_DEFAULT, filter_mask, offset.data(), bytes.size(), bytes.data()), "H5Dwrite_chunk");
}

handle chunked(std::vector<hsize_t> const& chunk, int filter, std::vector<unsigned> const& values) {
  handle properties = creation();
  check(H5Pset_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()), "H5Pset_chunk");
  if (filter != 0)
    check(H5Pset_filter(properties.id(), filter, H5Z_FLAG_OPTIONAL, values.size(), values.data()), "H5Pset_filter");
  return properties;
}

handle slab(std::vector<hsize_t> const& extent, std::vector<hsize_t> const& start, std::vector<hsize_t> const& count,
            std::vector<hsize_t> const& largest) {
  handle space =
      made(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), largest.empty() ? nullptr : largest.data()),
           H5Sclose, "H5Screate_simple");
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), "select");
  return space;
}

void map(hid_t properties, hid_t virtual_space, std::string const& file, std::string const& dataset,
         hid_t source_space) {
  check(H5Pset_virtual(properties, virtual_space, file.c_str(), dataset.c_str(), source_space), "H5Pset_virtual");
}

std::vector<read_back> read_stack(frame_stack const& stack) {
  frame_reader reader(stack);
  std::vector<read_back> all(stack.frames);
  frame_buffer bytes;
  for (std::uint64_t f = 0; f < stack.frames; ++f) {
    std::uint32_t mask = 0;
    auto& one = all[f];
    one.status = reader.read(f, bytes, mask);
    if (one.status != frame_status::ok) continue;
    one.as_stored = (mask & 1) == 0;
    one.pixels.resize(stack.format.bytes());
    chunk_encoding const how{(mask & 1) != 0 ? encoding::raw : stack.format.code, bytes_of(stack.format.type),
                             stack.format.block_pixels, stack.format.type == pixel_type::i32};
    one.status = decode_chunk(bytes, how, one.pixels);
  }
  return all;
}

}  // namespace xrdct::test
