#include "kernels/reference/tomograph.hpp"

#include "kernels/reference/plain_fields.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <vector>

namespace xrdct::reference {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

/// Where a pixel's ray meets the detector row: between `left` and `left` + 1, `fraction` of the way.
struct position {
  std::int64_t left = 0;
  double fraction = 0;
};

class plain_tomograph final : public plain_fields<tomograph> {
 public:
  explicit plain_tomograph(scan_geometry const& geometry) : geometry_(geometry) {
    require(!geometry.angles.empty(), "a tomogram needs at least one angle");
    require(geometry.translations > 0, "a tomogram needs at least one translation");
    require(geometry.size > 0, "a tomogram needs at least one pixel");
    require(std::isfinite(geometry.axis) && std::isfinite(geometry.centre), "the rotation axis must be finite");
    require(geometry.shifts.empty() || geometry.shifts.size() == geometry.angles.size(),
            "every rotation needs a shift, or none");
    for (double const shift : geometry.shifts) require(std::isfinite(shift), "shifts must be finite");
    for (double const angle : geometry.angles) require(std::isfinite(angle), "angles must be finite");
  }

  void filter(field const& sinogram, filter_taps const& taps, std::span<double const> weights,
              field& filtered) override {
    double_field const& source = own(sinogram);
    double_field& into = own(filtered);
    require_sinogram(source);
    require(into.extents == source.extents, "the filtered sinogram must have the shape of the sinogram");
    require_filter(taps, weights);
    double_field sums = weighted_sums(
        source, [&](std::int64_t i, std::int64_t j) { return taps.taps[static_cast<std::size_t>(std::abs(i - j))]; });
    for (std::int64_t a = 0; a < angles(); ++a) {
      for (std::int64_t i = 0; i < translations(); ++i) {
        for (std::int64_t c = 0; c < source.extents[2]; ++c) {
          into.at(a, i, c) = weights[static_cast<std::size_t>(a)] * sums.at(a, i, c);
        }
      }
    }
  }

  void back_project(field const& filtered, std::int64_t first_row, field& image) override {
    double_field const& source = own(filtered);
    require_sinogram(source);
    add_rays(first_row, own(image), source.extents[2], [&](std::int64_t a, position at, std::int64_t c) {
      double value = (1 - at.fraction) * source.at(a, at.left, c);
      if (at.fraction > 0) value += at.fraction * source.at(a, at.left + 1, c);
      return value;
    });
  }

  void back_project_variance(field const& variance, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, field& image) override {
    double_field const& source = own(variance);
    require_sinogram(source);
    require_filter(taps, weights);
    double_field const squares = variance_of_samples(source, taps);
    double_field const crossed = covariance_of_neighbours(source, taps);
    add_rays(first_row, own(image), source.extents[2], [&](std::int64_t a, position at, std::int64_t c) {
      double const w1 = at.fraction;
      double const w0 = 1 - w1;
      double value = w0 * w0 * squares.at(a, at.left, c);
      if (w1 > 0) value += w1 * w1 * squares.at(a, at.left + 1, c) + 2 * w0 * w1 * crossed.at(a, at.left, c);
      return weights[static_cast<std::size_t>(a)] * weights[static_cast<std::size_t>(a)] * value;
    });
  }

  void filter(view<float const> sinogram, filter_taps const& taps, std::span<double const> weights,
              field& filtered) override {
    copy(sinogram, filtered);
    filter(filtered, taps, weights, filtered);
  }

  void back_project(field const& filtered, std::int64_t first_row, view<float> image) override {
    auto const made = make(shape_of(image));
    back_project(filtered, first_row, *made);
    copy(*made, image);
  }

  void back_project_variance(view<float const> variance, filter_taps const& taps, std::span<double const> weights,
                             std::int64_t first_row, view<float> image) override {
    auto const source = make({angles(), translations(), static_cast<std::int64_t>(variance.columns)});
    auto const made = make(shape_of(image));
    copy(variance, *source);
    back_project_variance(*source, taps, weights, first_row, *made);
    copy(*made, image);
  }

  std::int64_t channels_at_once() const override { return 64; }

 private:
  std::int64_t angles() const { return static_cast<std::int64_t>(geometry_.angles.size()); }
  std::int64_t translations() const { return geometry_.translations; }

