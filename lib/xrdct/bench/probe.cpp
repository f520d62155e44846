#include "xrdct/bench/probe.hpp"

#include "xrdct/base/timer.hpp"
#include "xrdct/comm/agreement.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace xrdct {
namespace {

/// Seconds of the slowest rank.
double time_once(probe const& what, std::uint64_t units, communicator const& ranks) {
  ranks.barrier();
  timer since_start;
  together(ranks, [&] { what.run(units); });
  std::array seconds{since_start.seconds()};
  ranks.maximum(seconds);
  return seconds[0];
}

std::uint64_t in_steps(double units, probe const& what, communicator const& ranks) {
  auto const limited = std::clamp(units, 1.0, static_cast<double>(what.most));
  auto const steps = std::max(1.0, std::round(limited / static_cast<double>(what.step)));
  auto const whole = static_cast<std::uint64_t>(steps) * what.step;
  // Ranks do as much as each other where they can: what they time together begins and ends together.
  return std::min(static_cast<std::uint64_t>(ranks.minimum(static_cast<std::int64_t>(whole))), what.most);
}

/// Units that take `seconds`. The first run of a step is not counted: memory is touched, files are found.
std::uint64_t units_for(probe const& what, double seconds, communicator const& ranks) {
  auto const step = in_steps(1, what, ranks);
  time_once(what, step, ranks);
  double const once = time_once(what, step, ranks);
  if (once >= seconds) return step;
  // What a first start costs would mislead: a longer run is looked at before the length is settled.
  auto const more = in_steps(0.2 * seconds / once * static_cast<double>(step), what, ranks);
  double const longer = more > step ? time_once(what, more, ranks) : once;
  return in_steps(seconds / longer * static_cast<double>(more), what, ranks);
}

timings begin(probe const& what, std::uint64_t units, communicator const& ranks) {
  std::array all{units};
  ranks.sum(all);
  timings made;
  made.name = what.name;
  made.threads = what.threads;
  made.frames = what.frames_per_unit * static_cast<double>(all[0]);
  made.bytes_in = what.bytes_in / what.frames_per_unit;
  made.bytes_out = what.bytes_out / what.frames_per_unit;
  made.note = what.note;
  return made;
}

}  // namespace

std::vector<double> timings::rates() const {
  std::vector<double> all;
  for (double const s : seconds) all.push_back(frames / s);
  return all;
}

spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  auto const n = values.size();
  return {0.5 * (values.at((n - 1) / 2) + values.at(n / 2)), values.front(), values.back()};
}

double median_ratio(timings const& a, timings const& b) {
  auto const mine = a.rates(), other = b.rates();
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(mine.size(), other.size()); ++i) ratios.push_back(mine[i] / other[i]);
  return ratios.empty() ? 0 : spread_of(ratios).median;
}

std::vector<timings> time_in_turns(std::span<probe const> probes, int rounds, double seconds, communicator const& ranks,
                                   progress_mode shown) {
  auto const count = probes.size();
  progress line(ranks.root() ? shown : progress_mode::off, "measuring", "timings",
                count * (static_cast<std::uint64_t>(rounds) + 1));
  std::vector<timings> all;
  std::vector<std::uint64_t> units;
  std::uint64_t done = 0;
  for (auto const& one : probes) {
    units.push_back(units_for(one, seconds, ranks));
    all.push_back(begin(one, units.back(), ranks));
    line.update(++done, 0);
  }
  for (int round = 0; round < rounds; ++round)
    for (std::size_t k = 0; k < count; ++k) {
      auto const which = (k + static_cast<std::size_t>(round)) % count;
      all[which].seconds.push_back(time_once(probes[which], units[which], ranks));
      line.update(++done, 0);
    }
  return all;
}

}  // namespace xrdct
