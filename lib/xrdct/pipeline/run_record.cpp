#include "xrdct/pipeline/run_record.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/base/memory.hpp"
#include "xrdct/base/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace xrdct {
std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "?";
  return name.data();
}

run_record::run_record(communicator const& ranks, device const& backend)
    : ranks_(ranks.size()), devices_(ranks.collect(host_name() + ": " + backend.description())) {}

void run_record::end_of(std::string const& stage) {
  double const seconds = since_.seconds();
  since_.restart();
  log_debug("stage " + stage + ": " + std::to_string(seconds) + " s, memory up to " +
            bytes_text(static_cast<double>(most_memory_used())));
  auto const known = std::find_if(stages_.begin(), stages_.end(), [&](auto const& s) { return s.first == stage; });
  if (known == stages_.end())
    stages_.emplace_back(stage, seconds);
  else
    known->second += seconds;
}

double run_record::seconds_of(std::string const& stage) const {
  auto const known = std::find_if(stages_.begin(), stages_.end(), [&](auto const& s) { return s.first == stage; });
  return known == stages_.end() ? 0 : known->second;
}

void run_record::collect(communicator const& ranks) {
  memory_ = ranks.collect(most_memory_used());
  std::vector<std::string> names;
  for (auto const& [stage, seconds] : own_) names.push_back(stage);
  ranks.share(names);  // those of rank 0
  for (auto const& name : names) all_own_[name] = ranks.collect(own_[name]);
}

std::vector<std::string> run_record::by_rank() const {
  std::vector<std::string> lines;
  if (ranks_ < 2 || memory_.empty()) return lines;
  auto const place = [&](auto const& values) {
    auto const at = static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
    auto const& device = devices_.at(at);
    return "rank " + std::to_string(at) + " on " + device.substr(0, device.find(':'));
  };
  auto const spread = [](auto values, auto text) {
    std::ranges::sort(values);
    return text(values.front()) + ", " + text(values[values.size() / 2]) + ", " + text(values.back());
  };
  for (auto const& [stage, seconds] : all_own_)
    lines.push_back("ranks: " + stage + " took them " + spread(seconds, duration_text) +
                    " (least, median, most), most " + place(seconds));
  lines.push_back("ranks: memory " +
                  spread(memory_, [](std::uint64_t b) { return bytes_text(static_cast<double>(b)); }) +
                  " (least, median, most), most " + place(memory_));
  return lines;
}

}  // namespace xrdct
