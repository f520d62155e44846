#include "xrdct/io/slab_rows.hpp"

namespace xrdct {

bool slab_rows::fit(std::vector<unsigned long long> const& extent) const {
  auto const fixed = part.size();
  if (extent.size() <= fixed) return false;
  for (std::size_t d = 0; d < fixed; ++d)
    if (part[d] >= extent[d]) return false;
  std::uint64_t row = 1;
  for (std::size_t d = fixed + 1; d < extent.size(); ++d) row *= extent[d];
  return count <= extent[fixed] && first <= extent[fixed] - count && values.size() == count * row;
}

std::string slab_rows::text() const {
  std::string of_part;
  for (auto const index : part) of_part += (of_part.empty() ? " of part " : ", ") + std::to_string(index);
  return std::to_string(values.size()) + " values for " + std::to_string(count) + " rows from row " +
         std::to_string(first) + of_part;
}

}  // namespace xrdct
