#pragma once
/// \file HDF5 files as the tests need them, written with HDF5 itself, and a way to read whole stacks back.

#include "xrdct/io/frame_stack.hpp"
#include "xrdct/io/hdf5.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace xrdct::test {

using hdf5::handle;
namespace fs = std::filesystem;

/// A file in the making; every failure of HDF5 throws std::runtime_error.
class h5_file {
 public:
  explicit h5_file(fs::path const& path, bool newest_format = false);
  static h5_file reopen(fs::path const& path);
  hid_t id() const { return file_.id(); }

  /// A dataset without values; `properties` may set chunks, filters, external files. Parents are made.
  handle dataset(std::string const& path, hid_t type, std::vector<hsize_t> const& extent,
                 hid_t properties = H5P_DEFAULT, std::vector<hsize_t> const& largest = {});
  void soft_link(std::string const& path, std::string const& target);
  void external_link(std::string const& path, std::string const& file, std::string const& target);
  void close() { file_.close(); }

 private:
  explicit h5_file(handle file) : file_(std::move(file)) {}
  handle file_;
};

handle creation();  ///< an empty list of dataset properties
void check(herr_t code, char const* what);
void write_all(hid_t dataset, hid_t memory_type, void const* values);
/// Frame `frame` of a dataset, in the memory type.
void write_frame(hid_t dataset, hid_t memory_type, hsize_t frame, hsize_t rows, hsize_t columns, void const* values);
/// A frame's chunk as it is.
void write_chunk(hid_t dataset, hsize_t frame, std::span<std::byte const> bytes, std::uint32_t filter_mask = 0);

/// Properties of chunks with a lone filter: 32008 with (block, compression), 32004, or none (0).
handle chunked(std::vector<hsize_t> const& chunk, int filter = 0, std::vector<unsigned> const& values = {});

/// A selection of a space of `extent`.
handle slab(std::vector<hsize_t> const& extent, std::vector<hsize_t> const& start, std::vector<hsize_t> const& count,
            std::vector<hsize_t> const& largest = {});
void map(hid_t properties, hid_t virtual_space, std::string const& file, std::string const& dataset,
         hid_t source_space);

/// A single number with a unit, a text, a text attribute of what is there.
void put_number(h5_file& file, std::string const& path, hid_t type, double value, std::string const& unit = "");
void put_text(h5_file& file, std::string const& path, std::string const& text);
void put_attribute(h5_file& file, std::string const& path, std::string const& name, std::string const& text);
/// An array of numbers of any shape.
void put_array(h5_file& file, std::string const& path, hid_t type, std::vector<hsize_t> const& extent,
               std::vector<double> const& values);

/// Detector-like numbers: small counts, a few large ones, some at the type's maximum.
template <class T>
std::vector<T> random_pixels(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::poisson_distribution<int> counts(7);
  std::vector<T> pixels(n);
  for (auto& p : pixels) {
    auto const draw = engine();
    if (draw % 97 == 0)
      p = std::numeric_limits<T>::max();
    else if (draw % 89 == 0)
      std::memcpy(&p, &draw, sizeof p);
    else
      p = static_cast<T>(counts(engine));
    if (p != p) p = T(1);
  }
  return pixels;
}

template <class T>
std::span<std::byte const> bytes_of_values(std::vector<T> const& values) {
  return std::as_bytes(std::span<T const>(values));
}

/// A frame as it came out of a stack: decoded by kernels/common where its status is ok.
struct read_back {
  frame_status status = frame_status::ok;
  bool as_stored = false;  // delivered in the stack's encoding
  std::vector<std::byte> pixels;

  template <class T>
  std::vector<T> as() const {
    std::vector<T> values(pixels.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), pixels.data(), pixels.size());
    return values;
  }
};

std::vector<read_back> read_stack(frame_stack const& stack);

/// The message of the input_error that `call` throws; nothing where it throws none.
template <class Call>
std::optional<std::string> input_error_of(Call const& call);

}  // namespace xrdct::test

#include "xrdct/base/error.hpp"

template <class Call>
std::optional<std::string> xrdct::test::input_error_of(Call const& call) {
  try {
    call();
  } catch (xrdct::input_error const& e) {
    return e.what();
  }
  return std::nullopt;
}
