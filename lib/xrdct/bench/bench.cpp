#include "xrdct/bench/bench.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/free_name.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/bench/layout_probes.hpp"
#include "xrdct/bench/made_input.hpp"
#include "xrdct/bench/stages.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/io/source_paths.hpp"
#include "xrdct/pipeline/backend.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t memory_for_chunks = std::uint64_t{1} << 28;

int threads_of(job const& what, communicator const& ranks) {
  return what.run.threads > 0 ? what.run.threads : default_threads(ranks);
}

/// Everything, where nothing is named.
void settle(bench_options& options, communicator const& ranks) {
  bool const named = !options.layouts.empty() || !options.stages.empty();
  if (ranks.size() > 1 && !options.layouts.empty())
    throw usage_error("--layout compares ways to use one process's cores: start it without mpirun, or use --stage");
  if (named) return;
  for (std::size_t i = 0; i < stage_names.size(); ++i) options.stages.push_back(static_cast<bench_stage>(i));
  if (ranks.size() > 1) return;
  for (std::size_t i = 0; i < layout_names.size(); ++i) options.layouts.push_back(static_cast<bench_layout>(i));
}

/// Better known before than after measuring.
void require_writable(std::string const& path, bool overwrite) {
  if (path.empty()) return;
  require_free_name(path, output_kind::json, overwrite);
  auto const folder = fs::path(path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder))
    throw usage_error("'" + path + "' cannot be written: there is no folder " + folder.string());
}

void use(job& what, powder_scan_files const& made) {
  what.input.files = {made.scan};
  what.input.masks = {{made.mask, {}}};
  what.geometry.ponis = {made.geometry};
  what.geometry.monitor = "none";
}

/// What frames are integrated with, for every rank a copy of its own: stages make reducers of it in several ways.
struct integration_setup {
  integration_matrix matrix;
  corrections pixels;

  void fields(auto& archive) {
    archive(matrix.rows, matrix.columns, matrix.bins, matrix.offsets, matrix.bin, matrix.coefficient);
    archive(pixels.mask, pixels.dark, pixels.norm, pixels.variance, pixels.dummy, pixels.delta_dummy,
            pixels.exclude_maximum, pixels.exclude_negative, pixels.lowest, pixels.highest, pixels.saturation);
  }
};

measurement examine_for_all(job const& what, communicator const& ranks) {
  auto m = from_root(ranks, [&] { return examine(what, ranks.size()); });
  auto& detector = m.detectors.front();
  integration_setup setup{std::move(detector.matrix), std::move(detector.pixels)};
  ranks.share(setup);
  detector.matrix = std::move(setup.matrix);
  detector.pixels = std::move(setup.pixels);
  return m;
}

/// Some of every rank's frames.
frames_in_memory load_own(measurement const& m, communicator const& ranks) {
  return together(ranks, [&] {
    auto const slice = m.slices[static_cast<std::size_t>(ranks.rank())];
    if (slice.count == 0)
      throw usage_error("there are " + std::to_string(m.frames()) + " frames for " + std::to_string(ranks.size()) +
                        " ranks: measure with fewer ranks, or more frames");
    return load_frames(m.stack(), slice, memory_for_chunks, m.frames());
  });
}

measured_frames describe(measurement const& m, frames_in_memory const& frames, communicator const& ranks) {
  measured_frames made;
  made.name = m.stack().name;
  made.frames = m.frames();
  made.format = m.stack().format;
  std::array all{static_cast<std::uint64_t>(frames.frames.size()),
                 static_cast<std::uint64_t>(frames.mean_bytes * static_cast<double>(frames.frames.size()))};
  ranks.sum(all);
  made.in_memory = all[0];
  made.compressed_bytes = static_cast<double>(all[1]) / static_cast<double>(all[0]);
  made.bins = m.channels();
  made.entries = m.detectors.front().matrix.entries();
  return made;
}

/// What is to be timed, and where its timings belong.
class bench_plan {
 public:
  void add(probe what, timings& to) {
    probes_.push_back(std::move(what));
    targets_.push_back(&to);
  }
  void add(stage_probe made, timings& to) {
    to.name = made.what.name;
    to.threads = made.what.threads;
    to.skipped = made.skipped;
    if (made.skipped.empty()) add(std::move(made.what), to);
  }
  void measure(bench_options const& options, communicator const& ranks, progress_mode shown) {
    auto all = time_in_turns(probes_, options.rounds, options.seconds, ranks, shown);
    for (std::size_t i = 0; i < all.size(); ++i) *targets_[i] = std::move(all[i]);
  }

 private:
  std::vector<probe> probes_;
  std::vector<timings*> targets_;
};

