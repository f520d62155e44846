#include "xrdct/pipeline/solver_stage.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/base/timer.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/stop_watch.hpp"
#include "xrdct/pipeline/memory_need.hpp"
#include "xrdct/pipeline/ray_plan.hpp"
#include "xrdct/pipeline/sample_absorption.hpp"
#include "xrdct/tomo/solver.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <limits>
#include <utility>

namespace xrdct {
namespace {

constexpr std::uint64_t block = 64;  // channels that devices work on together

bool nothing_measured(entry_map const& entries) {
  return std::ranges::all_of(entries.present, [](std::uint8_t p) { return p == 0; });
}

/// Rows [first, first + count) of an image of all rows, a pixel a row of the view.
void take_rows(std::vector<float> const& image, std::size_t channels, std::size_t size, frame_range rows,
               view<float> into) {
  auto const from = view<float const>(image.data(), size * size, channels);
  for (std::size_t pixel = 0; pixel < rows.count * size; ++pixel)
    std::ranges::copy(from.row(rows.first * size + pixel), into.row(pixel).begin());
}

/// Weighted by what the sample lets through.
ray_list absorbed_rays(tomogram_plan const& plan, std::size_t layer, device& backend, entry_map const& entries) {
  auto rays = rays_of(plan, layer, entries);
  if (plan.absorption.empty()) return rays;
  auto const left = transmission(plan, layer, backend, entries);
  for (std::size_t i = 0; i < left.size(); ++i) rays.weights[i] *= left[i];
  return rays;
}

std::string seconds_text(double seconds) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), seconds < 10 ? "%.2g s" : "%.0f s", seconds);
  return text.data();
}

template <class Value>
std::string range_text(std::vector<Value> values, char const* format) {
  std::ranges::sort(values);
  std::array<char, 200> text{};
  auto const at = [&](std::size_t i) { return static_cast<double>(values[i]); };
  std::snprintf(text.data(), text.size(), format, at(0), at(values.size() - 1), at(values.size() / 2));
  return text.data();
}

}  // namespace

slab_solver::slab_solver(tomogram_plan const& plan, device& backend, communicator const& ranks,
                         std::vector<channel_slab> const& slabs, std::string when_stopped, checkpoints const* kept)
    : plan_(plan), backend_(backend), ranks_(ranks), when_stopped_(std::move(when_stopped)) {
  // Members of a slab follow each other, the first of them giving the island its colour.
  auto const own = static_cast<std::size_t>(ranks.rank());
  int const first = ranks.rank() - slabs[own].member;
  if (std::ranges::any_of(slabs, [](channel_slab const& s) { return s.members > 1; })) island_ = ranks.split(first);
  if (kept != nullptr) keeper_.emplace(*kept, ranks.rank(), ranks.size());
}

/// As many as is predicted to be fastest, but where others have begun, as many as these were.
int slab_solver::workers_for(std::uint64_t layer, channel_slab const& slab) const {
  int const before = keeper_ ? keeper_->workers_of(layer, {slab.first, slab.count}) : 0;
  bool const can_be = before > 0 && before <= std::min(island_.size(), projection_parts);
  return can_be && std::has_single_bit(static_cast<unsigned>(before)) ? before : sharing_->workers;
}

tomogram_slab slab_solver::solve(std::size_t layer, slab_to_fill const& sinogram, frame_range rows) {
  auto& outcome = outcomes_.emplace_back();
  outcome.layer = layer;
  auto const runs = chosen_columns(plan_, sinogram.slab);
  std::uint64_t bins = 0;
  for (auto const& run : runs) bins += run.count;
  auto const size = static_cast<std::size_t>(plan_.geometry.size);
  tomogram_slab made;
  made.filled.undefined = nothing_measured(sinogram.entries);
  if (made.filled.undefined) made.filled.dropped = examine_missing(plan_.how_to_fill, sinogram.entries).dropped;
  auto const solving = memory_to_solve(plan_, sinogram.slab);
  auto const keeping = keeper_ && keeper_->writes() ? memory_to_keep(plan_, sinogram.slab) : 0;
  require_memory(ranks_, solving + keeping + rows.count * size * bins * sizeof(float),
                 {"iterations need", "use more nodes, or a smaller --size"});
  auto const rays = together(ranks_, [&] {
    float const before = made.filled.undefined ? std::numeric_limits<float>::quiet_NaN() : 0.0F;
    made.intensity.assign(rows.count * size * bins, before);
    return made.filled.undefined ? ray_list() : absorbed_rays(plan_, layer, backend_, sinogram.entries);
  });
  if (made.filled.undefined) return made;
  auto const device = together(ranks_, [&] { return backend_.make_projector(rays); });
  if (!sharing_) predict(*device, rays, bins);
  timer since;
  together(ranks_, [&] {
    stop_watch watch(ranks_, when_stopped_);
    in_step(island_, [&] { iterate(*device, rays, sinogram, rows, made, outcome); });
    own_ += since.seconds();
    watch.finish();
  });
  measured_ += since.seconds();
  return made;
}

