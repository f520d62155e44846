#include "apps/near_name.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace xrdct::app {
namespace {

/// Insertions, removals, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::string near_name(std::string_view given, std::span<std::string_view const> names) {
  constexpr std::size_t longest = 100;  // what is longer was no slip of a finger
  if (given.empty() || given.size() > longest) return "";
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, given.size() / 3) + 1;
  for (auto const name : names) {
    // A beginning of a name is nearer than its distance says.
    std::size_t const distance = name.starts_with(given) && given.size() >= 2 ? 1 : edit_distance(given, name);
    if (distance < least) least = distance, best = name;
  }
  return std::string(best);
}

}  // namespace xrdct::app
