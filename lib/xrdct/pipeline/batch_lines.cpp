#include "xrdct/base/error.hpp"
#include "xrdct/base/progress.hpp"
#include "xrdct/pipeline/inspection.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace xrdct {
namespace {

/// Hours, minutes and seconds, in whole minutes.
std::string limit_text(double seconds) {
  auto const minutes = static_cast<long long>(std::ceil(seconds / 60));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%02lld:%02lld:00", minutes / 60, minutes % 60);
  return text.data();
}

std::string line(std::string const& option) { return "#SBATCH --" + option + "\n"; }

}  // namespace

std::string batch_lines(inspection const& found) {
  if (!found.problems.empty()) throw input_error("what a job needs is not known: " + found.problems.front().text);
  if (!found.memory || !found.time) throw input_error("what a job needs is not known without --poni");
  auto const& layout = found.layout;
  // A page cache of the input and the libraries are on top of what is counted; the file system may be half as fast as
  // it is now; what signals tell must come two minutes before the end, and nobody gets less than ten.
  constexpr double more_memory = 1.25, least_memory = 1e9, more_time = 2, room_to_stop = 300, least_time = 600;
  auto const memory = std::max(least_memory, more_memory * static_cast<double>(found.memory->all_ranks)) / layout.nodes;
  auto const seconds = std::max(least_time, more_time * found.time->all() + room_to_stop);
  auto const per_node = (layout.ranks + layout.nodes - 1) / layout.nodes;
  std::string text;
  text += "# estimated: " + duration_text(found.time->all()) + " and " +
          bytes_text(static_cast<double>(found.memory->all_ranks)) + ", by " + found.time->backend +
          " on this machine\n";
  text += line("nodes=" + std::to_string(layout.nodes));
  text += line("ntasks-per-node=" + std::to_string(per_node));
  text += line("cpus-per-task=" + std::to_string(layout.threads));
  text += line("mem=" + std::to_string(static_cast<long long>(std::ceil(memory / 1e6))) + "M");
  text += line("time=" + limit_text(seconds));
  text += line("signal=B:USR2@120");
  text += line("requeue");
  text += line("open-mode=append");
  return text;
}

}  // namespace xrdct
