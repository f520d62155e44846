#pragma once
/// \file A reduction in one piece of memory, for backends that have no better tables.

#include "xrdct/kernels/device.hpp"

#include <cstddef>
#include <span>

namespace xrdct {

/// A reduction that keeps what it is made of. Not to be moved while what() is used.
struct kept_reduction {
  integration_matrix matrix;
  corrections pixels;
  error_model errors = error_model::poisson;
  rejection reject;
  frame_format format;

  reduction what() const { return {&matrix, &pixels, errors, reject}; }
};

/// Writes a reduction into the memory that is asked for once.
void write_reduction_tables(reduction const& what, frame_format const& format, table_memory const& memory);
/// Reads it back. Throws std::invalid_argument for anything else.
kept_reduction read_reduction_tables(std::span<std::byte const> tables);

}  // namespace xrdct
