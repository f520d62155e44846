#include "tests/geometry/case_file.hpp"

#include "xrdct/io/hdf5.hpp"

#include <hdf5.h>

#include <stdexcept>
#include <utility>

namespace xrdct::test {
namespace {

/// An HDF5 identifier that is closed at the end of the scope.
class handle {
 public:
  handle(hid_t id, herr_t (*close)(hid_t), std::string const& what) : id_(id), close_(close) {
    if (id < 0) throw std::runtime_error("HDF5: " + what);
  }
  ~handle() { close_(id_); }
  handle(handle const&) = delete;
  handle& operator=(handle const&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

void check(herr_t status, std::string const& what) {
  if (status < 0) throw std::runtime_error("HDF5: " + what);
}

/// The library must be started before it is used.
hid_t open_file(std::filesystem::path const& path) {
  hdf5::start();
  return H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
}

hid_t id_of(std::shared_ptr<void> const& file) { return *static_cast<hid_t const*>(file.get()); }

/// A string of variable length, which is how h5py writes them.
template <class reader>
std::string read_string(reader const& read) {
  handle const type(H5Tcopy(H5T_C_S1), H5Tclose, "string type");
  check(H5Tset_size(type, H5T_VARIABLE), "string size");
  check(H5Tset_cset(type, H5T_CSET_UTF8), "string encoding");
  char* text = nullptr;
  check(read(type, &text), "reading a string");
  std::string const copy = text != nullptr ? text : "";
  H5free_memory(text);
  return copy;
}

}  // namespace

case_file::case_file(std::filesystem::path const& path)
    : folder_(path.parent_path()), file_(new hid_t(open_file(path)), [](void* pointer) {
        std::unique_ptr<hid_t> const id(static_cast<hid_t*>(pointer));
        if (*id >= 0) H5Fclose(*id);
      }) {
  if (id_of(file_) < 0) throw std::runtime_error("HDF5: cannot open " + path.string());
}

std::vector<std::string> case_file::cases() const {
  std::vector<std::string> names;
  auto const take = [](hid_t, char const* name, H5L_info_t const*, void* into) -> herr_t {
    static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return 0;
  };
  check(H5Literate(id_of(file_), H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names), "listing cases");
  return names;
}

bool case_file::has(std::string const& path) const { return H5Lexists(id_of(file_), path.c_str(), H5P_DEFAULT) > 0; }

std::array<int, 2> case_file::shape(std::string const& path) const {
  handle const dataset(H5Dopen2(id_of(file_), path.c_str(), H5P_DEFAULT), H5Dclose, path);
  handle const space(H5Dget_space(dataset), H5Sclose, path);
  std::array<hsize_t, 2> lengths{};
  if (H5Sget_simple_extent_ndims(space) != 2) throw std::runtime_error("HDF5: not an image: " + path);
  check(H5Sget_simple_extent_dims(space, lengths.data(), nullptr), path);
  return {static_cast<int>(lengths[0]), static_cast<int>(lengths[1])};
}

pixel_type case_file::type(std::string const& path) const {
  handle const dataset(H5Dopen2(id_of(file_), path.c_str(), H5P_DEFAULT), H5Dclose, path);
  handle const type(H5Dget_type(dataset), H5Tclose, path);
  auto const is = [&](hid_t other) { return H5Tequal(type, other) > 0; };
  if (is(H5T_NATIVE_UINT8)) return pixel_type::u8;
  if (is(H5T_NATIVE_UINT16)) return pixel_type::u16;
  if (is(H5T_NATIVE_UINT32)) return pixel_type::u32;
  if (is(H5T_NATIVE_INT32)) return pixel_type::i32;
  if (is(H5T_NATIVE_FLOAT)) return pixel_type::f32;
  throw std::runtime_error("HDF5: pixels of another type: " + path);
}

std::vector<double> case_file::numbers(std::string const& path) const {
  handle const dataset(H5Dopen2(id_of(file_), path.c_str(), H5P_DEFAULT), H5Dclose, path);
  handle const space(H5Dget_space(dataset), H5Sclose, path);
  std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  check(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), path);
  return values;
}

std::string case_file::text(std::string const& path) const {
  handle const dataset(H5Dopen2(id_of(file_), path.c_str(), H5P_DEFAULT), H5Dclose, path);
  return read_string(
      [&](hid_t type, char** text) { return H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text); });
}

std::string case_file::root_attribute(std::string const& name) const {
  return H5Aexists(id_of(file_), name.c_str()) > 0 ? attribute("/", name) : "";
}

std::string case_file::attribute(std::string const& group, std::string const& name) const {
  handle const attribute(H5Aopen_by_name(id_of(file_), group.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         group + "@" + name);
  return read_string([&](hid_t type, char** text) { return H5Aread(attribute, type, text); });
}

}  // namespace xrdct::test
