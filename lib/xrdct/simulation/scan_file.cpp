#include "xrdct/simulation/scan_file.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_filters.hpp"
#include "xrdct/io/result_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

/// Of a dataset of frames in one of the linked files, as the data-acquisition system LImA names it.
constexpr char const* linked_dataset = "/entry_0000/measurement/data";
constexpr char const* detector_dataset = "/1.1/measurement/detector";

hid_t native_type(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return H5T_STD_U8LE;
    case pixel_type::u16: return H5T_STD_U16LE;
    case pixel_type::i32: return H5T_STD_I32LE;
    case pixel_type::f32: return H5T_IEEE_F32LE;
    default: return H5T_STD_U32LE;
  }
}

[[noreturn]] void fail(std::string const& path) {
  throw runtime_failure("writing '" + path + "' failed: " + hdf5::failure() + "; is the disk full?");
}

hdf5::handle need(hid_t id, hdf5::handle::closer close, std::string const& path) {
  if (id < 0) fail(path);
  return {id, close};
}
void need(herr_t code, std::string const& path) {
  if (code < 0) fail(path);
}
void close(hdf5::handle& what, std::string const& path) {
  if (!what.close()) fail(path);
}

hdf5::handle make_parents(std::string const& path) {
  hdf5::handle links = need(H5Pcreate(H5P_LINK_CREATE), H5Pclose, path);
  need(H5Pset_create_intermediate_group(links.id(), 1), path);
  return links;
}

using extent = std::array<hsize_t, 3>;

/// Chunks of one frame, with the filter's values as the genuine bitshuffle filter writes them.
hdf5::handle make_frames(hid_t file, std::string const& dataset, extent const& shape, pixel_type type,
                         std::string const& path) {
  hdf5::handle const properties = need(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, path);
  std::array<hsize_t, 3> const chunk{1, shape[1], shape[2]};
  std::array<unsigned, 5> const values{0, 3, static_cast<unsigned>(bytes_of(type)), 0, hdf5::bitshuffle_with_lz4};
  need(H5Pset_chunk(properties.id(), 3, chunk.data()), path);
  need(H5Pset_obj_track_times(properties.id(), 0), path);  // the same scan is the same file
  need(H5Pset_filter(properties.id(), hdf5::bitshuffle_filter, H5Z_FLAG_OPTIONAL, values.size(), values.data()), path);
  hdf5::handle const space = need(H5Screate_simple(3, shape.data(), nullptr), H5Sclose, path);
  hdf5::handle const links = make_parents(path);
  return need(
      H5Dcreate2(file, dataset.c_str(), native_type(type), space.id(), links.id(), properties.id(), H5P_DEFAULT),
      H5Dclose, path);
}

/// "frames_0012.h5"
std::string linked_name(std::size_t number) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "frames_%04zu.h5", number);
  return name.data();
}

/// A virtual dataset over the linked files, named relative to the scan's file.
void link_frames(hid_t file, scan_paths const& paths, extent const& shape, std::size_t frames_per_file,
                 pixel_type type) {
  std::string const& path = paths.scan;
  hdf5::handle const properties = need(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, path);
  need(H5Pset_obj_track_times(properties.id(), 0), path);
  hdf5::handle const space = need(H5Screate_simple(3, shape.data(), nullptr), H5Sclose, path);
  std::string const folder = fs::path(paths.frames_folder).filename().string();
  for (std::size_t first = 0; first < shape[0]; first += frames_per_file) {
    extent const count{std::min<hsize_t>(frames_per_file, shape[0] - first), shape[1], shape[2]};
    extent const start{first, 0, 0};
    hdf5::handle const source = need(H5Screate_simple(3, count.data(), nullptr), H5Sclose, path);
    need(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), path);
    std::string const name = folder + "/" + linked_name(first / frames_per_file);
    need(H5Pset_virtual(properties.id(), space.id(), name.c_str(), linked_dataset, source.id()), path);
  }
  need(H5Sselect_all(space.id()), path);
  hdf5::handle const links = make_parents(path);
  hdf5::handle dataset =
      need(H5Dcreate2(file, detector_dataset, native_type(type), space.id(), links.id(), properties.id(), H5P_DEFAULT),
           H5Dclose, path);
  close(dataset, path);
}

std::vector<double> column_of(scene const& s, double exposure::*member) {
  std::vector<double> values;
  values.reserve(s.frames());
  for (auto const& e : s.exposures) values.push_back(e.*member);
  return values;
}

