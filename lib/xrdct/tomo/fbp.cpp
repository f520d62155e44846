#include "xrdct/tomo/fbp.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/stop_request.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace xrdct {
namespace {

void require(bool condition, std::string const& otherwise) {
  if (!condition) throw input_error("cannot back-project: " + otherwise);
}

template <class T>
view<T> some_channels(view<T> all, std::size_t first, std::size_t count) {
  if (all.empty()) return all;
  return {all.data + first, all.rows, std::min(count, all.columns - first), all.stride};
}

}  // namespace

void fbp(tomograph& device, scan_geometry const& geometry, view<float const> sinogram, view<float const> variance,
         filter_taps const& filter, std::span<double const> weights, std::int64_t first_row, view<float> tomogram,
         view<float> tomogram_variance) {
  require(geometry.translations > 0 && geometry.size > 0, "the scan has no translations or the tomogram no pixels");
  auto const translations = static_cast<std::size_t>(geometry.translations);
  auto const size = static_cast<std::size_t>(geometry.size);
  require(sinogram.rows == geometry.angles.size() * translations,
          "the sinogram has not rotations x translations entries");
  require(tomogram.rows % size == 0, "the tomogram's rows are not whole");
  require(tomogram.columns == sinogram.columns, "sinogram and tomogram have different numbers of channels");
  require(variance.empty() == tomogram_variance.empty() || tomogram.empty(),
          "the variance of the sinogram and that of the tomogram belong together");
  require(variance.empty() || (variance.rows == sinogram.rows && variance.columns == sinogram.columns),
          "the sinogram and its variance have different shapes");
  require(tomogram_variance.empty() ||
              (tomogram_variance.rows == tomogram.rows && tomogram_variance.columns == tomogram.columns),
          "the tomogram and its variance have different shapes");

  auto const rows = static_cast<std::int64_t>(tomogram.rows / size);
  if (rows == 0) return;
  auto const at_once = static_cast<std::size_t>(device.channels_at_once());
  std::unique_ptr<field> filtered;
  for (std::size_t first = 0; first < sinogram.columns; first += at_once) {
    pause_point();
    auto const some = some_channels(sinogram, first, at_once);
    std::array<std::int64_t, 3> const shape{static_cast<std::int64_t>(geometry.angles.size()), geometry.translations,
                                            static_cast<std::int64_t>(some.columns)};
    if (!filtered || filtered->shape() != shape) filtered = device.make(shape);
    device.filter(some, filter, weights, *filtered);
    device.back_project(*filtered, first_row, some_channels(tomogram, first, at_once));
    if (variance.empty()) continue;
    device.back_project_variance(some_channels(variance, first, at_once), filter, weights, first_row,
                                 some_channels(tomogram_variance, first, at_once));
  }
}

}  // namespace xrdct