void plan_lz4(bench_plan& plan, bench_report& report, stage_input const& input, bool with_one) {
  plan.add(make_stage(bench_stage::lz4, input), report.lz4);
  if (!with_one || !report.lz4.skipped.empty()) return;
  auto one = lz4_stage(input, 1);
  one.what.name = name_of(bench_stage::lz4);
  plan.add(std::move(one), report.lz4_one);
}

void plan_layouts(bench_plan& plan, bench_report& report, layout_probes& probes, bench_options const& options) {
  report.layouts.resize(options.layouts.size());
  for (std::size_t i = 0; i < options.layouts.size(); ++i) {
    auto& made = report.layouts[i];
    made.layout = options.layouts[i];
    made.all.name = made.one.name = name_of(made.layout);
    made.all.threads = report.threads;
    made.all.skipped = probes.try_to([&] {
      plan.add(probes.make(made.layout, report.threads), made.all);
      if (report.threads > 1) plan.add(probes.make(made.layout, 1), made.one);
    });
  }
}

void plan_stages(bench_plan& plan, bench_report& report, stage_input const& input, bench_options const& options) {
  report.stages.resize(options.stages.size());
  for (std::size_t i = 0; i < options.stages.size(); ++i)
    if (options.stages[i] != bench_stage::lz4) plan.add(make_stage(options.stages[i], input), report.stages[i]);
}

void complete(bench_report& report, bench_options const& options) {
  for (auto& l : report.layouts)
    if (!l.one.seconds.empty()) l.efficiency = median_ratio(l.all, l.one) / l.all.threads;
  for (std::size_t i = 0; i < options.stages.size(); ++i)
    if (options.stages[i] == bench_stage::lz4) report.stages[i] = report.lz4;
}

bool wants(bench_options const& options, bench_layout which) {
  return std::ranges::find(options.layouts, which) != options.layouts.end();
}

}  // namespace

bool only_saves(bench_options const& options) {
  return !options.save.empty() && options.layouts.empty() && options.stages.empty() && options.json.empty();
}

void save_made_frames(job const& what, bench_options const& options, communicator const& ranks) {
  int const threads = threads_of(what, ranks);
  together(ranks, [&] {
    if (!ranks.root()) return;
    made_input const made(options, threads);
    log_info(made.description() + ": '" + made.files().scan + "', with its geometry '" + made.files().geometry +
             "' and mask '" + made.files().mask + "'");
  });
}

bench_report measure(job what, bench_options const& asked, communicator const& ranks) {
  auto options = asked;
  together(ranks, [&] {
    settle(options, ranks);
    if (ranks.root()) require_writable(options.json, options.overwrite);
  });
  bench_report report;
  report.ranks = ranks.size();
  report.threads = what.run.threads = threads_of(what, ranks);
  report.rounds = options.rounds;
  report.options = what.options;
  report.command_line = what.command_line;
  what.scan.rotation = what.scan.translation = what.scan.layer = "none";
  hdf5::set_moved_paths(what.input.moved);
  layout_probes layouts(what);
  if (wants(options, bench_layout::multiprocess)) together(ranks, [&] { layouts.start_processes(report.threads); });

  std::optional<made_input> made;
  together(ranks, [&] {
    if (!ranks.root() || !what.input.files.empty()) return;
    made.emplace(options, report.threads);
    report.input.made = made->description();
    log_info(made->description());
    use(what, made->files());
  });
  auto const m = examine_for_all(what, ranks);
  auto const backend = start_backend(what.run, ranks);
  report.backend = backend->description();
  auto const frames = load_own(m, ranks);
  auto description = describe(m, frames, ranks);
  description.made = report.input.made;
  report.input = std::move(description);

  std::optional<temporary_folder> folder;
  auto const place = from_root(ranks, [&] {
    auto const parent = fs::path(options.json).parent_path().string();
    folder.emplace(options.json.empty() ? "" : parent.empty() ? "." : parent);
    return folder->path();
  });
  stage_input const input{m, what, ranks, *backend, report.threads, frames, options.grid, place};
  bench_plan plan;
  plan_lz4(plan, report, input, !options.layouts.empty() && report.threads > 1);
  layouts.use(what, m);
  plan_layouts(plan, report, layouts, options);
  plan_stages(plan, report, input, options);
  plan.measure(options, ranks, what.run.progress);
  complete(report, options);
  if (ranks.root()) report.where = this_machine();
  return report;
}

void write_report(bench_report const& report, std::string const& path) {
  auto const unfinished = unfinished_name(path);
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file << json_of(report);
  file.close();
  if (!file) throw runtime_failure("writing '" + path + "' failed: is the disk full, and may you write there?");
  publish(unfinished, path);
}

}  // namespace xrdct
