#pragma once
/// \file The integration matrix by bins in the memory of a device.

#include "kernels/lanes/frame_slots.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// Entries of bin b are [first[b], first[b+1]), in the order of pixels; excluded pixels have none.
struct bin_entries {
  std::uint32_t const* first = nullptr;
  std::uint32_t const* pixel = nullptr;
  float const* coefficient = nullptr;
  std::uint32_t bins = 0;

  XRDCT_HOST_DEVICE std::uint32_t size(std::uint32_t bin) const { return first[bin + 1] - first[bin]; }
};

/// What makes signal and norm of the value of a pixel. Null stands for zeros, ones, and no variance.
struct pixel_images {
  float const* dark = nullptr;
  float const* norm = nullptr;
  float const* variance = nullptr;
};

/// What one pixel of a frame gives to one bin. All is computed in double, and as it is written: the compiler makes no
/// fused operations of it.
struct contribution {
  float coefficient = 0, signal = 0, norm = 0;
  double variance = 0;

  XRDCT_HOST_DEVICE double weight() const { return static_cast<double>(coefficient) * static_cast<double>(norm); }
  XRDCT_HOST_DEVICE double value() const { return static_cast<double>(signal) / static_cast<double>(norm); }
};

/// Reads contributions.
struct bin_reader {
  bin_entries entries;
  pixel_images images;
  pixel_rows rows;
  error_model errors = error_model::none;

  /// False where the pixel is left out of the frame.
  XRDCT_HOST_DEVICE bool read(std::uint32_t entry, std::uint32_t frame, contribution& c) const {
    auto const pixel = entries.pixel[entry];
    float const raw = rows.at(pixel, frame);
    if (raw != raw) return false;
    c.coefficient = entries.coefficient[entry];
    c.signal = images.dark == nullptr ? raw : raw - images.dark[pixel];
    c.norm = images.norm == nullptr ? 1.0F : images.norm[pixel];
    c.variance = 0;
    if (errors == error_model::poisson) c.variance = static_cast<double>(raw > 1 ? raw : 1.0F);
    if (errors == error_model::counts) c.variance = static_cast<double>(raw > 0 ? raw : 0.0F);
    if (errors == error_model::image) c.variance = static_cast<double>(images.variance[pixel]);
    return true;
  }
};

/// The sums of a bin (SEMANTICS §5).
struct bin_sums {
  double signal = 0, variance = 0, norm = 0, norm_squares = 0, count = 0;

  XRDCT_HOST_DEVICE void add(contribution const& pixel) {
    double const c = static_cast<double>(pixel.coefficient), w = pixel.weight();
    signal += c * static_cast<double>(pixel.signal);
    variance += c * c * pixel.variance;
    norm += w;
    norm_squares += w * w;
    count += c;
  }
  XRDCT_HOST_DEVICE void add(bin_sums const& part) {
    signal += part.signal;
    variance += part.variance;
    norm += part.norm;
    norm_squares += part.norm_squares;
    count += part.count;
  }
};

/// Patterns as they leave the device: [frame][signal, variance, norm, count][bin].
struct pattern_rows {
  static constexpr std::uint32_t kinds = 4;
  float* values = nullptr;
  std::uint32_t bins = 0;

  XRDCT_HOST_DEVICE void put(std::uint32_t frame, std::uint32_t bin, bin_sums const& sums) const {
    auto* const row = values + std::size_t{frame} * kinds * bins + bin;
    row[0] = static_cast<float>(sums.signal);
    row[bins] = static_cast<float>(sums.variance);
    row[2 * std::size_t{bins}] = static_cast<float>(sums.norm);
    row[3 * std::size_t{bins}] = static_cast<float>(sums.count);
  }
};

}  // namespace xrdct::lanes