void slab_solver::iterate(projector& device, ray_list const& rays, slab_to_fill const& sinogram, frame_range rows,
                          tomogram_slab& into, slab_outcome& outcome) {
  auto const size = static_cast<std::size_t>(plan_.geometry.size);
  auto const runs = chosen_columns(plan_, sinogram.slab);
  std::uint64_t bins = 0;
  for (auto const& run : runs) bins += run.count;
  rank_team team(island_, workers_for(outcome.layer, sinogram.slab));
  team_member const me{team, static_cast<std::uint32_t>(island_.rank()), static_cast<std::uint32_t>(team.workers())};
  std::uint64_t column = 0;
  for (auto const& run : runs) {
    view<float const> const intensity(sinogram.intensity.data + run.first, sinogram.intensity.rows, run.count,
                                      sinogram.intensity.stride);
    auto image = together(island_, [&] { return std::vector<float>(size * size * run.count); });
    auto const iterations = [&] {
      ray_operator const matrix(device, rays, team, plan_.solver.subsets);
      view<float> const into_image(image.data(), size * size, run.count);
      view<float const> const errors =
          plan_.solver.weighted ? columns_of(sinogram.error, run.first, run.count) : view<float>();
      if (!keeper_) return xrdct::solve(matrix, plan_.solver, intensity, into_image, {}, {}, errors);
      auto const bin = sinogram.slab.first + run.first;
      return xrdct::solve(
          matrix, plan_.solver, intensity, into_image,
          [&](std::uint64_t first, channel_group const& group, bool ending) {
            keeper_->look(outcome.layer, bin + first, group, ending, me);
          },
          [&](std::uint64_t first, std::size_t most) { return keeper_->begin(outcome.layer, bin + first, most, me); },
          errors);
    };
    auto const ended = together(island_, [&] {
      if (!team.works()) return solver_outcome();
      return team.workers() > 1 ? in_step(island_, iterations) : iterations();
    });
    if (team.workers() < island_.size()) island_.share(image);
    take_rows(image, run.count, size, rows, {into.intensity.data() + column, rows.count * size, run.count, bins});
    column += run.count;
    if (!island_.root()) continue;  // one of the island tells
    for (std::uint64_t i = 0; i < run.count; ++i) outcome.bins.push_back(sinogram.slab.first + run.first + i);
    outcome.iterations.insert(outcome.iterations.end(), ended.iterations.begin(), ended.iterations.end());
    outcome.residual.insert(outcome.residual.end(), ended.residual.begin(), ended.residual.end());
  }
}

void slab_solver::predict(projector& device, ray_list const& rays, std::uint64_t bins) {
  auto const channels = std::clamp<std::uint64_t>(bins, 1, block);
  sharing_ = together(ranks_, [&] {
    return predict_sharing(island_, device, rays, plan_.solver, static_cast<std::int64_t>(channels));
  });
  auto const blocks = static_cast<double>((bins + block - 1) / block);
  std::array slowest{blocks * sharing_->of_iteration() * plan_.solver.iterations *
                     static_cast<double>(plan_.layers.count())};
  ranks_.maximum(std::span(slowest));
  predicted_ = slowest.front();
  if (ranks_.root()) tell_prediction();
}

void slab_solver::tell_prediction() const {
  std::string const name(name_of(plan_.solver.algorithm));
  std::string line = name + ": predicted " + seconds_text(predicted_) + " if all channels take all iterations";
  if (island_.size() > 1) {
    std::array<char, 250> text{};
    std::snprintf(
        text.data(), text.size(),
        "; of the %d ranks of a slab, %d share its rotations: an iteration of up to %d channels takes %.3g s alone, "
        "%.3g s so, of which %.3g s for the exchange",
        island_.size(), sharing_->workers, static_cast<int>(block), sharing_->alone, sharing_->of_iteration(),
        sharing_->exchange);
    line += text.data();
  }
  log_info(line);
}

solver_report slab_solver::finish() {
  std::array slowest{measured_};
  ranks_.maximum(std::span(slowest));
  auto report = together(ranks_, [&] { return collect_outcomes(plan_, ranks_, outcomes_); });
  if (!ranks_.root()) return report;
  log_info(describe(plan_, report));
  log_info(std::string(name_of(plan_.solver.algorithm)) + ": iterations took " + seconds_text(slowest.front()) +
           ", predicted were " + seconds_text(predicted_));
  return report;
}

