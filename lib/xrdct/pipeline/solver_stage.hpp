#pragma once
/// \file Iterative reconstruction in a job: the channels that a rank has, and what came of them.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/kernels/device.hpp"
#include "xrdct/pipeline/rank_team.hpp"
#include "xrdct/pipeline/solver_keeper.hpp"
#include "xrdct/pipeline/tomogram.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

/// How the channels of a tomogram ended, on rank 0: [layer][sector][channel].
struct solver_report {
  std::vector<std::int32_t> iterations;
  std::vector<float> residual;
};

/// How those of a rank's slab ended, of one layer.
struct slab_outcome {
  std::uint64_t layer = 0;
  std::vector<std::uint64_t> bins;  ///< of the plan's layout
  std::vector<std::int32_t> iterations;
  std::vector<float> residual;

  void fields(auto& archive) { archive(layer, bins, iterations, residual); }
};

/// Solves the slabs of ranks, layer after layer. Ranks that have the same slab share the rotations of its sinogram,
/// where that is predicted to be faster than each of them doing all.
class slab_solver {
 public:
  /// Collective. `slabs` are all ranks'; `when_stopped` says what is left of the job when a signal ends it. With
  /// `kept`, iterations are kept there, and go on from what is.
  slab_solver(tomogram_plan const& plan, device& backend, communicator const& ranks,
              std::vector<channel_slab> const& slabs, std::string when_stopped, checkpoints const* kept);

  /// Collective. Solves for this rank's rows [rows.first, …) in all the bins of its slab that the tomogram has. Where
  /// nothing was measured, the tomogram is NaN, which only one layer of several may be. Throws agreed_error.
  tomogram_slab solve(std::size_t layer, slab_to_fill const& sinogram, frame_range rows);
  /// Collective. Says how long it took, beside what was predicted, and how the channels ended.
  solver_report finish();
  /// This rank's own, so far.
  double seconds() const { return own_; }

 private:
  void predict(projector& device, ray_list const& rays, std::uint64_t bins);
  void tell_prediction() const;
  void iterate(projector& device, ray_list const& rays, slab_to_fill const& sinogram, frame_range rows,
               tomogram_slab& into, slab_outcome& outcome);
  int workers_for(std::uint64_t layer, channel_slab const& slab) const;

  tomogram_plan const& plan_;
  device& backend_;
  communicator ranks_;
  communicator island_;  // those that have this slab
  std::string when_stopped_;
  std::optional<solver_keeper> keeper_;
  std::optional<sharing_prediction> sharing_;
  double predicted_ = 0;  // seconds of the slowest rank, should every channel take all iterations
  double measured_ = 0;
  double own_ = 0;
  std::vector<slab_outcome> outcomes_;
};

/// Bytes that solving takes on a rank beside sinogram and tomogram.
std::uint64_t memory_to_solve(tomogram_plan const& plan, channel_slab const& slab);
/// What is more where iterations are kept (solver_keeper), at the time when they are written.
std::uint64_t memory_to_keep(tomogram_plan const& plan, channel_slab const& slab);

/// Collective. What all ranks found.
solver_report collect_outcomes(tomogram_plan const& plan, communicator const& ranks,
                               std::vector<slab_outcome> const& mine);

/// "cgls: 12 to 15 iterations (median 15), residual 0.02 to 0.21 (median 0.05) over 150 channels"; the figures of
/// channels with anything in them.
std::string describe(tomogram_plan const& plan, solver_report const& report);

/// Into /entry/tomogram: what was minimised, and how each channel ended.
void write_solver(nexus_file& file, tomogram_plan const& plan, solver_report const& report);

}  // namespace xrdct
