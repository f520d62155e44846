#pragma once
/// \file Rows of an array that a rank writes.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// Whole rows of a dataset, or of that part of it whose first indices are `part`.
struct slab_rows {
  std::span<std::uint64_t const> part;
  std::uint64_t first;
  std::uint64_t count;
  std::span<float const> values;

  bool fit(std::vector<unsigned long long> const& extent) const;
  /// For messages.
  std::string text() const;
};

}  // namespace xrdct
