#pragma once
/// \file A backend: something that reduces frames and reconstructs tomograms.

#include "xrdct/kernels/frame_reducer.hpp"
#include "xrdct/kernels/tomograph.hpp"

#include <memory>
#include <string>

namespace xrdct {

/// Made once a rank. What it makes must not outlive it.
struct device {
  virtual ~device() = default;
  /// What a user is told: "cpu (AVX-512, 2 threads)".
  virtual std::string description() const = 0;
  /// `what.matrix` and `what.pixels` may be dropped after the call.
  /// Throws std::invalid_argument where shapes of matrix, corrections and format disagree, or where errors and
  /// rejection ask for what they do not have (see reduction.hpp).
  virtual std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) = 0;
  virtual std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) = 0;
};

}  // namespace xrdct
