#pragma once
/// \file How the reference keeps a field: in double precision, as its shape says.

#include "xrdct/kernels/field.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct::reference {

struct double_field : field {
  /// Zeros. Throws std::invalid_argument for a negative shape, std::bad_alloc for one too large.
  explicit double_field(std::array<std::int64_t, 3> const& shape);

  std::array<std::int64_t, 3> shape() const override { return extents; }
  double& at(std::int64_t row, std::int64_t column, std::int64_t channel) {
    return values[static_cast<std::size_t>((row * extents[1] + column) * extents[2] + channel)];
  }
  double at(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    return const_cast<double_field*>(this)->at(row, column, channel);
  }
  /// The channel of values[i].
  std::size_t channel_of(std::size_t i) const { return i % static_cast<std::size_t>(extents[2]); }

  std::array<std::int64_t, 3> extents;
  std::vector<double> values;
};

/// A field that this backend made. Throws std::invalid_argument for any other.
double_field& own(field& some);
double_field const& own(field const& some);

}  // namespace xrdct::reference
