#pragma once
/// \file The rotations of a set, one by one, and the parts that they make.

#include "kernels/lanes/host_device.hpp"
#include "xrdct/kernels/projector.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// The rotations that are worked on are first, first + step, …; number k is meant by k.
struct rotation_run {
  std::uint64_t all = 0;  ///< of them in all 16 parts
  std::uint32_t first = 0;
  std::uint32_t step = 1;
  std::uint32_t first_part = 0;
  std::uint32_t parts = 0;

  rotation_run() = default;
  rotation_run(rotation_set const& which, int rotations)
      : all((static_cast<std::uint64_t>(rotations - which.first) + static_cast<std::uint64_t>(which.step) - 1) /
            static_cast<std::uint64_t>(which.step)),
        first(static_cast<std::uint32_t>(which.first)),
        step(static_cast<std::uint32_t>(which.step)),
        first_part(static_cast<std::uint32_t>(which.first_part)),
        parts(static_cast<std::uint32_t>(which.parts)) {}

  /// The first number of part `first_part` + i, which is the end of the part before.
  XRDCT_HOST_DEVICE std::uint32_t begin_of(std::uint32_t i) const {
    return static_cast<std::uint32_t>((first_part + i) * all / projection_parts);
  }
  XRDCT_HOST_DEVICE std::uint32_t begin() const { return begin_of(0); }
  XRDCT_HOST_DEVICE std::uint32_t end() const { return begin_of(parts); }
  XRDCT_HOST_DEVICE std::uint32_t rotation(std::uint32_t k) const { return first + k * step; }
};

}  // namespace xrdct::lanes
