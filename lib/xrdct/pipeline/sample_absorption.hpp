#pragma once
/// \file Absorption of the diffracted beam in the sample, from a tomogram of its absorption.

#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/tomogram.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace xrdct {

/// Absorption per step of path in every pixel, [row][column], or of every layer of the plan one after the other.
/// `source` is a result whose tomogram has one channel, an image file, or FILE::/dataset of an image or of such images.
/// Throws input_error where it has another size than the plan's tomogram, or is no number somewhere.
std::vector<float> read_sample_absorption(std::string const& source, tomogram_plan const& plan);

/// What is left of the beam behind the sample, for every entry: exp(−Σ absorption along the ray), the sum being that of
/// the projector. What is diffracted forward has the path of the ray, wherever it is diffracted: the smaller the
/// scattering angle, the better that holds. Throws input_error where next to nothing is left.
std::vector<float> transmission(tomogram_plan const& plan, std::size_t layer, device& backend,
                                entry_map const& entries);

/// Divides intensities and errors of entries by their transmission.
void undo_absorption(std::vector<float> const& transmission, slab_to_fill const& sinogram);

}  // namespace xrdct
