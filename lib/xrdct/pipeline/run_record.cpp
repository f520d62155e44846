#include "xrdct/pipeline/run_record.hpp"

#include <unistd.h>

#include <array>

namespace xrdct {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "?";
  return name.data();
}

}  // namespace

run_record::run_record(communicator const& ranks, device const& backend)
    : ranks_(ranks.size()), devices_(ranks.collect(host_name() + ": " + backend.description())) {}

void run_record::end_of(std::string const& stage) {
  stages_.emplace_back(stage, since_.seconds());
  since_.restart();
}

double run_record::seconds_of(std::string const& stage) const {
  double sum = 0;
  for (auto const& [name, seconds] : stages_)
    if (name == stage) sum += seconds;
  return sum;
}

}  // namespace xrdct
