#include "xrdct/io/hdf5.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5_filters.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace xrdct::hdf5 {

void start() {
  static bool const once = [] {
    ::setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0);  // NOLINT(concurrency-mt-unsafe): before any thread reads it
    // A file that could not be flushed (a full disk) stays half closed, and HDF5's own clean-up then crashes on it
    // (1.10.8): at exit, and in MPI_Finalize where MPI ran before HDF5 started. Handles close themselves here, so
    // nothing is left to clean up. It is refused where HDF5 runs already, which its constants alone can bring about.
    static_cast<void>(H5dont_atexit());
    if (H5open() < 0) throw runtime_failure("the HDF5 library does not start");
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    register_filters();
    return true;
  }();
  static_cast<void>(once);
}

namespace {

struct innermost {
  std::string text;
  bool in_filter = false;
};

herr_t note_error(unsigned n, H5E_error2_t const* error, void* into) {
  auto& found = *static_cast<innermost*>(into);
  if (n == 0 && error->desc != nullptr) found.text = error->desc;
  if (error->maj_num == H5E_PLINE) found.in_filter = true;
  return 0;
}

innermost walk_errors() {
  innermost found;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_error, &found);
  return found;
}

/// "file write failed: time = …, errno = 28, error message = 'No space left on device', buf = …" says one thing that
/// matters.
std::string without_internals(std::string const& text) {
  std::string const before = "error message = '";
  auto const colon = text.find(": ");
  auto const start = text.find(before);
  auto const end = text.find('\'', start == std::string::npos ? start : start + before.size());
  if (colon > start || end == std::string::npos) return text;
  return text.substr(0, colon + 2) + text.substr(start + before.size(), end - start - before.size());
}

}  // namespace

std::string failure() {
  std::string text = without_internals(walk_errors().text);
  H5Eclear2(H5E_DEFAULT);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.empty() ? "HDF5 gives no reason" : text;
}

bool failed_in_filter() { return walk_errors().in_filter; }

handle need(hid_t id, handle::closer close, std::string const& message) {
  if (id < 0) throw input_error(message + ": " + failure());
  return {id, close};
}

void need(herr_t code, std::string const& message) {
  if (code < 0) throw input_error(message + ": " + failure());
}

namespace {

input_file not_open(std::string const& path, input_file::state is, std::string reason) {
  return {is, {}, path, false, std::move(reason)};
}

constexpr char const* still_written =
    "is open in a program that writes it, or that program crashed: close it there, or, if nothing writes it any more, "
    "run "
    "'h5clear -s' on a copy of it";

/// Why HDF5 refused to open a file that looks like one of its own.
std::string reason_of_refusal() {
  std::string const said = failure();
  unsigned long long has = 0;
  unsigned long long base = 0;
  unsigned long long wants = 0;
  if (std::sscanf(said.c_str(), "truncated file: eof = %llu, sblock->base_addr = %llu, stored_eof = %llu", &has, &base,
                  &wants) == 3)
    return "is truncated: it has " + std::to_string(has) + " bytes and should have " + std::to_string(wants);
  if (said.find("already open for write") != std::string::npos) return still_written;
  return "cannot be opened by HDF5: " + said;
}

}  // namespace

input_file try_open(std::string const& path) {
  start();
  using state = input_file::state;
  std::error_code failed;
  auto const status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::not_found) return not_open(path, state::absent, "does not exist");
  if (failed) return not_open(path, state::broken, "cannot be read: " + failed.message());
  if (std::filesystem::is_directory(status)) return not_open(path, state::broken, "is a folder, not a file");
  if (!std::filesystem::is_regular_file(status)) return not_open(path, state::broken, "is not a regular file");
  if (::access(path.c_str(), R_OK) != 0)
    return not_open(path, state::broken,
                    "cannot be read: " + std::error_code(errno, std::generic_category()).message());
  if (std::filesystem::file_size(path, failed) == 0 && !failed) return not_open(path, state::broken, "is empty");
  handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file) {
    auto const reason = reason_of_refusal();
    if (H5Fis_hdf5(path.c_str()) <= 0) {
      H5Eclear2(H5E_DEFAULT);
      return not_open(path, state::broken, not_hdf5);
    }
    if (reason != still_written) return not_open(path, state::broken, reason);
    // A detector that writes in HDF5's single-writer mode lets others read meanwhile. HDF5 would try for minutes.
    handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_metadata_read_attempts(access.id(), 10);
    file = handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access.id()), H5Fclose);
    H5Eclear2(H5E_DEFAULT);
    if (!file) return not_open(path, state::broken, reason);
    return {state::open, std::move(file), path, true, ""};
  }
  return {state::open, std::move(file), path, false, ""};
}

std::shared_ptr<input_file> file_cache::get(std::string const& path) {
  auto const at = std::find_if(files_.begin(), files_.end(), [&](auto const& f) { return f->path == path; });
  if (at != files_.end()) {
    std::rotate(at, at + 1, files_.end());
    return files_.back();
  }
  if (files_.size() == most) files_.erase(files_.begin());
  files_.push_back(std::make_shared<input_file>(try_open(path)));
  return files_.back();
}

std::shared_ptr<input_file> open_input(std::string const& path) {
  auto file = std::make_shared<input_file>(try_open(path));
  if (file->is != input_file::state::open) throw input_error("'" + path + "' " + file->reason);
  return file;
}

std::vector<hsize_t> extent_of(hid_t dataset) {
  handle const space = need(H5Dget_space(dataset), H5Sclose, "a dataset has no extent");
  int const rank = H5Sget_simple_extent_ndims(space.id());
  if (rank < 0 || H5Sget_simple_extent_type(space.id()) == H5S_NULL) throw input_error("a dataset has no values");
  std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
  if (rank > 0) H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
  return extent;
}

std::uint64_t product(std::vector<hsize_t> const& extent) {
  std::uint64_t all = 1;
  for (auto const n : extent)
    if (__builtin_mul_overflow(all, static_cast<std::uint64_t>(n), &all) || all > (std::uint64_t(1) << 62))
      throw input_error("a dataset of extent " + text_of(extent) + " is absurdly large");
  return all;
}

std::string text_of(std::vector<hsize_t> const& extent) {
  if (extent.empty()) return "a single value";
  std::string text;
  for (auto const n : extent) text.append("[").append(std::to_string(n)).append("]");
  return text;
}

std::string text_of_type(hid_t type) {
  std::string const bits = std::to_string(H5Tget_size(type) * 8) + "-bit ";
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return bits + (H5Tget_sign(type) == H5T_SGN_NONE ? "unsigned integers" : "signed integers");
    case H5T_FLOAT: return bits + "floating-point numbers";
    case H5T_STRING: return "text";
    case H5T_COMPOUND: return "compound values";
    case H5T_ENUM: return "enumerated values";
    case H5T_ARRAY: return "arrays";
    case H5T_VLEN: return "lists of varying length";
    case H5T_REFERENCE: return "references";
    default: return "values of an unknown type";
  }
}

}  // namespace xrdct::hdf5
