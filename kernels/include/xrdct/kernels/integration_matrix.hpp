#pragma once
/// \file Which share of which pixel belongs to which bin.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// The sparse matrix of pixel splitting, by pixels (compressed sparse rows): the entries of pixel p are
/// [offsets[p], offsets[p+1]), in ascending bins. The coefficient is the share of the pixel in the bin, as pixel
/// splitting gives it (SEMANTICS §4): pure geometry, without solid angle or other corrections. A pixel that is masked,
/// or wholly outside the range, has no entries.
struct integration_matrix {
  int rows = 0;
  int columns = 0;
  std::uint32_t bins = 0;              ///< radial bins × azimuthal bins; azimuthal index slowest
  std::vector<std::uint32_t> offsets;  ///< rows × columns + 1 values
  std::vector<std::uint32_t> bin;      ///< one an entry
  std::vector<float> coefficient;      ///< one an entry

  std::size_t pixels() const { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }
  std::size_t entries() const { return bin.size(); }
};

}  // namespace xrdct
