#pragma once
/// \file Ranks that share the rotations of one slab's sinogram in iterative solvers.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/kernels/projector.hpp"
#include "xrdct/tomo/algorithm.hpp"
#include "xrdct/tomo/parts_team.hpp"

#include <span>

namespace xrdct {

/// The first `workers` (a power of two, at most projection_parts) ranks of an island work, each on as many parts of
/// the rotations. Whatever their number, sums have the same bits: those over parts of one rank are made by the device
/// in the same tree.
class rank_team final : public parts_team {
 public:
  rank_team(communicator island, int workers);

  bool works() const { return island_.rank() < workers_; }
  int workers() const { return workers_; }
  void complete(field_space& device, field& image) override;
  void complete(std::span<double> sums) override;
  /// Throws an agreed_error on all workers where one is to stop.
  void pause() override;

 private:
  communicator island_;
  int workers_;
};

/// Whether a field keeps single precision, so that what leaves the device and returns to it has lost nothing: only then
/// may ranks share rotations.
bool keeps_single_precision(field_space& device);

/// What sharing is worth, in seconds for an iteration of a block of channels.
struct sharing_prediction {
  int members = 1;       ///< of the island
  int workers = 1;       ///< the number that is predicted to be fastest
  double alone = 0;      ///< by one rank
  double computing = 0;  ///< by each of the workers
  double exchange = 0;   ///< for adding up its images
  double of_iteration() const { return computing + exchange; }
};

/// Collective over the island. Times an iteration of some channels, its projections, and the exchange of an image, all
/// ranks at the same time; what the slowest takes counts. Only projections are shared: other arithmetic is done by all.
/// Throws agreed_error.
sharing_prediction predict_sharing(communicator const& island, projector& device, ray_list const& rays,
                                   solver_options const& options, std::int64_t channels);

}  // namespace xrdct
