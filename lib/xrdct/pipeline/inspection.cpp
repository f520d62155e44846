#include "xrdct/pipeline/inspection.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/memory.hpp"
#include "xrdct/base/timer.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/inspect_frames.hpp"
#include "xrdct/pipeline/inspect_geometry.hpp"
#include "xrdct/pipeline/inspect_needs.hpp"
#include "xrdct/pipeline/inspect_unclear.hpp"
#include "xrdct/pipeline/measurement.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <new>

namespace xrdct {
namespace {

constexpr double seconds_to_measure = 0.6;

/// Whether an option says what a step is to use, so that it is a mistake if that fails. Of frames see judge_frames().
bool is_given(job const& what, std::string_view step) {
  auto const& g = what.geometry;
  auto const& scan = what.scan;
  auto const& input = what.input;
  if (step == step_scan)
    return scan.grid || !scan.rotation.empty() || !scan.translation.empty() || !scan.layer.empty() || g.air.any();
  if (step == step_norms) return !g.monitor.empty() || !g.transmission.empty() || !g.exposure.empty();
  if (step == step_geometry)
    return !g.ponis.empty() || !input.masks.empty() || !input.darks.empty() || !input.flats.empty();
  return false;
}

class inspector {
 public:
  inspector(job const& what, device& backend, rank_count ranks)
      : what_(what), lenient_(what), backend_(backend), ranks_(ranks) {
    lenient_.run.skip_bad_frames = true;
  }

  inspection look() {
    timer since_start;
    auto m = examine(lenient_, ranks_.all,
                     [&](std::string_view step, std::function<void()> const& work) { return attempt(step, work); });
    double const setup = since_start.seconds();
    keep_whole(m);
    for (auto const& detector : m.detectors) found_.frames.push_back(describe_frames(detector.stack));
    judge_frames(m);
    if (!m.detectors.empty()) {
      describe_scan(m);
      describe_needs(m, setup);
    }
    take_log();
    return std::move(found_);
  }

 private:
  /// A step that failed may have set some of what belongs to it.
  void keep_whole(measurement& m) const {
    if (std::ranges::any_of(found_.problems, [](problem_found const& p) { return p.part == step_geometry; })) {
      m.radial.clear();
      m.azimuthal.clear();
    }
    if (!m.detectors.empty()) m.frame_norm.resize(m.frames(), 1);
  }

  /// What is unclear, or not there yet, is no mistake; what cannot become frames is.
  void judge_frames(measurement const& m) {
    if (found_.problems.empty() || found_.problems.front().part != step_frames) return;
    if (m.detectors.empty()) found_.candidates = frame_candidates(what_);
    bool const differ =
        std::ranges::any_of(m.detectors, [&](detector_input const& d) { return d.stack.frames != m.frames(); });
    if (differ || (m.detectors.empty() && found_.candidates.empty()) || names_what_is_not(what_))
      found_.mistake = found_.problems.front().text;
  }

  bool attempt(std::string_view step, std::function<void()> const& work) {
    try {
      work();
      return true;
    } catch (usage_error const& e) {
      // That there is no geometry is no mistake here.
      if (step != step_geometry || !what_.geometry.ponis.empty()) throw;
      found_.problems.push_back({std::string(step), e.what()});
    } catch (error const& e) {
      if (step == step_frames) require_openable(what_);
      if (is_given(what_, step) && found_.mistake.empty()) found_.mistake = e.what();
      found_.problems.push_back({std::string(step), e.what()});
    }
    return false;
  }

