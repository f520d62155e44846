#include "xrdct/tomo/fbp.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/stop_request.hpp"

#include <algorithm>
#include <array>
#include <memory>
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

/// What is done to some channels at a time. The memory for samples is used again and again.
class band_solver {
 public:
  band_solver(tomograph& device, scan_geometry const& geometry, filter_taps const& filter,
              std::span<double const> weights, std::int64_t first_row, std::int64_t rows)
      : device_(device), geometry_(geometry), filter_(filter), weights_(weights), first_row_(first_row), rows_(rows) {}

  void values(view<float const> sinogram, view<float> tomogram) {
    field& samples = load(sinogram);
    auto const image = new_image(sinogram.columns);
    device_.filter(samples, filter_, weights_, samples);
    device_.back_project(samples, first_row_, *image);
    unload(*image, tomogram);
  }

  void variances(view<float const> variance, view<float> tomogram) {
    field const& samples = load(variance);
    auto const image = new_image(variance.columns);
    device_.back_project_variance(samples, filter_, weights_, first_row_, *image);
    unload(*image, tomogram);
  }

 private:
  field& load(view<float const> from) {
    std::array<std::int64_t, 3> const shape{static_cast<std::int64_t>(geometry_.angles.size()), geometry_.translations,
                                            static_cast<std::int64_t>(from.columns)};
    if (!samples_ || samples_->shape() != shape) samples_ = device_.make(shape);
    device_.copy(from, *samples_);
    return *samples_;
  }

  std::unique_ptr<field> new_image(std::size_t channels) {
    return device_.make({rows_, geometry_.size, static_cast<std::int64_t>(channels)});
  }

  void unload(field const& image, view<float> to) {
    device_.copy(image, to);
    device_.synchronize();
  }

  tomograph& device_;
  scan_geometry const& geometry_;
  filter_taps const& filter_;
  std::span<double const> weights_;
  std::int64_t first_row_;
  std::int64_t rows_;
  std::unique_ptr<field> samples_;
};

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
  band_solver solver(device, geometry, filter, weights, first_row, rows);
  for (std::size_t first = 0; first < sinogram.columns; first += channels_at_once) {
    pause_point();
    solver.values(some_channels(sinogram, first), some_channels(tomogram, first));
    if (!variance.empty()) solver.variances(some_channels(variance, first), some_channels(tomogram_variance, first));
  }
}

}  // namespace xrdct
