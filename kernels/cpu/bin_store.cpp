#include "kernels/cpu/bin_store.hpp"

#include <algorithm>

namespace xrdct::cpu {

using simd::lanes;

void bin_store::clear() {
  if (narrow_.size() == 0) narrow_ = huge_buffer<std::uint8_t>((order_.rows() + simd::slack) * lanes);
  wide_used_ = 0;
}

// For all pixels of the slice to be wide.
void bin_store::make_room(sorted_slice const& slice) {
  std::size_t needed = wide_used_;
  for (auto const& run : slice.runs) needed += run.pixels;
  if (needed * lanes <= wide_.size()) return;
  huge_buffer<float> larger(std::max(needed, 2 * wide_used_) * lanes);
  std::copy_n(wide_.data(), wide_used_ * lanes, larger.data());
  wide_ = std::move(larger);
}

}  // namespace xrdct::cpu