namespace {

/// Of the rays that memory is reckoned for, how many there are.
ray_list shape_of_rays(tomogram_plan const& plan) {
  ray_list rays;
  rays.rotations = static_cast<int>(plan.geometry.angles.size());
  rays.translations = plan.geometry.translations;
  rays.size = plan.geometry.size;
  return rays;
}

/// The channels of a slab, and those that are worked on one after the other.
struct slab_channels {
  std::uint64_t all = 0, in_a_run = 0;
};

slab_channels channels_of(tomogram_plan const& plan, channel_slab const& slab) {
  slab_channels found;
  for (auto const& run : chosen_columns(plan, slab)) {
    found.in_a_run = std::max(found.in_a_run, run.count);
    found.all += run.count;
  }
  return found;
}

/// Of a channel.
std::uint64_t image_bytes(tomogram_plan const& plan) {
  auto const size = static_cast<std::uint64_t>(plan.geometry.size);
  return size * size * sizeof(float);
}

}  // namespace

std::uint64_t memory_to_solve(tomogram_plan const& plan, channel_slab const& slab) {
  auto const channels = channels_of(plan, slab).in_a_run;
  // Of the run in work, the whole image is in memory, too.
  return channels == 0 ? 0 : solver_memory(shape_of_rays(plan), plan.solver, channels) + channels * image_bytes(plan);
}

std::uint64_t memory_to_keep(tomogram_plan const& plan, channel_slab const& slab) {
  auto const channels = channels_of(plan, slab);
  if (channels.all == 0) return 0;
  auto const rays = shape_of_rays(plan);
  auto const group = std::min<std::uint64_t>(channels.in_a_run, channels_at_once(rays));
  auto const done = std::min(solver_keeper::most_unwritten_bytes, (channels.all - group) * image_bytes(plan));
  // The state of a group; then a block of it, and its bytes, which grow to twice as much while they are put together.
  // Nothing is on its way to the tomogram then.
  auto const state =
      state_memory(rays, plan.solver, group) + 3 * state_memory(rays, plan.solver, std::min(group, block));
  return done + state - group * image_bytes(plan);
}

solver_report collect_outcomes(tomogram_plan const& plan, communicator const& ranks,
                               std::vector<slab_outcome> const& mine) {
  solver_report all;
  auto const everyone = ranks.collect(mine);
  if (!ranks.root()) return all;
  auto const parts = plan.bins.parts();
  auto const values = plan.layers.count() * parts * plan.channels.count;
  all.iterations.assign(values, 0);
  all.residual.assign(values, std::numeric_limits<float>::quiet_NaN());
  for (auto const& outcomes : everyone)
    for (auto const& one : outcomes)
      for (std::size_t i = 0; i < one.bins.size(); ++i) {
        auto const part = one.bins[i] / plan.bins.channels;
        auto const channel = one.bins[i] % plan.bins.channels - plan.channels.first;
        auto const at = (one.layer * parts + part) * plan.channels.count + channel;
        all.iterations[at] = one.iterations[i];
        all.residual[at] = one.residual[i];
      }
  return all;
}

std::string describe(tomogram_plan const& plan, solver_report const& report) {
  std::vector<std::int32_t> iterations;
  std::vector<float> residual;
  for (std::size_t i = 0; i < report.iterations.size(); ++i) {
    if (report.iterations[i] == 0) continue;
    iterations.push_back(report.iterations[i]);
    residual.push_back(report.residual[i]);
  }
  std::string const name(name_of(plan.solver.algorithm));
  if (iterations.empty()) return name + ": there is nothing in any channel";
  return name + ": " + range_text(iterations, "%.0f to %.0f iterations (median %.0f)") + ", " +
         range_text(residual, "residual |A x - y| / |y| %.3g to %.3g (median %.3g)") + " over " +
         std::to_string(iterations.size()) + (iterations.size() == 1 ? " channel" : " channels");
}

void write_solver(nexus_file& file, tomogram_plan const& plan, solver_report const& report) {
  std::string const group = "/entry/tomogram";
  std::vector<std::uint64_t> shape{plan.channels.count};
  if (plan.bins.sectors > 0) shape.insert(shape.begin(), plan.bins.sectors);
  if (plan.layers.several()) shape.insert(shape.begin(), plan.layers.count());
  file.array<std::int32_t>(group + "/iterations", report.iterations, shape);
  file.array<float>(group + "/residual", report.residual, shape);
  file.attribute(group + "/residual", "meaning",
                 std::string("|A x - y| / |y| over measured rays; of mlem, osem and tv before the last step"));
}

}  // namespace xrdct
