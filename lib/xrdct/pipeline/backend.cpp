#include "xrdct/pipeline/backend.hpp"

#include "kernels/cpu/cpu.hpp"
#include "kernels/cpu/instruction_set.hpp"
#include "kernels/reference/reference.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"
#include "xrdct/devices/plugin.hpp"
#include "xrdct/pipeline/gpu.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <system_error>

namespace xrdct {
namespace {

std::unique_ptr<device> make_cpu(int threads) try {
  return cpu::make_device(threads);
} catch (std::system_error const& e) {
  throw runtime_failure("cannot start " + std::to_string(threads) + " threads (" + e.what() + "): use fewer --threads");
}

/// Collective. Threads that share cores only get into each other's way.
void warn_of_few_cores(communicator const& ranks, int threads) {
  constexpr double parts = 1000;
  communicator const node = ranks.node();
  std::array<std::uint64_t, 2> sums{static_cast<std::uint64_t>(std::lround(share_of_node(ranks) * parts)),
                                    static_cast<std::uint64_t>(threads)};
  node.sum(sums);
  auto const cores =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::lround(static_cast<double>(sums[0]) / parts)));
  if (!ranks.root() || sums[1] <= cores) return;
  auto const count = static_cast<std::uint64_t>(node.size());
  auto const many = (count == 1 ? "1 rank with " : std::to_string(count) + " ranks with together ") +
                    std::to_string(sums[1]) + " threads share" + (count == 1 ? "s " : " ") + std::to_string(cores) +
                    (cores == 1 ? " core" : " cores");
  log_warning(many + ": use --threads " + std::to_string(std::max<std::uint64_t>(1, cores / count)) +
              (count > cores ? ", and no more ranks than cores" : ""));
}

// Until docs/gpu-results.md has results of a GPU: what runs there runs in the tests as well, but not on one.
constexpr char const* not_compared =
    "results of this version have been compared on models of a GPU, not on one: compare those of a part of the scan "
    "with --backend cpu";

/// Collective.
std::unique_ptr<device> start_cuda(communicator const& ranks) try {
  return start_gpu(ranks, plugin_file());
} catch (agreed_error const& e) {
  throw agreed_error(
      {e.code(), "--backend cuda: no GPU can be used: " + std::string(e.what()) + "; take --backend auto or cpu"});
}

/// Collective. A GPU for every rank, or none and why.
std::unique_ptr<device> try_gpu(communicator const& ranks, std::string& why) try {
  return start_gpu(ranks, plugin_file());
} catch (agreed_error const& e) {
  why = ", as no GPU can be used: " + std::string(e.what());
  return nullptr;
}

}  // namespace

std::unique_ptr<device> make_backend(std::string const& name, int threads) {
  if (name == "auto" || name == "cpu") return make_cpu(threads);
  if (name == "reference") return reference::make_device();
  if (name == "cuda") return start_cuda(communicator());
  throw usage_error("--backend has no value '" + name + "': take one of auto, cpu, cuda, reference");
}

int threads_to_set_up(run_options const& run) { return run.threads > 0 ? run.threads : usable_cores(); }

int threads_of_rank(run_options const& run, communicator const& ranks) {
  return run.threads > 0 ? run.threads : default_threads(ranks);
}

std::unique_ptr<device> start_backend(run_options const& run, communicator const& ranks) {
  int const due = threads_of_rank(run, ranks);
  together(ranks, [&] {
    if (run.threads < 0) throw usage_error("--threads must be at least 1, not " + std::to_string(run.threads));
    if (!cpu::use_instruction_set(run.instruction_set))
      throw usage_error("--instruction-set " + run.instruction_set + ": this processor does not have it; take auto");
  });
  std::string why;
  std::unique_ptr<device> backend;
  if (run.backend == "cuda") backend = start_cuda(ranks);
  if (run.backend == "auto") backend = try_gpu(ranks, why);
  bool const by_cores = !backend;
  if (by_cores) backend = together(ranks, [&] { return make_backend(run.backend, due); });
  if (ranks.root())
    log_info("backend: " + backend->description() +
             (ranks.size() > 1 ? ", on each of " + std::to_string(ranks.size()) + " ranks" : "") + why);
  if (by_cores) warn_of_few_cores(ranks, due);
  if (!by_cores && ranks.root()) log_warning(not_compared);
  return backend;
}

}  // namespace xrdct
