#include "xrdct/comm/threads.hpp"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace xrdct {
namespace {

/// One byte a core: 1 where this process may run. Empty where the system does not say.
std::vector<std::uint8_t> allowed_cores() {
  constexpr int most = 8192;
  std::vector<cpu_set_t> sets(CPU_ALLOC_SIZE(most) / sizeof(cpu_set_t) + 1);
  std::size_t const size = sets.size() * sizeof(cpu_set_t);
  if (::sched_getaffinity(0, size, sets.data()) != 0) return {};
  std::vector<std::uint8_t> cores(most);
  for (std::size_t core = 0; core < cores.size(); ++core) cores[core] = CPU_ISSET_S(core, size, sets.data()) ? 1 : 0;
  return cores;
}

int whole(double cores) { return std::max(1, static_cast<int>(cores + 1e-6)); }

/// Of version 2: "QUOTA PERIOD", or "max PERIOD".
double quota_in(std::string const& file) {
  std::ifstream text(file);
  double quota = 0, period = 0;
  return text >> quota >> period && period > 0 ? quota / period : 0;
}

/// Of version 1: a file each; the quota is −1 where there is none.
double quota_in(std::string const& quota_file, std::string const& period_file) {
  std::ifstream quota_text(quota_file), period_text(period_file);
  double quota = 0, period = 0;
  return quota_text >> quota && period_text >> period && period > 0 ? quota / period : 0;
}

bool lists_cpu(std::string const& names) { return ("," + names + ",").find(",cpu,") != std::string::npos; }

/// This rank's part of the cores that several ranks may use.
double share_of_cores(std::vector<std::uint8_t> const& mine, std::vector<std::vector<std::uint8_t>> const& all) {
  double share = 0;
  for (std::size_t core = 0; core < mine.size(); ++core) {
    if (mine[core] == 0) continue;
    auto const sharers =
        std::count_if(all.begin(), all.end(), [&](auto const& c) { return core < c.size() && c[core] != 0; });
    share += 1.0 / static_cast<double>(sharers);
  }
  return share;
}

/// The same of processor time: of every group, by the ranks that are in it.
double share_of_time(std::vector<cpu_quota> const& mine, std::vector<std::vector<cpu_quota>> const& all,
                     double otherwise) {
  double share = otherwise;
  for (auto const& quota : mine) {
    auto const sharers = std::ranges::count_if(all, [&](auto const& one) {
      return std::ranges::any_of(one, [&](auto const& q) { return q.group == quota.group; });
    });
    share = std::min(share, quota.cores / static_cast<double>(std::max<std::ptrdiff_t>(sharers, 1)));
  }
  return share;
}

/// Cores that Slurm gave to a task; 0 where it did not say.
int cores_of_task() {
  char const* const text = std::getenv("SLURM_CPUS_PER_TASK");  // NOLINT(concurrency-mt-unsafe)
  return text != nullptr ? std::max(0, std::atoi(text)) : 0;
}

}  // namespace

std::vector<cpu_quota> cpu_quotas(std::string const& proc, std::string const& sys) {
  std::vector<cpu_quota> found;
  std::ifstream file(proc + "/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // NUMBER:CONTROLLERS:PATH
    auto const controllers = line.find(':');
    auto const path = controllers == std::string::npos ? controllers : line.find(':', controllers + 1);
    if (path == std::string::npos) continue;
    auto const names = line.substr(controllers + 1, path - controllers - 1);
    if (!names.empty() && !lists_cpu(names)) continue;
    std::string const root = names.empty() ? sys : sys + "/" + names;
    for (auto group = line.substr(path + 1);; group.erase(group.rfind('/'))) {
      if (group == "/") group.clear();
      auto const folder = root + group;
      double const cores = names.empty() ? quota_in(folder + "/cpu.max")
                                         : quota_in(folder + "/cpu.cfs_quota_us", folder + "/cpu.cfs_period_us");
      if (cores > 0) found.push_back({group, cores});
      if (group.find('/') == std::string::npos) break;
    }
  }
  return found;
}

double share_of_node(communicator const& ranks) {
  auto const mine = allowed_cores();
  auto const quotas = cpu_quotas();
  communicator const node = ranks.node();
  auto all = node.collect(mine);
  auto all_quotas = node.collect(quotas);
  node.share(all);
  node.share(all_quotas);
  double share = share_of_cores(mine, all);
  if (mine.empty()) share = static_cast<double>(std::thread::hardware_concurrency()) / node.size();
  return share_of_time(quotas, all_quotas, share);
}

int default_threads(communicator const& ranks) {
  double const share = share_of_node(ranks);
  int const of_task = cores_of_task();
  return of_task > 0 ? std::min(whole(share), of_task) : whole(share);
}

int usable_cores() {
  auto const mine = allowed_cores();
  auto const cores = static_cast<double>(std::count(mine.begin(), mine.end(), std::uint8_t{1}));
  return whole(share_of_time(cpu_quotas(), {}, mine.empty() ? std::thread::hardware_concurrency() : cores));
}

}  // namespace xrdct
