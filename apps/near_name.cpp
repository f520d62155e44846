#include "apps/near_name.hpp"

#include "xrdct/base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace xrdct::app {
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
