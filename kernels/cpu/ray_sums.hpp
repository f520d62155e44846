#pragma once
/// \file Sums of pixels along rays, for a block of channels.

#include "kernels/cpu/blocked_field.hpp"
#include "kernels/cpu/ray_bundles.hpp"
#include "kernels/cpu/rotation_run.hpp"

namespace xrdct::cpu {

/// As many rotations are best worked on at a time.
inline constexpr int rotations_at_once = 19;
// Blocks of channels that share where lines meet pixels: one alone took a tenth longer, and four as long.
inline constexpr int most_projected_blocks = 2;

/// Blocks of channels.
struct block_range {
  std::int64_t first = 0;
  int count = 0;
};

/// The rows of some blocks of `sinogram` that belong to some rotations ← sums of `image` along their rays. A sum is
/// made of sums over strips of the image, each from 0 on, in order: its bits do not depend on what else is summed up.
void sum_along_rays(ray_bundles const& bundles, blocked_field const& image, block_range const& blocks,
                    rotation_run const& rotations, blocked_field& sinogram);

}  // namespace xrdct::cpu
