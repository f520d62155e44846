#include "xrdct/bench/layout_probes.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <algorithm>

namespace xrdct {
namespace {

constexpr std::uint64_t memory_for_patterns = std::uint64_t{1} << 28;

/// Frames that a layout works on together: what it is given is a multiple, so that no thread is left without.
std::uint64_t step_of(bench_layout which, int threads) {
  if (which == bench_layout::serial) return 1;
  constexpr std::uint64_t batch = 128;  // 4 batches of the reducer, so that reading is ahead most of the time
  return which == bench_layout::multiprocess ? batch * static_cast<std::uint64_t>(threads) : batch;
}

}  // namespace

void layout_probes::use(job const& what, measurement const& m) {
  job_ = what;
  scan_ = &m;
  auto const pattern = pattern_quantities * m.channels();
  auto const frames = std::clamp<std::uint64_t>(memory_for_patterns / (pattern * sizeof(float)), 1, m.frames());
  patterns_.resize(frames * pattern);
  if (processes_) processes_->open(what.input, what.geometry, m.channels());
}

std::unique_ptr<layout_runner> layout_probes::make_runner(bench_layout which, int threads) {
  switch (which) {
    case bench_layout::serial: return make_serial_layout(*scan_, job_, threads);
    case bench_layout::pool: return make_pool_layout(*scan_, job_, threads);
    case bench_layout::multiprocess: return processes_.value().runner(threads);
    case bench_layout::gpu: {
      auto on_device = job_;
      on_device.run.backend = "cuda";
      return make_pool_layout(*scan_, on_device, threads);
    }
  }
  return nullptr;
}

probe layout_probes::make(bench_layout which, int threads) {
  auto const pattern = pattern_quantities * scan_->channels();
  auto const most = patterns_.size() / pattern;
  probe made;
  made.name = name_of(which);
  made.threads = threads;
  made.most = most;
  made.step = std::min<std::uint64_t>(most, step_of(which, threads));
  double stored = 0;
  for (auto const bytes : scan_->stack().stored_bytes) stored += static_cast<double>(bytes);
  made.bytes_in = stored / static_cast<double>(scan_->frames());
  made.bytes_out = static_cast<double>(pattern * sizeof(float));
  std::shared_ptr<layout_runner> const runner = make_runner(which, threads);
  made.run = [this, runner, pattern](std::uint64_t frames) {
    runner->reduce(frames, std::span(patterns_).first(frames * pattern));
  };
  return made;
}

std::string layout_probes::try_to(std::function<void()> const& work) {
  try {
    work();
    return "";
  } catch (usage_error const& e) {
    return e.what();
  } catch (runtime_failure const& e) {
    return e.what();
  } catch (agreed_error const& e) {  // no device
    return e.what();
  }
}

}  // namespace xrdct
