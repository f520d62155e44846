#pragma once
/// \file The files of a simulated scan.

#include "xrdct/simulation/scene.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace xrdct {

/// Where the files go.
struct scan_paths {
  std::string scan;  ///< the HDF5 file with the frames, or with links to them
  std::string geometry;
  std::string mask;
  std::string truth;
  std::string frames_folder;  ///< of the linked files, where there are any
};

/// In a folder `output`, or, where that is a name ending in .h5, beside that file.
scan_paths paths_of(std::string const& output);

/// Writes frames one after the other, as chunks that are compressed already. Used by one rank. Every member throws
/// runtime_failure that names the file.
class scan_file {
 public:
  /// Makes the files and all that is not frames: positions and monitor.
  scan_file(scan_paths const& paths, scene const& what);
  /// What is not complete by then is removed.
  ~scan_file();
  scan_file(scan_file const&) = delete;
  scan_file& operator=(scan_file const&) = delete;

  /// The next frame.
  void append(std::span<std::byte const> chunk);
  /// Flushes all; the scan gets its name.
  void close();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The geometry as a PONI file, version 2 (2.1 where the orientation is not the usual one).
void write_poni(std::string const& path, poni const& geometry);
/// Gaps and dead pixels as an EDF image of bytes, 1 for what is to be left out.
void write_mask(std::string const& path, scene const& what);
/// Phase maps, patterns, lines, weights, beam, axis: what a perfect reconstruction would find.
void write_truth(std::string const& path, scene const& what);

}  // namespace xrdct
