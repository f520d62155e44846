#include "xrdct/tomo/fbp.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <string>

namespace xrdct {
namespace {

// Enough to keep many threads busy, a multiple of what backends work on at a time.
constexpr std::size_t channels_at_once = 256;

void require(bool condition, std::string const& otherwise) {
  if (!condition) throw input_error("cannot back-project: " + otherwise);
}

template <class T>
view<T> some_channels(view<T> all, std::size_t first) {
  if (all.empty()) return all;
  return {all.data + first, all.rows, std::min(channels_at_once, all.columns - first), all.stride};
}

struct shapes {
  std::int64_t rotations;
  std::int64_t translations;
  std::int64_t rows;
  std::int64_t columns;
};

void back_project_values(tomograph& device, shapes const& of, view<float const> sinogram, filter_taps const& filter,
                         std::span<double const> weights, std::int64_t first_row, view<float> tomogram) {
  auto const channels = static_cast<std::int64_t>(sinogram.columns);
  auto const samples = device.make({of.rotations, of.translations, channels});
  auto const image = device.make({of.rows, of.columns, channels});
  device.copy(sinogram, *samples);
  device.filter(*samples, filter, weights, *samples);
  device.back_project(*samples, first_row, *image);
  device.copy(*image, tomogram);
  device.synchronize();
}

void back_project_variances(tomograph& device, shapes const& of, view<float const> variance, filter_taps const& filter,
                            std::span<double const> weights, std::int64_t first_row, view<float> tomogram) {
  auto const channels = static_cast<std::int64_t>(variance.columns);
  auto const samples = device.make({of.rotations, of.translations, channels});
  auto const image = device.make({of.rows, of.columns, channels});
  device.copy(variance, *samples);
  device.back_project_variance(*samples, filter, weights, first_row, *image);
  device.copy(*image, tomogram);
  device.synchronize();
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

  shapes const of{static_cast<std::int64_t>(geometry.angles.size()), geometry.translations,
                  static_cast<std::int64_t>(tomogram.rows / size), geometry.size};
  if (of.rows == 0) return;
  for (std::size_t first = 0; first < sinogram.columns; first += channels_at_once) {
    back_project_values(device, of, some_channels(sinogram, first), filter, weights, first_row,
                        some_channels(tomogram, first));
    if (variance.empty()) continue;
    back_project_variances(device, of, some_channels(variance, first), filter, weights, first_row,
                           some_channels(tomogram_variance, first));
  }
}

}  // namespace xrdct
