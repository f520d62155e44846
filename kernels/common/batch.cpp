#include "kernels/common/batch.hpp"

#include <algorithm>
#include <stdexcept>

namespace xrdct {
namespace {

void demand(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void clear_row(std::size_t i, patterns const& into) {
  for (auto const& rows : {into.signal, into.variance, into.norm, into.count}) std::ranges::fill(rows.row(i), 0.0F);
  if (!into.raw_sum.empty()) into.raw_sum[i] = 0;
  if (!into.saturated.empty()) into.saturated[i] = 0;
}

}  // namespace

std::vector<std::size_t> begin_batch(std::span<frame const> frames, patterns const& into, std::size_t bins) {
  auto const fits = [&](view<float> const& rows) { return rows.rows >= frames.size() && rows.columns == bins; };
  demand(fits(into.signal) && fits(into.variance) && fits(into.norm) && fits(into.count),
         "patterns of another shape than the batch and the bins");
  demand(into.status.size() >= frames.size(), "fewer statuses than frames");
  demand(into.raw_sum.empty() || into.raw_sum.size() >= frames.size(), "fewer raw sums than frames");
  demand(into.saturated.empty() || into.saturated.size() >= frames.size(), "fewer saturated counts than frames");
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    clear_row(i, into);
    if (into.status[i] == frame_status::ok) which.push_back(i);
  }
  return which;
}

}  // namespace xrdct
