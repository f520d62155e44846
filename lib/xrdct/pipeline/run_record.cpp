#include "xrdct/pipeline/run_record.hpp"

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

}  // namespace xrdct
