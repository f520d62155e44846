// What errors and rejection cost beside plain integration, decoding included. Every way is timed by turns, several
// times; the table at the end holds the shortest times.
//   rejection [--threads=N] [--detector=NAME] [options of Google Benchmark]
#include "benchmarks/arguments.hpp"
#include "benchmarks/powder_scene.hpp"
#include "kernels/cpu/cpu.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

namespace xrdct::benchmarks {
namespace {

struct way {
  char const* name;
  error_model errors;
  rejection reject;
};

constexpr way ways[] = {
    {"plain", error_model::poisson, {}},
    {"image", error_model::image, {}},
    {"azimuthal", error_model::azimuthal, {}},
    {"sigma-clip poisson", error_model::poisson, {.method = rejection_method::sigma_clip}},
    {"sigma-clip poisson 3", error_model::poisson, {.method = rejection_method::sigma_clip, .threshold = 3}},
    {"sigma-clip azimuthal", error_model::azimuthal, {.method = rejection_method::sigma_clip}},
    {"sigma-clip azimuthal 3", error_model::azimuthal, {.method = rejection_method::sigma_clip, .threshold = 3}},
    {"trimmed mean", error_model::poisson, {.method = rejection_method::quantiles, .lower = 0.1, .upper = 0.9}},
    {"median", error_model::poisson, {.method = rejection_method::quantiles}},
};

struct splitting {
  char const* name;
  pixel_splitting kind;
};
constexpr splitting splittings[] = {{"no", pixel_splitting::no}, {"bbox", pixel_splitting::bbox}};

// Patterns of some frames.
struct results {
  results(std::size_t frames, std::size_t bins) : values(4, std::vector<float>(frames * bins)), status(frames) {
    auto const rows = [&](std::size_t i) { return view<float>(values[i].data(), frames, bins); };
    all = {rows(0), rows(1), rows(2), rows(3), status, {}, {}};
  }
  std::vector<std::vector<float>> values;
  std::vector<frame_status> status;
  patterns all;
};

void reduce(benchmark::State& state, powder_scene const& scene, integration_matrix const& matrix, device& by,
            way const& how, int threads) {
  auto const reducer = by.make_reducer({&matrix, &scene.pixels, how.errors, how.reject}, scene.format);
  auto const frames = scene.frames(16 * static_cast<std::size_t>(threads));
  results into(frames.size(), matrix.bins);
  reducer->submit(frames, into.all)->wait();  // memory is touched for the first time
  for (auto _ : state) reducer->submit(frames, into.all)->wait();
  state.SetItemsProcessed(static_cast<std::int64_t>(frames.size()) * state.iterations());
}

// Beside the usual lines, a table of milliseconds of processor time a frame, and of the ratios to plain integration.
class table_reporter : public benchmark::ConsoleReporter {
 public:
  table_reporter() : ConsoleReporter(OO_None) {}

  void ReportRuns(std::vector<Run> const& runs) override {
    for (auto const& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      double const frames = run.counters.at("items_per_second") * run.cpu_accumulated_time;
      auto const [at, is_new] = shortest_.emplace(run.run_name.function_name, run.cpu_accumulated_time / frames);
      at->second = std::min(at->second, run.cpu_accumulated_time / frames);
      if (is_new) order_.push_back(run.run_name.function_name);
    }
  }
  void Finalize() override {
    std::printf("%-40s %12s %12s\n", "", "ms a frame", "plain = 1");
    double plain = 0;
    for (auto const& name : order_) {
      if (name.ends_with("/plain")) plain = shortest_[name];
      std::printf("%-40s %12.3f %12.2f\n", name.c_str(), 1e3 * shortest_[name], shortest_[name] / plain);
    }
    std::fflush(stdout);
  }

 private:
  std::map<std::string, double> shortest_;  // seconds a frame
  std::vector<std::string> order_;
};

}  // namespace
}  // namespace xrdct::benchmarks

int main(int count, char** arguments) {
  using namespace xrdct::benchmarks;
  int const threads = std::max(1, std::atoi(take("--threads=", "1", count, arguments).c_str()));
  auto const only = take("--detector=", "", count, arguments);
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;

  auto const device = xrdct::cpu::make_device(threads);
  std::printf("%s\n", device->description().c_str());
  for (std::string const detector : {"Pilatus 2M", "Eiger 4M"}) {
    if (!only.empty() && detector != only) continue;
    xrdct::powder_frame_options made;
    made.detector = detector;
    made.bright = true;
    auto scene = make_powder_scene(xrdct::powder_frames(made), 16);
    scene.pixels.variance.assign(scene.format.pixels(), 1);
    for (auto const& split : splittings) {
      xrdct::integration_options options;
      options.splitting = split.kind;
      auto const matrix = xrdct::make_integration(scene.geometry, options, scene.pixels.mask).matrix;
      benchmark::ClearRegisteredBenchmarks();
      for (auto const& how : ways) {
        auto const name = detector + "/" + split.name + "/" + how.name;
        benchmark::RegisterBenchmark(
            name.c_str(), [&](benchmark::State& state) { reduce(state, scene, matrix, *device, how, threads); })
            ->MeasureProcessCPUTime()
            ->Unit(benchmark::kMillisecond);
      }
      table_reporter table;
      benchmark::RunSpecifiedBenchmarks(&table);
    }
  }
  return 0;
}