void write_positions(std::string const& path, scene const& s) {
  nexus_file file(path, nexus_file::mode::create);
  file.group("/1.1", "NXentry");
  file.text("/1.1/title", "simulated XRD-CT scan");
  file.group("/1.1/measurement", "NXcollection");
  file.array("/1.1/measurement/rot", column_of(s, &exposure::rotation), "deg");
  file.array("/1.1/measurement/dty", column_of(s, &exposure::translation), "mm");
  file.array("/1.1/measurement/fpico6", column_of(s, &exposure::monitor));
  file.close();
}

}  // namespace

struct scan_file::state {
  scan_paths paths;
  extent shape{};
  pixel_type type = pixel_type::u32;
  std::size_t frames_per_file = 0;  // 0: all in the scan's file
  std::size_t next = 0;             // frame
  bool complete = false;
  std::string open_path;   // under its unfinished name
  std::string final_path;  // "": it gets its name later
  hdf5::handle file;
  hdf5::handle dataset;

  void open_scan() {
    open_path = unfinished_name(paths.scan);
    file = need(H5Fopen(open_path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, open_path);
    dataset = make_frames(file.id(), detector_dataset, shape, type, open_path);
  }
  void open_linked() {
    final_path = (fs::path(paths.frames_folder) / linked_name(next / frames_per_file)).string();
    open_path = unfinished_name(final_path);
    file = need(H5Fcreate(open_path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose, open_path);
    extent const here{std::min<hsize_t>(frames_per_file, shape[0] - next), shape[1], shape[2]};
    dataset = make_frames(file.id(), linked_dataset, here, type, open_path);
  }
  void finish_file() {
    if (!file) return;
    xrdct::close(dataset, open_path);
    need(H5Fflush(file.id(), H5F_SCOPE_LOCAL), open_path);
    xrdct::close(file, open_path);
    if (!final_path.empty()) publish(open_path, final_path);
    final_path.clear();
  }
};

scan_paths paths_of(std::string const& output) {
  fs::path const given(output);
  bool const names_file = given.extension() == ".h5";
  fs::path const folder = names_file ? given.parent_path() : given;
  fs::path const scan = names_file ? given : given / "scan.h5";
  return {scan.string(), (folder / "geometry.poni").string(), (folder / "mask.edf").string(),
          (folder / "truth.h5").string(), (folder / (scan.stem().string() + "_frames")).string()};
}

scan_file::scan_file(scan_paths const& paths, scene const& what) : state_(std::make_unique<state>()) {
  hdf5::start();
  auto const& detector = what.geometry.detector;
  state_->paths = paths;
  state_->shape = {what.frames(), static_cast<hsize_t>(detector.rows), static_cast<hsize_t>(detector.columns)};
  state_->type = what.options.type;
  state_->frames_per_file = static_cast<std::size_t>(what.options.frames_per_file);
  write_positions(unfinished_name(paths.scan), what);
  if (state_->frames_per_file == 0)
    state_->open_scan();
  else if (std::error_code problem; fs::create_directories(paths.frames_folder, problem), problem)
    throw runtime_failure("cannot make the folder '" + paths.frames_folder + "': " + problem.message());
}

scan_file::~scan_file() {
  state_->dataset.close();
  state_->file.close();
  if (state_->complete) return;
  std::error_code ignored;
  fs::remove(state_->open_path, ignored);
  fs::remove(unfinished_name(state_->paths.scan), ignored);
}

void scan_file::append(std::span<std::byte const> chunk) {
  state& s = *state_;
  std::size_t place = s.next;
  if (s.frames_per_file != 0) {
    place = s.next % s.frames_per_file;
    if (place == 0) {
      s.finish_file();
      s.open_linked();
    }
  }
  extent const offset{place, 0, 0};
  need(H5Dwrite_chunk(s.dataset.id(), H5P_DEFAULT, 0, offset.data(), chunk.size(), chunk.data()), s.open_path);
  ++s.next;
}

void scan_file::close() {
  state& s = *state_;
  if (s.next != s.shape[0]) throw runtime_failure("frames are missing at the end of '" + s.paths.scan + "'");
  s.finish_file();
  std::string const unfinished = unfinished_name(s.paths.scan);
  if (s.frames_per_file != 0) {
    hdf5::handle file = need(H5Fopen(unfinished.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, unfinished);
    link_frames(file.id(), s.paths, s.shape, s.frames_per_file, s.type);
    xrdct::close(file, unfinished);
  }
  publish(unfinished, s.paths.scan);
  s.complete = true;
}

}  // namespace xrdct
