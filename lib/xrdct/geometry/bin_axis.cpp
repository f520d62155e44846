#include "xrdct/geometry/bin_axis.hpp"

#include <cstddef>

namespace xrdct {
namespace {

double moved_outwards(double upper) {
  constexpr double factor = 1 + 0x1p-23;
  return upper > 0 ? upper * factor : upper / factor;
}

}  // namespace

bin_axis::bin_axis(interval range, int bins)
    : lower_(range.lower), step_((moved_outwards(range.upper) - range.lower) / bins), bins_(bins) {}

std::vector<double> bin_axis::centres(double scale) const {
  std::vector<double> values(static_cast<std::size_t>(bins_));
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = (lower_ + (static_cast<double>(k) + 0.5) * step_) * scale;
  return values;
}

}  // namespace xrdct
