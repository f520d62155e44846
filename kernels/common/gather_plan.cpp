#include "kernels/common/gather_plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace xrdct {

gather_plan::gather_plan(gather_shape shape, int rank) : shape_(std::move(shape)), rank_(rank) {
  auto const count = shape_.lengths.size();
  bool right = shape_.teams.size() == count && rank >= 0 && static_cast<std::size_t>(rank) < count;
  for (auto const& rows : shape_.rows) right = right && rows.size() == count;
  for (auto const team : shape_.teams) right = right && team >= 0 && static_cast<std::size_t>(team) < count;
  if (!right) throw std::invalid_argument("a gather whose ranks do not agree in number");
  members_.resize(static_cast<std::size_t>(*std::ranges::max_element(shape_.teams)) + 1);
  for (std::size_t r = 0; r < count; ++r)
    members_[static_cast<std::size_t>(shape_.teams[r])].push_back(static_cast<int>(r));
  for (auto const& team : members_)
    if (team.empty()) throw std::invalid_argument("a gather with a team without ranks");
}

std::uint64_t gather_plan::bytes(int round, int from, int to) const {
  if (from == to) return 0;
  return shape_.rows[static_cast<std::size_t>(round)][static_cast<std::size_t>(from)] *
         shape_.lengths[static_cast<std::size_t>(to)];
}

std::uint64_t gather_plan::section_bytes(int round, int from_team, int to_team) const {
  std::uint64_t sum = 0;
  for (auto const from : members(from_team))
    for (auto const to : members(to_team)) sum += bytes(round, from, to);
  return sum;
}

std::uint64_t gather_plan::within_section(int round, int from, int to) const {
  std::uint64_t sum = 0;
  for (auto const one : members(team_of(from)))
    for (auto const other : members(team_of(to))) {
      if (one == from && other == to) return sum;
      sum += bytes(round, one, other);
    }
  return sum;
}

std::vector<gather_plan::section> gather_plan::gives(int round) const {
  std::vector<section> all;
  std::uint64_t offset = 0;
  for (int other = 0; other < teams(); ++other) {
    all.push_back({other, offset, section_bytes(round, team(), other)});
    offset += all.back().bytes;
  }
  return all;
}

std::vector<gather_plan::section> gather_plan::takes(int round) const {
  std::vector<section> all;
  std::uint64_t offset = 0;
  for (int other = 0; other < teams(); ++other) {
    all.push_back({other, offset, other == team() ? 0 : section_bytes(round, other, team())});
    offset += all.back().bytes;
  }
  return all;
}

std::uint64_t gather_plan::place_to_give(int round, int from, int to) const {
  return gives(round)[static_cast<std::size_t>(team_of(to))].offset + within_section(round, from, to);
}

std::uint64_t gather_plan::place_to_take(int round, int from, int to) const {
  return takes(round)[static_cast<std::size_t>(team_of(from))].offset + within_section(round, from, to);
}

std::uint64_t gather_plan::most_given() const {
  std::uint64_t most = 0;
  for (int round = 0; round < rounds(); ++round) {
    auto const last = gives(round).back();
    most = std::max(most, last.offset + last.bytes);
  }
  return most;
}

std::uint64_t gather_plan::most_taken() const {
  std::uint64_t most = 0;
  for (int round = 0; round < rounds(); ++round) {
    auto const last = takes(round).back();
    most = std::max(most, last.offset + last.bytes);
  }
  return most;
}

}  // namespace xrdct