  void describe_scan(measurement const& m) {
    found_.numbers = m.numbers;
    auto const is_said = std::ranges::any_of(m.numbers, [&](number_found const& n) { return n.problem == m.no_scan; });
    if (!m.no_scan.empty() && !is_said) found_.problems.push_back({std::string(step_scan), m.no_scan});
    if (m.has_scan()) found_.plan = m.scan;
    std::map<frame_status, std::uint64_t> counts;
    for (auto const status : m.status) ++counts[status];
    for (auto const& [status, frames] : counts)
      if (status != frame_status::ok && status != frame_status::missing)
        found_.left_out.push_back({std::string(describe(status)), frames, is_bad(status)});
    if (m.radial.empty()) return;
    found_.bins = describe_bins(what_, m);
    for (std::size_t i = 0; i < m.detectors.size(); ++i) found_.geometry.push_back(describe_geometry(what_, m, i));
  }

  /// Everything but the time is known at once; errors of these parts are those of a reconstruction.
  void describe_needs(measurement& m, double setup) {
    if (m.slices.empty()) return;
    try {
      std::optional<tomogram_plan> tomogram;
      bin_layout const bins =
          m.radial.empty() ? bin_layout{static_cast<std::uint64_t>(what_.geometry.integration.bins), 0} : m.bins();
      if (m.has_scan())
        tomogram = plan_tomogram(what_.tomogram, m.scan.rotation, m.scan.translation, bins, m.scan.layers);
      auto const* const plan = tomogram ? &*tomogram : nullptr;
      found_.results = result_arrays(what_, m, plan);
      found_.disk = disk_needed(what_, found_.results);
      describe_memory(m, plan);
      if (!can_be_tried(m)) return;
      found_.time = time_needed(what_, m, backend_, plan, seconds_to_measure);
      found_.time->setup = setup;
    } catch (usage_error const&) {
      throw;
    } catch (error const& e) {
      found_.problems.push_back({"result", e.what()});
    } catch (std::bad_alloc const&) {
      found_.problems.push_back({"result", "there is not enough memory to try"});
    }
  }

  void describe_memory(measurement const& m, tomogram_plan const* plan) {
    if (m.radial.empty()) return;
    auto const reducers = make_reducers(m, what_, backend_);
    found_.memory = memory_needed(m, reducers, common_batch(reducers, m, what_.run.batch), ranks_, plan,
                                  what_.compression, what_.run.checkpoint > 0);
  }

  /// Whether every detector has a frame that is there, and is not so large that to try would take all memory.
  static bool can_be_tried(measurement const& m) {
    constexpr std::uint64_t bytes_of_a_pixel = 64;  // matrix, masks, frames of a batch
    auto const memory = available_memory();
    return std::ranges::all_of(m.detectors, [&](detector_input const& d) {
      return d.stack.format.pixels() < memory / bytes_of_a_pixel &&
             std::ranges::any_of(d.stack.stored_bytes, [](std::uint64_t bytes) { return bytes > 0; });
    });
  }

  /// What the job said, but for what is found here anyway.
  void take_log() {
    constexpr std::array shown{"frames: ", "scan: ", "chosen: ", "backend: ", "detector: "};
    for (auto const& line : keeper_.take()) {
      if (std::ranges::any_of(shown, [&](char const* start) { return line.text.starts_with(start); })) continue;
      if (line.level == log_level::warning) found_.warnings.push_back(line.text);
      if (line.level == log_level::info) found_.notes.push_back(line.text);
    }
  }

  log_keeper keeper_;
  job const& what_;
  job lenient_;
  device& backend_;
  rank_count ranks_;
  inspection found_;
};

}  // namespace

inspection look_into(job const& what, communicator const& ranks) {
  auto const backend = [&] {
    log_keeper const silent;
    return start_backend(what.run, ranks);
  }();
  rank_count const count{ranks.size(), ranks.node().size()};
  rank_threads layout{1, ranks.size(), what.run.threads > 0 ? what.run.threads : default_threads(ranks)};
  layout.nodes = (count.all + count.here - 1) / count.here;
  return together(ranks, [&] {
    if (!ranks.root()) return inspection();
    auto found = inspector(what, *backend, count).look();
    found.layout = layout;
    return found;
  });
}

}  // namespace xrdct
