#include "xrdct/devices/device_team.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <map>

namespace xrdct {

std::vector<device_member> form_teams(std::vector<seen_devices> const& seen) {
  std::map<std::string, std::vector<int>> teams;  // ranks of each device
  std::vector<device_member> members;
  for (auto const& mine : seen) {
    auto const rank = static_cast<int>(members.size());
    if (mine.empty()) throw runtime_failure("rank " + std::to_string(rank) + " of the node sees no device");
    auto const chosen = std::ranges::min_element(mine, {}, [&](auto const& uuid) { return teams[uuid].size(); });
    auto& team = teams[*chosen];
    members.push_back({static_cast<int>(chosen - mine.begin()), static_cast<int>(team.size()), 1, 0});
    team.push_back(rank);
  }
  for (auto const& [uuid, team] : teams)
    for (auto const rank : team) {
      members[static_cast<std::size_t>(rank)].size = static_cast<int>(team.size());
      members[static_cast<std::size_t>(rank)].leader = team.front();
    }
  return members;
}

std::uint64_t share_of_memory(std::uint64_t free, int ranks) {
  constexpr std::uint64_t tenths = 9, unit = std::uint64_t{1} << 20;  // whole MiB
  auto const all = free / 10 * tenths;
  return all / static_cast<std::uint64_t>(std::max(1, ranks)) / unit * unit;
}

}  // namespace xrdct
