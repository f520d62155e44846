#include "xrdct/comm/threads.hpp"

#include <sched.h>

#include <algorithm>
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

}  // namespace

int default_threads(communicator const& ranks) {
  auto const mine = allowed_cores();
  communicator const node = ranks.node();
  auto all = node.collect(mine);
  node.share(all);
  double share = 0;
  for (std::size_t core = 0; core < mine.size(); ++core) {
    if (mine[core] == 0) continue;
    auto const sharers =
        std::count_if(all.begin(), all.end(), [&](auto const& c) { return core < c.size() && c[core]; });
    share += 1.0 / static_cast<double>(sharers);
  }
  if (mine.empty()) share = static_cast<double>(std::thread::hardware_concurrency()) / node.size();
  return std::max(1, static_cast<int>(share + 1e-6));
}

}  // namespace xrdct
