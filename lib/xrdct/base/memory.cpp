#include "xrdct/base/memory.hpp"

#include <sys/resource.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace xrdct {
namespace {

constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

/// A line of a file of the kernel's, "name: number kB", in bytes.
std::uint64_t bytes_in(char const* path, std::string const& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (std::uint64_t kilobytes = 0;
        line.starts_with(name) && std::istringstream(line.substr(name.size())) >> kilobytes)
      return kilobytes * 1024;
  return unknown;
}

/// The number in a file; "max" and no file are no limit.
std::uint64_t limit_in(std::string const& path) {
  std::ifstream file(path);
  std::uint64_t bytes = 0;
  return file >> bytes ? bytes : unknown;
}

/// The smallest limit of this process's control group (version 2, or 1) and those above it.
std::uint64_t limit_of_group() {
  std::ifstream file("/proc/self/cgroup");
  std::uint64_t limit = unknown;
  for (std::string line; std::getline(file, line);) {
    auto const controllers = line.find(':');
    auto const path = line.find(':', controllers == std::string::npos ? controllers : controllers + 1);
    if (path == std::string::npos) continue;
    auto const names = line.substr(controllers + 1, path - controllers - 1);
    if (!names.empty() && names != "memory") continue;
    std::string const root = names.empty() ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    std::string const leaf = names.empty() ? "/memory.max" : "/memory.limit_in_bytes";
    for (std::string group = line.substr(path + 1); !group.empty(); group.erase(group.rfind('/')))
      limit = std::min(limit, limit_in(root + group + leaf));
  }
  return limit;
}

}  // namespace

std::uint64_t available_memory() { return std::min(bytes_in("/proc/meminfo", "MemAvailable:"), limit_of_group()); }

// What getrusage says begins with what the program had that this process was started from.
std::uint64_t most_memory_used() {
  if (auto const bytes = bytes_in("/proc/self/status", "VmHWM:"); bytes != unknown) return bytes;
  struct rusage used {};
  return ::getrusage(RUSAGE_SELF, &used) == 0 ? static_cast<std::uint64_t>(used.ru_maxrss) * 1024 : 0;
}

void give_back_freed_memory() {
#ifdef __GLIBC__
  // Said once, both stay: arrays above the one are mapped each by itself, and below it, no more than the other is kept.
  constexpr int large = 1 << 21;
  constexpr int kept = 1 << 23;
  ::mallopt(M_MMAP_THRESHOLD, large);
  ::mallopt(M_TRIM_THRESHOLD, kept);
#endif
}

}  // namespace xrdct
