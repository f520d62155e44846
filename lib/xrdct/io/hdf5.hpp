#pragma once
/// \file HDF5 with handles that close themselves and errors of one line.
///
/// The library is not thread-safe: one thread of a process calls it at a time.

#include <hdf5.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace xrdct::hdf5 {

/// Prepares the library, once: no file locks unless the user asks for them (shared file systems often have none, and
/// detectors still write), no error stacks on standard error, decoders of what detectors write. Everything here calls
/// it; a program calls it before MPI starts, or HDF5 ties its own end to that of MPI.
void start();

/// Owns an HDF5 identifier.
class handle {
 public:
  using closer = herr_t (*)(hid_t);
  handle() = default;
  handle(hid_t id, closer with) : id_(id), close_(with) {}
  handle(handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  handle& operator=(handle&& other) noexcept {
    if (this != &other) {
      close();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
      close_ = other.close_;
    }
    return *this;
  }
  ~handle() { close(); }
  explicit operator bool() const { return id_ >= 0; }
  hid_t id() const { return id_; }
  /// Closes now and says whether that worked; nothing is left to close afterwards.
  bool close() { return id_ < 0 || close_(std::exchange(id_, H5I_INVALID_HID)) >= 0; }
  /// Leaves it open for good.
  hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }

 private:
  hid_t id_ = H5I_INVALID_HID;
  closer close_ = nullptr;
};

/// What the innermost function of the last failed call had to say, on one line.
std::string failure();
/// Whether the last failed call failed in a filter, that is, while decoding.
bool failed_in_filter();

/// Throws input_error "message: what HDF5 says" for an identifier that is none.
handle need(hid_t id, handle::closer close, std::string const& message);
/// The same for a return code.
void need(herr_t code, std::string const& message);

/// A file for reading, or why it is not open.
struct input_file {
  enum class state : std::uint8_t { open, absent, broken };
  state is = state::absent;
  handle file;
  std::string path;
  bool is_written = false;  ///< it is open in a writer that lets others read (SWMR), and is read so
  std::string reason;       ///< "does not exist", "is not an HDF5 file", …: continues "'path' "
};

/// The reason that input_file gives for a file of another format.
constexpr char const* not_hdf5 = "is not an HDF5 file";

/// Opens a file for reading without throwing.
input_file try_open(std::string const& path);

/// Files that were opened lately, so that following a thousand links does not open a file a thousand times.
class file_cache {
 public:
  std::shared_ptr<input_file> get(std::string const& path);

 private:
  static constexpr std::size_t most = 32;
  std::vector<std::shared_ptr<input_file>> files_;  // latest last
};

/// Opens a file for reading; throws input_error.
std::shared_ptr<input_file> open_input(std::string const& path);

/// A dataset's extent; empty for a scalar. Throws input_error.
std::vector<hsize_t> extent_of(hid_t dataset);
/// The product of extents; throws input_error where it does not fit 63 bits.
std::uint64_t product(std::vector<hsize_t> const& extent);
/// "[2][3][4]", or "a single value".
std::string text_of(std::vector<hsize_t> const& extent);
/// "64-bit unsigned integers", "text", …
std::string text_of_type(hid_t type);

}  // namespace xrdct::hdf5
