#pragma once
/// \file A backend: something that reduces frames and reconstructs tomograms.

#include "xrdct/kernels/frame_reducer.hpp"
#include "xrdct/kernels/projector.hpp"
#include "xrdct/kernels/tomograph.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace xrdct {

/// Gives memory of at least so many bytes, 64-byte aligned, to write to. Called once.
using table_memory = std::function<std::span<std::byte>(std::size_t bytes)>;

/// Made once a rank. What it makes must not outlive it.
struct device {
  virtual ~device() = default;
  /// What a user is told: "cpu (AVX-512, 2 threads)".
  virtual std::string description() const = 0;
  /// A reducer with tables of its own: `what.matrix` and `what.pixels` may be dropped after the call.
  /// Throws std::invalid_argument where shapes of matrix, corrections and format disagree, or where errors and
  /// rejection ask for what they do not have (see reduction.hpp).
  virtual std::unique_ptr<frame_reducer> make_reducer(reduction const& what, frame_format const& format) = 0;
  /// Writes what frames are reduced with, ready for this device: tables that mean the same at any address, and to any
  /// process of this program on the node. Throws as make_reducer() does.
  virtual void make_tables(reduction const& what, frame_format const& format, table_memory const& memory) = 0;
  /// `tables` are such, and outlive the reducer. Throws std::invalid_argument for anything else.
  virtual std::unique_ptr<frame_reducer> make_reducer(std::span<std::byte const> tables) = 0;
  virtual std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) = 0;
  virtual std::unique_ptr<projector> make_projector(ray_list const& rays) = 0;
};

}  // namespace xrdct
