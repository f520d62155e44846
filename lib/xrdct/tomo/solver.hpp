#pragma once
/// \file Iterative reconstruction of all channels: some at a time, each until it is done.

#include "xrdct/kernels/view.hpp"
#include "xrdct/tomo/scheme.hpp"
#include "xrdct/tomo/solver_state.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace xrdct {

/// Some channels of a reconstruction. A channel that is done keeps its image, and where enough of them are for the
/// device to have less to do, leaves it. No channel's bits depend on which others there are.
class channel_group {
 public:
  /// `sinogram` holds [rotation · translation] rows of channels, `tomogram` [row · column] rows of as many. What rays
  /// that are not usable hold (NaN, too) is not looked at. Where options are weighted, `errors` are the standard
  /// deviations of `sinogram`; a value whose error is 0 counts as much as any of its channel. Views are used as long as
  /// the group lives, `sinogram` and `errors` until the constructor ends.
  channel_group(ray_operator const& matrix, solver_options const& options, view<float const> sinogram,
                view<float> tomogram, view<float const> errors = {});

  /// An iteration, unless nothing is left to be done; says whether there was. At the end, the tomogram is complete.
  bool advance();
  int iteration() const { return iteration_; }
  /// Nothing is left to be done.
  bool finished() const { return on_device_.empty(); }
  std::size_t channels() const { return done_.size(); }
  solver_outcome const& outcome() const { return outcome_; }

  solver_state save() const;
  /// Goes on from a state of a group of the same matrix, options and sinogram. On a device that computes in single
  /// precision, the result has the bits that it had without interruption. Throws input_error for any other state.
  void restore(solver_state const& state);

 private:
  std::vector<float> active() const;
  void settle(iteration_figures const& figures);
  void leave();
  void unload(std::vector<std::size_t> const& places);
  void keep(std::vector<std::int64_t> const& places);

  ray_operator const& matrix_;
  solver_options options_;
  view<float> tomogram_;
  std::unique_ptr<scheme> scheme_;
  std::vector<std::int64_t> on_device_;  // channels of the group, as the fields of the scheme have them
  std::vector<std::uint8_t> done_;       // of every channel of the group
  solver_outcome outcome_;
  int iteration_ = 0;
};

/// Whoever looks on: after every iteration. `ending` is set where a stop was asked for, and the solver ends with it:
/// the last word on this group. What it throws ends the solver.
using solver_observer = std::function<void(std::uint64_t first_channel, channel_group const& group, bool ending)>;

/// Where a group begins.
struct group_start {
  std::size_t channels = 0;             ///< that it consists of; 0: as many as the solver likes
  std::optional<solver_state> state{};  ///< to go on from, of as many channels; none: from the beginning
};
/// Asked at every group how it begins; `most` is how many channels it may have.
using group_source = std::function<group_start(std::uint64_t first_channel, std::size_t most)>;

/// How many channels are worked on at a time, so that the memory for them is bounded: a multiple of 64.
std::size_t channels_at_once(ray_list const& rays);
/// Bytes that solving takes on the device beside sinogram and tomogram: the fields of so many channels.
std::uint64_t solver_memory(ray_list const& rays, solver_options const& options, std::uint64_t channels);

/// Bytes of a state of so many channels.
std::uint64_t state_memory(ray_list const& rays, solver_options const& options, std::uint64_t channels);

/// All channels: views as of channel_group. Throws input_error where shapes contradict each other.
solver_outcome solve(ray_operator const& matrix, solver_options const& options, view<float const> sinogram,
                     view<float> tomogram, solver_observer const& observer = {}, group_source const& begin = {},
                     view<float const> errors = {});

}  // namespace xrdct
