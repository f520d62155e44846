#pragma once
/// \file Projection of images along rays and its exact adjoint, for solvers: the interface every backend implements.

#include "xrdct/kernels/field.hpp"

#include <cstdint>
#include <vector>

namespace xrdct {

/// The rays of a scan, one an entry of the sinogram, each with an angle and a position of its own: real scans need no
/// regridding. Lengths are in pixels, which are one step of the translation.
///
/// A ray is the line x·cos θ − y·sin θ = p (SEMANTICS §8) with x = column − centre and y = row − centre. Its sum over
/// an image is Joseph's (IEEE Trans. Med. Imaging 1 (1982) 192): where |cos θ| ≥ |sin θ|, in every row the image is
/// interpolated linearly between the two columns beside x = (p + y·sin θ)/cos θ, and the sum is divided by |cos θ|;
/// else likewise in every column, at y = (x·cos θ − p)/sin θ, divided by |sin θ|. Beside the image there is nothing.
/// A row of the matrix A is that, times the ray's weight.
///
/// Backends throw std::invalid_argument for a list without rays or pixels, of lengths that contradict each other, with
/// a weight that is negative or not finite, or, of a ray whose weight is not 0, with an angle that is not finite or a
/// position beyond longest_position; and for a centre beyond that, an image beyond largest_image, or rays beyond
/// most_rays.
struct ray_list {
  int rotations = 0;
  int translations = 0;
  std::vector<double> angles;     ///< [rotation][translation] θ in radians
  std::vector<double> positions;  ///< [rotation][translation] p, the distance from the rotation axis
  std::vector<float> weights;     ///< [rotation][translation] 0: not measured, the ray does not exist and neither its
                                  ///< angle nor its position is looked at; 1; a transmission
  int size = 0;                   ///< images have size × size pixels
  double centre = 0;              ///< the pixel index, in rows and in columns, on the rotation axis
};

inline constexpr double longest_position = 1e9;  ///< pixels; beyond, nothing of a fraction of a pixel is left
inline constexpr int largest_image = 32768;      ///< pixels a side
inline constexpr std::int64_t most_rays = std::int64_t{1} << 30;

/// The number of parts that sums over rotations are made of.
inline constexpr int projection_parts = 16;

/// Rotations that are worked on: first, first + step, first + 2·step, … , n of them. These make projection_parts parts
/// of consecutive ones, part i holding those from i·n/16 (rounded down) to (i+1)·n/16; of these parts, [first_part,
/// first_part + parts) are meant, a power of two that first_part is a multiple of.
///
/// Sums over rotations are made within parts in the order of rotations, and of parts in a binary tree: (0+1)+(2+3)…, so
/// that ranks that share a sinogram by parts get the same bits, whatever their number.
struct rotation_set {
  int first = 0;
  int step = 1;
  int first_part = 0;
  int parts = projection_parts;
};

/// A and Aᵀ of one list of rays. Both take every coefficient from the same expression in the same precision: ⟨Ax, y⟩
/// and ⟨x, Aᵀy⟩ differ by the rounding of sums alone. Both throw std::invalid_argument for a set that does not exist
/// and for shapes that contradict the rays: [size][size][channel], [rotations][translations][channel]. Values must be
/// finite: what comes of others differs between backends, and may spread to rays and pixels that do not meet them.
struct projector : field_space {
  /// The rows of `sinogram` that belong to the set ← A·image; other rotations are left as they are.
  /// Entries whose weight is 0 become 0.
  virtual void project(field const& image, rotation_set const& which, field& sinogram) = 0;
  /// image ← Aᵀ·sinogram over the rotations of the set.
  virtual void back_project(field const& sinogram, rotation_set const& which, field& image) = 0;
};

}  // namespace xrdct
