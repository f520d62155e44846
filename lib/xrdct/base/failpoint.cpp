#include "xrdct/base/failpoint.hpp"

#include "xrdct/base/error.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace xrdct {
namespace {

char const* variable(char const* name) { return std::getenv(name); }  // NOLINT(concurrency-mt-unsafe)

struct armed_point {
  std::string name;
  std::string action;
  long count = 0;  // times until it acts
};

/// As launchers number ranks; "0" without one.
std::string this_rank() {
  for (char const* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"})
    if (char const* const rank = variable(name)) return rank;
  return "0";
}

/// Those of this rank. Texts that make no sense are left out: nothing hits then, which a test notices.
std::vector<armed_point> read_points() {
  std::vector<armed_point> points;
  char const* const text = variable("XRDCT_FAILPOINT");
  std::istringstream all(text != nullptr ? text : "");
  for (std::string one; std::getline(all, one, ',');) {
    std::istringstream parts(one);
    std::string name, count, action;
    if (!std::getline(parts, name, ':') || !std::getline(parts, count, ':') || !std::getline(parts, action)) continue;
    auto const at = name.find('@');
    if (at != std::string::npos && name.substr(at + 1) != this_rank()) continue;
    points.push_back({name.substr(0, at), action, std::strtol(count.c_str(), nullptr, 10)});
  }
  return points;
}

void act(armed_point const& point) {
  std::string const line =
      "xrdct: failpoint " + point.name + " is hit on rank " + this_rank() + ": " + point.action + "\n";
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
  if (point.action == "throw") throw runtime_failure("the failpoint " + point.name + " is hit");
  if (point.action == "kill") ::kill(::getpid(), SIGKILL);
  if (point.action == "term") ::kill(::getpid(), SIGTERM);
  if (point.action == "int") ::kill(::getpid(), SIGINT);
  if (point.action == "usr2") ::kill(::getpid(), SIGUSR2);
}

}  // namespace

bool const failpoints_armed = variable("XRDCT_FAILPOINT") != nullptr;

void reach_failpoint(std::string_view name) {
  static std::mutex mutex;
  static std::vector<armed_point> points = read_points();
  std::vector<armed_point> hit;
  int slow = 0;
  {
    std::lock_guard const lock(mutex);
    for (auto& point : points) {
      if (point.name != name) continue;
      if (--point.count == 0) hit.push_back(point);
      if (point.count <= 0 && point.action == "slow") ++slow;
    }
  }
  std::ranges::for_each(hit, act);
  if (slow > 0) std::this_thread::sleep_for(std::chrono::milliseconds(200 * slow));
}

}  // namespace xrdct
