#pragma once
/// \file Whoever shares the rotations of one sinogram.

#include "xrdct/base/stop_request.hpp"
#include "xrdct/kernels/field.hpp"
#include "xrdct/kernels/projector.hpp"

#include <span>

namespace xrdct {

/// The parts of the rotations (rotation_set) that one works on, and how sums over them are completed. Everyone has all
/// of the sinogram and of the image. This one works alone.
struct parts_team {
  int first_part = 0;
  int parts = projection_parts;

  virtual ~parts_team() = default;
  /// Sums over one's own parts ← sums over all, added in the binary tree that rotation_set describes; the same on all.
  virtual void complete(field_space& /*device*/, field& /*image*/) {}
  virtual void complete(std::span<double> /*sums*/) {}
  /// Between iterations: throws where a signal asked for a stop, on all of the team.
  virtual void pause() { pause_point(); }
};

}  // namespace xrdct
