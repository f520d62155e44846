#include "xrdct/comm/layout.hpp"

#include <algorithm>

namespace xrdct {
namespace {

constexpr std::uint64_t slab_unit = 64;  // channels: four vectors of 16 floats, and a chunk of the result file

}  // namespace

frame_range share_of(std::uint64_t first, std::uint64_t count, int index, int parts, std::uint64_t unit) {
  auto const i = static_cast<std::uint64_t>(index);
  auto const n = static_cast<std::uint64_t>(parts);
  std::uint64_t const units = (count + unit - 1) / unit;
  // i·units/n without overflow: units = n·whole + rest.
  auto const cut = [&](std::uint64_t k) { return std::min(count, (units / n * k + units % n * k / n) * unit); };
  return {first + cut(i), cut(i + 1) - cut(i)};
}

std::vector<channel_slab> channel_layout(std::uint64_t channels, int ranks) {
  auto const n = static_cast<std::uint64_t>(ranks);
  std::uint64_t const units = (channels + slab_unit - 1) / slab_unit;
  std::uint64_t const slabs = std::max<std::uint64_t>(1, std::min(units, n));
  std::vector<channel_slab> layout;
  for (std::uint64_t slab = 0; slab < slabs; ++slab) {
    auto const part = share_of(0, channels, static_cast<int>(slab), static_cast<int>(slabs), slab_unit);
    auto const members = static_cast<int>((slab + 1) * n / slabs - slab * n / slabs);
    for (int member = 0; member < members; ++member) layout.push_back({part.first, part.count, member, members});
  }
  return layout;
}

std::vector<channel_slab> slabs_within(std::vector<channel_slab> const& slabs, frame_range range) {
  std::vector<channel_slab> parts;
  for (auto slab : slabs) {
    auto const first = std::max(slab.first, range.first);
    auto const end = std::min(slab.first + slab.count, range.first + range.count);
    slab.count = end > first ? end - first : 0;
    slab.first = slab.count > 0 ? first - range.first : 0;
    parts.push_back(slab);
  }
  return parts;
}

}  // namespace xrdct
