#pragma once
/// \file A scan of a few hundred tiny frames with everything that is awkward, and the job that reconstructs it.

#include "xrdct/pipeline/job.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace xrdct::test {

/// What is put into the scan's files. Frames run by zigzag lines; some entries are visited twice, at the end.
struct small_scan {
  int rotations = 7;
  int translations = 11;
  int rows = 33;
  int columns = 47;
  std::vector<std::uint64_t> repeated{0, 5, 38, 76, 76};  ///< entries' first frames, taken again
  std::set<std::uint64_t> missing;                        ///< frames that are never written
  std::set<std::uint64_t> corrupt;                        ///< frames whose compressed bytes are damaged
  std::set<std::uint64_t> without_monitor;                ///< frames whose monitor reads 0
  std::set<std::uint64_t> without_position;               ///< frames whose rotation is NaN
  std::set<std::uint64_t> dark;                           ///< frames without a count
  std::set<std::uint64_t> copied;                         ///< frames that are the one before again
  std::vector<double> image_key;                          ///< NXtomo's, of every frame; empty: none is written
  unsigned seed = 1;
  int layers = 1;    ///< one after the other, each with the same positions
  double noise = 1;  ///< of the positions, relative to the usual

  std::uint64_t frames() const {
    return static_cast<std::uint64_t>(layers) * static_cast<std::uint64_t>(rotations) *
               static_cast<std::uint64_t>(translations) +
           repeated.size();
  }
  /// Writes scan.h5 and geometry.poni. Layers are in /1.1/measurement/dtz.
  void write(std::filesystem::path const& folder) const;
  /// 150 bins: two slabs of 64 channels and a ragged one.
  job reconstruction(std::filesystem::path const& folder, std::string const& output) const;
};

}  // namespace xrdct::test
