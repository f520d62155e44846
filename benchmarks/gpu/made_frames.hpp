#pragma once
/// \file Frames like those of an Eiger 4M over a powder, made without anything but the kernels' own encoders.

#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/integration_matrix.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct::benchmarks {

inline constexpr frame_format eiger_4m{encoding::bitshuffle_lz4, pixel_type::u32, 2167, 2070, 0};

/// A frame's chunk: Poisson counts of rings over a background that falls with the radius, modules with gaps between
/// them, whose pixels are at the type's maximum. The same number gives the same frame.
std::vector<std::byte> made_frame(std::uint64_t number);

/// Frames `first`, `first` + 1, …, by all cores.
std::vector<std::vector<std::byte>> made_frames(std::uint64_t first, std::uint64_t count);

/// Radial bins over the whole detector: a pixel is shared by the bins that its radius ± half a pixel reaches.
integration_matrix radial_matrix(std::uint32_t bins);

/// The gaps' mask, and a norm that differs from pixel to pixel.
corrections made_corrections();

}  // namespace xrdct::benchmarks
