#include "kernels/cpu/pixel_selection.hpp"

#include <cmath>

namespace xrdct::cpu {

pixel_selection::pixel_selection(corrections const& pixels, std::size_t count)
    : own_excluded_((count + 7) / 8 + 64), own_norm_(pixels.norm), excluded_(own_excluded_), norm_(own_norm_) {
  for (std::size_t p = 0; p < count; ++p) {
    bool const masked = !pixels.mask.empty() && pixels.mask[p] != 0;
    bool const no_norm = norm(p) == 0 || !std::isfinite(norm(p));
    bool const no_dark = !pixels.dark.empty() && !std::isfinite(pixels.dark[p]);
    bool const no_variance = !pixels.variance.empty() && !std::isfinite(pixels.variance[p]);
    if (masked || no_norm || no_dark || no_variance) own_excluded_[p / 8] |= static_cast<std::uint8_t>(1 << p % 8);
  }
}

}  // namespace xrdct::cpu
