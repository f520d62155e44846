#include "xrdct/io/result_file.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <type_traits>

namespace xrdct {
namespace {

using hdf5::handle;

template <class T>
hid_t type_of() {
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::is_same_v<T, std::int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
}

/// UTF-8 of varying length: what h5py, silx and h5web read as text.
handle text_type() {
  handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

handle space_of(std::span<std::uint64_t const> shape) {
  if (shape.empty()) return {H5Screate(H5S_SCALAR), H5Sclose};
  std::vector<hsize_t> const extent(shape.begin(), shape.end());
  return {H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose};
}

/// About 64 KiB: large enough to be written at once, small enough to be read for one pixel's pattern or one channel's
/// image.
std::vector<hsize_t> chunk_of(std::span<std::uint64_t const> shape) {
  constexpr std::array<hsize_t, 3> three{16, 16, 64};
  std::vector<hsize_t> chunk(shape.size(), 1);
  std::size_t const rank = shape.size();
  if (rank >= 3) std::copy(three.begin(), three.end(), chunk.end() - 3);
  if (rank == 2) chunk = {256, 64};
  if (rank == 1) chunk = {16384};
  for (std::size_t d = 0; d < rank; ++d) chunk[d] = std::min<hsize_t>(chunk[d], shape[d]);
  // Where there are few columns or channels, more rows: chunks are not to be many.
  if (rank >= 3) {
    hsize_t const row = chunk[rank - 2] * chunk[rank - 1];
    auto& rows = chunk[rank - 3];
    while (row * rows * 2 <= three[0] * three[1] * three[2] && rows < shape[rank - 3]) rows *= 2;
    rows = std::min<hsize_t>(rows, shape[rank - 3]);
  }
  return chunk;
}

}  // namespace

std::uint64_t rows_a_chunk(std::span<std::uint64_t const> shape) { return chunk_of(shape).front(); }

struct nexus_file::state {
  std::string path;
  handle file;
  chunk_compression compression = chunk_compression::none;

  [[noreturn]] void fail(std::string const& what) const {
    throw runtime_failure("cannot write " + what + " to '" + path + "': " + hdf5::failure() + disk_space_hint(path));
  }
  handle check(hid_t id, handle::closer close, std::string const& what) const {
    if (id < 0) fail(what);
    return {id, close};
  }
  void check(herr_t code, std::string const& what) const {
    if (code < 0) fail(what);
  }

