#include "tests/bench/made_scan.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/simulation/powder_scan.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct::test {

made_scan::made_scan(pixel_type type, std::uint64_t frames, bool bright, bool damaged) {
  set_log(log_level::quiet, "");
  powder_frames const made({"Pilatus 100k", type, 9.0, bright, 3});
  auto chunks = make_chunks(made, frames, 1);
  if (damaged) chunks.back().resize(chunks.back().size() / 2);
  save_powder_scan(made, chunks, frames, powder_scan_at(folder_ / "scan.h5"), false);
}

job made_scan::what() const {
  job made;
  made.input.files = {folder_ / "scan.h5"};
  made.input.masks = {{folder_ / "scan_mask.edf", {}}};
  made.geometry.ponis = {folder_ / "scan.poni"};
  made.geometry.integration.bins = 90;
  made.geometry.monitor = "none";
  made.scan.rotation = made.scan.translation = made.scan.layer = "none";
  return made;
}

double deviation(std::vector<float> const& a, std::vector<float> const& b, std::size_t channels) {
  if (a.size() != b.size()) return std::nan("");
  double worst = 0;
  for (std::size_t first = 0; first < a.size(); first += channels) {
    double largest = 1e-30, off = 0;
    for (auto i = first; i < first + channels; ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(b[i])));
      auto const difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
      off = std::isnan(difference) ? INFINITY : std::max(off, difference);
    }
    worst = std::max(worst, off / largest);
  }
  return worst;
}

}  // namespace xrdct::test