  std::array<std::int64_t, 3> shape_of(view<float> image) const {
    require(image.rows % static_cast<std::size_t>(geometry_.size) == 0, "the rows of an image must be whole");
    return {static_cast<std::int64_t>(image.rows) / geometry_.size, geometry_.size,
            static_cast<std::int64_t>(image.columns)};
  }

  void require_sinogram(double_field const& sinogram) const {
    require(sinogram.extents[0] == angles() && sinogram.extents[1] == translations(),
            "a sinogram must have the rotations and translations of the geometry");
  }

  void require_filter(filter_taps const& taps, std::span<double const> weights) const {
    require(static_cast<std::int64_t>(taps.taps.size()) >= translations(),
            "a filter needs a tap for every translation");
    require(static_cast<std::int64_t>(weights.size()) == angles(), "every rotation needs a weight");
  }

  /// SEMANTICS §8; nothing where the ray passes beside the translations.
  std::optional<position> meet(std::int64_t row, std::int64_t column, std::int64_t a) const {
    double const angle = geometry_.angles[static_cast<std::size_t>(a)];
    double const t = geometry_.axis_of(static_cast<std::size_t>(a)) +
                     (static_cast<double>(column) - geometry_.centre) * std::cos(angle) -
                     (static_cast<double>(row) - geometry_.centre) * std::sin(angle);
    auto const last = static_cast<double>(translations() - 1);
    double const tolerance = 1e-6;
    if (!(t >= -tolerance && t <= last + tolerance)) return std::nullopt;
    if (t <= 0) return position{0, 0};
    if (t >= last) return position{translations() - 1, 0};
    return position{static_cast<std::int64_t>(t), t - std::floor(t)};
  }

  template <class Sample>
  void add_rays(std::int64_t first_row, double_field& image, std::int64_t channels, Sample sample) const {
    auto const [rows, columns, image_channels] = image.extents;
    require(columns == geometry_.size && first_row >= 0 && rows <= geometry_.size - first_row,
            "the rows must be rows of the tomogram");
    require(image_channels == channels, "sinogram and tomogram must have the same channels");
    for (std::int64_t y = 0; y < rows; ++y) {
      for (std::int64_t x = 0; x < columns; ++x) {
        for (std::int64_t a = 0; a < angles(); ++a) {
          auto const at = meet(first_row + y, x, a);
          if (!at) continue;
          for (std::int64_t c = 0; c < channels; ++c) image.at(y, x, c) += sample(a, *at, c);
        }
      }
    }
  }

  /// A[i] = Σ_j taps[|i−j|]²·var[j]
  double_field variance_of_samples(double_field const& variance, filter_taps const& taps) const {
    return weighted_sums(variance, [&](std::int64_t i, std::int64_t j) {
      double const tap = taps.taps[static_cast<std::size_t>(std::abs(i - j))];
      return tap * tap;
    });
  }

  /// B[i] = Σ_j taps[|i−j|]·taps[|i+1−j|]·var[j], for every i that has a right neighbour.
  double_field covariance_of_neighbours(double_field const& variance, filter_taps const& taps) const {
    return weighted_sums(variance, [&](std::int64_t i, std::int64_t j) {
      if (i + 1 == translations()) return 0.0;
      return taps.taps[static_cast<std::size_t>(std::abs(i - j))] *
             taps.taps[static_cast<std::size_t>(std::abs(i + 1 - j))];
    });
  }

  /// Σ_j weight(i, j)·source[j] along the translations.
  template <class Weight>
  double_field weighted_sums(double_field const& source, Weight weight) const {
    double_field sums(source.extents);
    for (std::int64_t a = 0; a < angles(); ++a) {
      for (std::int64_t i = 0; i < translations(); ++i) {
        for (std::int64_t j = 0; j < translations(); ++j) {
          double const w = weight(i, j);
          for (std::int64_t c = 0; c < source.extents[2]; ++c) sums.at(a, i, c) += w * source.at(a, j, c);
        }
      }
    }
    return sums;
  }

  scan_geometry geometry_;
};

}  // namespace

std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry) {
  return std::make_unique<plain_tomograph>(geometry);
}

}  // namespace xrdct::reference
