#pragma once
/// \file Counts of a counting detector.

#include "xrdct/simulation/random.hpp"

#include <cstdint>
#include <span>

namespace xrdct {

/// A Poisson number of every mean: counts[i] depends on means[i], the source, and first + i, and on nothing else.
/// `first` is a multiple of 4. Means must be finite; those ≤ 0 give 0, and above 1e9 are taken for 1e9.
void draw_counts(std::span<float const> means, random_source const& random, std::uint32_t first,
                 std::span<std::uint32_t> counts);

}  // namespace xrdct
