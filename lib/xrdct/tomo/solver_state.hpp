#pragma once
/// \file What a group of channels needs to go on from where it was, in the memory of the host.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xrdct {

/// How channels ended.
struct solver_outcome {
  std::vector<std::int32_t> iterations;  ///< of every channel; 0: there is nothing in it
  std::vector<float> residual;  ///< ‖A x − y‖ / ‖y‖ over measured rays; of mlem, osem and tv before the last step

  void fields(auto& archive) { archive(iterations, residual); }
};

struct solver_state {
  std::int32_t iteration = 0;              ///< done
  std::vector<std::int64_t> channels;      ///< that are on the device, counted from the first of the group
  std::vector<std::uint8_t> done;          ///< of every channel of the group
  std::vector<std::vector<float>> arrays;  ///< [entry or pixel][channel on the device]
  std::vector<std::vector<double>> numbers;
  std::vector<float> finished;  ///< [pixel][channel of the group]; 0 where channels are on the device
  solver_outcome outcome;       ///< of the group

  std::size_t size() const { return done.size(); }
  /// Nothing of it is on the device: `finished` is the image.
  bool is_final() const { return channels.empty(); }
  void fields(auto& archive) { archive(iteration, channels, done, arrays, numbers, finished, outcome); }
};

/// The state of the channels [first, first + count) of a group. Throws input_error where it has not so many.
solver_state part_of(solver_state const& state, std::size_t first, std::size_t count);

/// The state of a group that consists of these ones, one after the other. Those that are not final must be after the
/// same number of iterations; throws input_error where they are not, or are of different reconstructions.
solver_state joined(std::vector<solver_state> const& parts);

}  // namespace xrdct
