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
  all_frames_ = ranks.collect(frames_);
  if (std::ranges::all_of(all_frames_, [](std::uint64_t f) { return f == 0; })) all_frames_.clear();
  std::vector<std::string> names;
  for (auto const& [stage, seconds] : own_) names.push_back(stage);
  ranks.share(names);  // those of rank 0
  for (auto const& name : names) all_own_[name] = ranks.collect(own_[name]);
}

/// Frames a second of those ranks that reduced any, the slowest first, with their ranks.
std::vector<std::pair<double, std::size_t>> run_record::rates_of_frames() const {
  std::vector<std::pair<double, std::size_t>> rates;
  auto const seconds = all_own_.find("reduce");
  if (seconds == all_own_.end()) return rates;
  for (std::size_t i = 0; i < all_frames_.size(); ++i)
    if (all_frames_[i] > 0 && seconds->second[i] > 0)
      rates.emplace_back(static_cast<double>(all_frames_[i]) / seconds->second[i], i);
  std::ranges::sort(rates);
  return rates;
}

std::vector<std::string> run_record::by_rank() const {
  std::vector<std::string> lines;
  if (ranks_ < 2 || memory_.empty()) return lines;
  auto const name = [&](std::size_t rank) {
    auto const& device = devices_.at(rank);
    return "rank " + std::to_string(rank) + " on " + device.substr(0, device.find(':'));
  };
  auto const place = [&](auto const& values) {
    return name(static_cast<std::size_t>(std::ranges::max_element(values) - values.begin()));
  };
  auto const spread = [](auto values, auto text) {
    std::ranges::sort(values);
    return text(values.front()) + ", " + text(values[values.size() / 2]) + ", " + text(values.back());
  };
  for (auto const& [stage, seconds] : all_own_)
    lines.push_back("ranks: " + stage + " took them " + spread(seconds, duration_text) +
                    " (least, median, most), most " + place(seconds));
  if (auto const rates = rates_of_frames(); !rates.empty()) {
    auto const named = std::clamp<std::size_t>(rates.size() / 4, 1, 3);  // a few of many
    std::string slowest;
    for (std::size_t i = 0; i < named; ++i) slowest += (i > 0 ? ", " : "") + name(rates[i].second);
    lines.push_back("ranks: reduced " + spread(rates, [](auto const& rate) { return rate_text(rate.first); }) +
                    " frames/s (least, median, most), slowest " + slowest);
  }
  lines.push_back("ranks: memory " +
                  spread(memory_, [](std::uint64_t b) { return bytes_text(static_cast<double>(b)); }) +
                  " (least, median, most), most " + place(memory_));
  return lines;
}

}  // namespace xrdct
