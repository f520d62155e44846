#pragma once
/// \file The result: a NeXus file, laid out by one rank, filled by all, and complete before it gets its name.

#include "xrdct/io/chunk_compression.hpp"

#include <mpi.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// The serial half, used by rank 0 alone: makes groups, attributes and small datasets, and lays out the large ones.
/// Parents of a path are made as plain groups where absent. Every member throws runtime_failure that names the file.
class nexus_file {
 public:
  enum class mode { create, append };
  nexus_file(std::string const& path, mode how);
  ~nexus_file();
  nexus_file(nexus_file&&) noexcept;
  nexus_file& operator=(nexus_file&&) noexcept;

  void group(std::string const& path, std::string const& nx_class);
  void attribute(std::string const& object, std::string const& name, std::string const& text);
  void attribute(std::string const& object, std::string const& name, std::vector<std::string> const& texts);
  void attribute(std::string const& object, std::string const& name, double value);
  void attribute(std::string const& object, std::string const& name, std::span<std::int64_t const> values);
  void attribute(std::string const& object, std::string const& name, std::span<double const> values);
  void text(std::string const& path, std::string const& value);
  void texts(std::string const& path, std::vector<std::string> const& values);
  void number(std::string const& path, double value, std::string const& unit = "");
  void integer(std::string const& path, std::int64_t value);
  /// Arrays of any extent whose product is values.size().
  template <class T>  // float, double, std::uint8_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t
  void array(std::string const& path, std::span<T const> values, std::span<std::uint64_t const> shape,
             std::string const& unit = "");
  template <class T>
  void array(std::string const& path, std::vector<T> const& values, std::string const& unit = "") {
    std::uint64_t const shape[] = {values.size()};
    array<T>(path, std::span<T const>(values), shape, unit);
  }
  /// Another name for what is at `target`, which says where it was first (NeXus' @target).
  void link(std::string const& path, std::string const& target);
  /// A small dataset of another file, with its attributes. What is there already, or is no dataset of at most 64 MB in
  /// that file itself, is left alone.
  void copy(std::string const& from_file, std::string const& path);
  bool exists(std::string const& path) const;
  /// A float32 dataset for slab_writer: chunked (about 16×16×64, never larger than the shape, one part of
  /// four-dimensional ones), allocated at once, not filled; or compressed, and then allocated as it is written.
  void lay_out(std::string const& path, std::span<std::uint64_t const> shape);
  /// How arrays that are laid out from now on are compressed; none if it is not called.
  void compress(chunk_compression how);
  /// Flushes and closes; errors that a destructor would swallow are thrown here. Then claims the disk space of all that
  /// was laid out: a full disk is noticed here, by one rank, and not in the middle of a collective write.
  void close();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The parallel half: all ranks of `ranks` together (or one process alone, with MPI_COMM_NULL) fill what lay_out()
/// made.
class slab_writer {
 public:
  /// `how` is what nexus_file was told; compressed arrays are written by rank 0 alone (chunk_gatherer.hpp).
  slab_writer(std::string const& path, MPI_Comm ranks, chunk_compression how = chunk_compression::none);
  ~slab_writer();
  slab_writer(slab_writer const&) = delete;
  slab_writer& operator=(slab_writer const&) = delete;

  /// Collective. Writes rows [first, first + count) of the slowest dimension, whole; a rank without rows passes count
  /// 0. Where `part` has indices, they are those of the slowest dimensions, and the rows are of the next one. A rank's
  /// `values` hold count × (product of the other extents) floats. Where one rank fails, all throw the same
  /// runtime_failure, so that none waits for another.
  void write(std::string const& dataset, std::uint64_t first, std::uint64_t count, std::span<float const> values,
             std::span<std::uint64_t const> part = {});
  /// Collective. Flushes and closes.
  void close();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Of a dataset that is laid out with this shape: how many indices of the slowest dimension a chunk holds.
std::uint64_t rows_a_chunk(std::span<std::uint64_t const> shape);

/// The name a result has until it is complete: beside the final one, so that renaming it is atomic.
std::string unfinished_name(std::string const& path);
/// Flushes the file to the disk, renames it, flushes its folder. Throws runtime_failure.
void publish(std::string const& unfinished, std::string const& path);

}  // namespace xrdct
