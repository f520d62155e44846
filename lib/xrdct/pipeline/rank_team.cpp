#include "xrdct/pipeline/rank_team.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/failpoint.hpp"
#include "xrdct/base/timer.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/tree_sum.hpp"
#include "xrdct/tomo/scheme.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace xrdct {

rank_team::rank_team(communicator island, int workers) : island_(std::move(island)), workers_(workers) {
  parts = projection_parts / workers;
  first_part = works() ? island_.rank() * parts : 0;
}

void rank_team::complete(field_space& device, field& image) {
  if (workers_ == 1) return;
  auto const [rows, columns, channels] = image.shape();
  auto const pixels = static_cast<std::size_t>(rows * columns);
  std::vector<float> values(pixels * static_cast<std::size_t>(channels));
  view<float> const all(values.data(), pixels, static_cast<std::size_t>(channels));
  device.copy(static_cast<field const&>(image), all);
  device.synchronize();
  failpoint("share");
  tree_sum(island_, workers_, std::span(values));
  device.copy(view<float const>(all), image);
  device.synchronize();
}

void rank_team::complete(std::span<double> sums) { tree_sum(island_, workers_, sums); }

void rank_team::pause() {
  if (workers_ == 1) return parts_team::pause();
  // One that left alone would keep the others waiting for its sums.
  std::optional<failure> mine;
  try {
    parts_team::pause();
  } catch (...) {
    mine = current_failure();
  }
  double stopping = mine ? 1 : 0;
  tree_sum(island_, workers_, std::span(&stopping, 1));
  if (mine) throw agreed_error(*mine);
  if (stopping > 0)
    throw agreed_error({exit_code::stopped, "stopped, as another rank that shares this one's rotations was"});
}

bool keeps_single_precision(field_space& device) {
  // 1 + 2⁻³⁰ is 1 in single precision, so that nothing is left of it when 1 is taken away.
  auto const some = device.make({1, 1, 1});
  auto const one = device.make({1, 1, 1});
  float value = 1;
  view<float> const number(&value, 1, 1);
  device.copy(view<float const>(number), *some);
  device.copy(view<float const>(number), *one);
  std::array const unit{1.0F}, tiny{0x1p-30F}, minus{-1.0F};
  device.combine(*some, unit, *one, tiny);
  device.combine(*some, unit, *one, minus);
  device.copy(static_cast<field const&>(*some), number);
  device.synchronize();
  return value == 0;
}

namespace {

/// Seconds on this rank.
struct costs {
  double iteration = 0;
  double passes = 0;  ///< of that, projections and back-projections
};

costs measure(projector& device, ray_list const& rays, solver_options const& options, std::int64_t channels) {
  parts_team alone;
  ray_operator const matrix(device, rays, alone, options.subsets);
  auto sinogram = matrix.make_rays(channels);
  std::vector<float> const ones(static_cast<std::size_t>(channels), 1.0F);
  device.copy(view<float const>(ones.data(), rays.weights.size(), ones.size(), 0), *sinogram);
  device.scale(*sinogram, matrix.usable());
  auto const image = matrix.make_image(channels);
  auto const projection = matrix.make_rays(channels);
  auto const solver = make_scheme(matrix, options, std::move(sinogram));
  static_cast<void>(solver->advance(ones));  // memory and caches get warm
  device.synchronize();
  costs found;
  timer since;
  static_cast<void>(solver->advance(ones));
  device.synchronize();
  found.iteration = since.seconds();
  since.restart();
  matrix.project(*image, *projection);
  matrix.back_project(*projection, *image);
  device.synchronize();
  found.passes = std::min(since.seconds(), found.iteration);
  failpoint("predict");
  return found;
}

/// Seconds for adding up an image by two ranks, which exchange it once.
double measure_exchange(communicator const& island, projector& device, int size, std::int64_t channels) {
  rank_team pair(island, 2);
  auto const image = device.make({size, size, channels});
  island.barrier();
  timer since;
  if (pair.works()) pair.complete(device, *image);
  return since.seconds();
}

}  // namespace

sharing_prediction predict_sharing(communicator const& island, projector& device, ray_list const& rays,
                                   solver_options const& options, std::int64_t channels) {
  sharing_prediction found;
  found.members = island.size();
  if (island.size() > 1) island.barrier();
  bool may_share = false;
  auto const own = together(island, [&] {
    may_share = island.size() > 1 && keeps_single_precision(device);
    return measure(device, rays, options, channels);
  });
  double const once =
      may_share ? in_step(island, [&] { return measure_exchange(island, device, rays.size, channels); }) : 0.0;
  std::array slowest{own.iteration, own.passes, once * options.subsets};
  if (island.size() > 1) island.maximum(std::span(slowest));
  auto const [iteration, passes, exchange] = slowest;
  found.alone = found.computing = iteration;
  for (int workers = 2; may_share && workers <= std::min(island.size(), projection_parts); workers *= 2) {
    double const computing = std::max(0.0, iteration - passes) + passes / workers;
    double const exchanging = exchange * 2 * (workers - 1) / workers;
    if (computing + exchanging >= found.of_iteration()) continue;
    found.workers = workers;
    found.computing = computing;
    found.exchange = exchanging;
  }
  return found;
}

}  // namespace xrdct