  /// Groups above a path.
  void make_parents(std::string const& of) const {
    for (auto at = of.find('/', 1); at != std::string::npos; at = of.find('/', at + 1)) make_group(of.substr(0, at));
  }
  void make_group(std::string const& at) const {
    if (at.empty() || at == "/" || exists(at)) return;
    auto made =
        check(H5Gcreate2(file.id(), at.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose, "'" + at + "'");
    if (!made.close()) fail("'" + at + "'");
  }
  bool exists(std::string const& at) const { return at == "/" || H5Lexists(file.id(), at.c_str(), H5P_DEFAULT) > 0; }

  /// The same where groups above it may be missing.
  bool reaches(std::string const& at) const {
    for (auto slash = at.find('/', 1); slash != std::string::npos; slash = at.find('/', slash + 1))
      if (!exists(at.substr(0, slash))) return false;
    return exists(at);
  }

  handle make_dataset(std::string const& at, hid_t type, hid_t space, hid_t properties = H5P_DEFAULT) const {
    make_parents(at);
    if (exists(at)) throw runtime_failure("'" + path + "' holds '" + at + "' already");
    handle usual;
    if (properties == H5P_DEFAULT) {
      usual = check(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "'" + at + "'");
      properties = usual.id();
    }
    check(H5Pset_obj_track_times(properties, 0), "'" + at + "'");  // the same results are the same file
    return check(H5Dcreate2(file.id(), at.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT), H5Dclose,
                 "'" + at + "'");
  }
  void dataset(std::string const& at, hid_t type, std::span<std::uint64_t const> shape, void const* values) const {
    auto const extent = space_of(shape);
    auto made = make_dataset(at, type, extent.id());
    bool const nothing = std::any_of(shape.begin(), shape.end(), [](auto n) { return n == 0; });
    if (!nothing) check(H5Dwrite(made.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "'" + at + "'");
    if (!made.close()) fail("'" + at + "'");
  }
  /// An attribute, in place of one of the same name.
  void attribute(std::string const& object, std::string const& name, hid_t type, std::span<std::uint64_t const> shape,
                 void const* values) const {
    std::string const what = "attribute '" + name + "' of '" + object + "'";
    auto const owner = check(H5Oopen(file.id(), object.c_str(), H5P_DEFAULT), H5Oclose, what);
    if (H5Aexists(owner.id(), name.c_str()) > 0) check(H5Adelete(owner.id(), name.c_str()), what);
    auto const extent = space_of(shape);
    auto made =
        check(H5Acreate2(owner.id(), name.c_str(), type, extent.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, what);
    check(H5Awrite(made.id(), type, values), what);
    if (!made.close()) fail(what);
  }
};

nexus_file::nexus_file(std::string const& path, mode how) : state_(std::make_unique<state>()) {
  hdf5::start();
  auto& s = *state_;
  s.path = path;
  handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Chunks begin at whole pages of the file system.
  s.check(H5Pset_alignment(access.id(), 32768, 4096), "anything");
  s.file = how == mode::create
               ? s.check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose, "anything")
               : s.check(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose, "anything");
}

nexus_file::~nexus_file() = default;
nexus_file::nexus_file(nexus_file&&) noexcept = default;
nexus_file& nexus_file::operator=(nexus_file&&) noexcept = default;

void nexus_file::group(std::string const& path, std::string const& nx_class) {
  state_->make_parents(path);
  state_->make_group(path);
  if (!nx_class.empty()) attribute(path, "NX_class", nx_class);
}

void nexus_file::attribute(std::string const& object, std::string const& name, std::string const& text) {
  char const* const value = text.c_str();
  state_->attribute(object, name, text_type().id(), {}, &value);
}

void nexus_file::attribute(std::string const& object, std::string const& name, std::vector<std::string> const& texts) {
  std::vector<char const*> values;
  for (auto const& t : texts) values.push_back(t.c_str());
  std::uint64_t const shape[] = {values.size()};
  state_->attribute(object, name, text_type().id(), shape, values.data());
}

void nexus_file::attribute(std::string const& object, std::string const& name, double value) {
  state_->attribute(object, name, H5T_NATIVE_DOUBLE, {}, &value);
}

void nexus_file::attribute(std::string const& object, std::string const& name, std::span<std::int64_t const> values) {
  std::uint64_t const shape[] = {values.size()};
  state_->attribute(object, name, H5T_NATIVE_INT64, shape, values.data());
}

void nexus_file::attribute(std::string const& object, std::string const& name, std::span<double const> values) {
  std::uint64_t const shape[] = {values.size()};
  state_->attribute(object, name, H5T_NATIVE_DOUBLE, shape, values.data());
}

void nexus_file::text(std::string const& path, std::string const& value) {
  char const* const pointer = value.c_str();
  state_->dataset(path, text_type().id(), {}, &pointer);
}

void nexus_file::texts(std::string const& path, std::vector<std::string> const& values) {
  std::vector<char const*> pointers;
  for (auto const& v : values) pointers.push_back(v.c_str());
  std::uint64_t const shape[] = {pointers.size()};
  state_->dataset(path, text_type().id(), shape, pointers.data());
}

void nexus_file::number(std::string const& path, double value, std::string const& unit) {
  state_->dataset(path, H5T_NATIVE_DOUBLE, {}, &value);
  if (!unit.empty()) attribute(path, "units", unit);
}

void nexus_file::integer(std::string const& path, std::int64_t value) {
  state_->dataset(path, H5T_NATIVE_INT64, {}, &value);
}

template <class T>
void nexus_file::array(std::string const& path, std::span<T const> values, std::span<std::uint64_t const> shape,
                       std::string const& unit) {
  if (hdf5::product({shape.begin(), shape.end()}) != values.size())
    throw runtime_failure("'" + path + "' of '" + state_->path + "' was to be written with " +
                          std::to_string(values.size()) + " values for the extent " +
                          hdf5::text_of({shape.begin(), shape.end()}));
  state_->dataset(path, type_of<T>(), shape, values.data());
  if (!unit.empty()) attribute(path, "units", unit);
}

#define XRDCT_ARRAY_OF(type)                                                                                       \
  template void nexus_file::array<type>(std::string const&, std::span<type const>, std::span<std::uint64_t const>, \
                                        std::string const&);
XRDCT_ARRAY_OF(float)
XRDCT_ARRAY_OF(double)
XRDCT_ARRAY_OF(std::uint8_t)
XRDCT_ARRAY_OF(std::int32_t)
XRDCT_ARRAY_OF(std::uint32_t)
XRDCT_ARRAY_OF(std::int64_t)
XRDCT_ARRAY_OF(std::uint64_t)
#undef XRDCT_ARRAY_OF

bool nexus_file::exists(std::string const& path) const { return state_->reaches(path); }

void nexus_file::link(std::string const& path, std::string const& target) {
  auto const& s = *state_;
  s.make_parents(path);
  s.check(H5Lcreate_hard(s.file.id(), target.c_str(), s.file.id(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT),
          "'" + path + "'");
  attribute(target, "target", target);
}

void nexus_file::copy(std::string const& from_file, std::string const& path) {
  constexpr hsize_t most = 64'000'000;
  auto const& s = *state_;
  auto const from = hdf5::open_input(from_file);
  if (s.reaches(path) || hdf5::type_at(from->file.id(), path) != H5O_TYPE_DATASET) return;
  {
    handle const dataset(H5Dopen2(from->file.id(), path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset) return;
    handle const type(H5Dget_type(dataset.id()), H5Tclose);
    handle const space(H5Dget_space(dataset.id()), H5Sclose);
    auto const values = H5Sget_simple_extent_npoints(space.id());
    if (values < 0 || static_cast<hsize_t>(values) > most / std::max<hsize_t>(1, H5Tget_size(type.id()))) return;
  }
  s.make_parents(path);
  s.check(H5Ocopy(from->file.id(), path.c_str(), s.file.id(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT),
          "'" + path + "'");
}

void nexus_file::compress(chunk_compression how) { state_->compression = how; }

void nexus_file::lay_out(std::string const& path, std::span<std::uint64_t const> shape) {
  auto const& s = *state_;
  handle const properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  bool const empty = std::any_of(shape.begin(), shape.end(), [](auto n) { return n == 0; });
  if (!empty && !shape.empty()) {
    auto const chunk = chunk_of(shape);
    s.check(H5Pset_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()), "'" + path + "'");
  }
  auto const compression = empty || shape.empty() ? chunk_compression::none : s.compression;
  set_compression(properties.id(), compression);
  auto const allocation = compression == chunk_compression::none ? H5D_ALLOC_TIME_EARLY : H5D_ALLOC_TIME_INCR;
  s.check(H5Pset_alloc_time(properties.id(), allocation), "'" + path + "'");
  s.check(H5Pset_fill_time(properties.id(), H5D_FILL_TIME_NEVER), "'" + path + "'");
  auto const extent = space_of(shape);
  if (!extent) s.fail("'" + path + "'");
  auto made = s.make_dataset(path, H5T_IEEE_F32LE, extent.id(), properties.id());
  if (!made.close()) s.fail("'" + path + "'");
}

void nexus_file::close() {
  auto& s = *state_;
  if (!s.file) return;
  bool const flushed = H5Fflush(s.file.id(), H5F_SCOPE_GLOBAL) >= 0;
  std::string const reason = flushed ? "" : hdf5::failure();
  bool const closed = s.file.close();
  if (!flushed) throw runtime_failure("cannot write to '" + s.path + "': " + reason + disk_space_hint(s.path));
  if (!closed) s.fail("the end of the file");
  reserve_disk_space(s.path);
}

}  // namespace xrdct
