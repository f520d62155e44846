#pragma once
/// \file The rotations of parts of a set, one by one.

#include "xrdct/kernels/projector.hpp"

#include <algorithm>
#include <cstdint>

namespace xrdct::cpu {

/// The rotations first, first + step, … , `count` of them.
struct rotation_run {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;

  std::int64_t operator[](std::int64_t k) const { return first + k * step; }
  /// `most` of them, from the one with number `begin` on; fewer at the end.
  rotation_run some(std::int64_t begin, std::int64_t most) const {
    return {(*this)[begin], step, std::min(most, count - begin)};
  }
};

/// Those of some parts of a set, of `rotations` in all.
inline rotation_run rotations_of(rotation_set const& which, int first_part, int parts, std::int64_t rotations) {
  std::int64_t const n = (rotations - which.first + std::int64_t{which.step} - 1) / which.step;
  std::int64_t const begin = first_part * n / projection_parts;
  std::int64_t const end = (first_part + parts) * n / projection_parts;
  return {which.first + begin * which.step, which.step, end - begin};
}

}  // namespace xrdct::cpu
