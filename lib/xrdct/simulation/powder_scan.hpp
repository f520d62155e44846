#pragma once
/// \file Made frames as a scan on disk, for programs that read files.

#include "xrdct/simulation/powder_frames.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// A scan and what integrating it needs.
struct powder_scan_files {
  std::string scan;      ///< FILE.h5
  std::string geometry;  ///< FILE.poni
  std::string mask;      ///< FILE_mask.edf: the gaps
};

/// The names that go with FILE.h5. Throws usage_error for another ending.
powder_scan_files powder_scan_at(std::string const& scan);

/// Writes `frames` frames as /1.1/measurement/detector (bitshuffle-LZ4, a chunk a frame) with rotations, translations
/// and a steady monitor, as `xrdct simulate` does: chunk k is chunks[k % chunks.size()]. The files get their names when
/// they are complete. Throws usage_error where one is there already and may not be overwritten, and runtime_failure
/// where writing fails.
void save_powder_scan(powder_frames const& made, std::span<std::vector<std::byte> const> chunks, std::uint64_t frames,
                      powder_scan_files const& where, bool overwrite);

}  // namespace xrdct
