#pragma once
/// \file What a bin is reduced to, and from what: shared by the ways of rejection.

#include "kernels/cpu/bin_order.hpp"
#include "kernels/cpu/simd.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <cmath>
#include <cstddef>

namespace xrdct::cpu {

/// S, V, N, N2 and count of a bin in one frame.
struct bin_sums {
  double signal = 0;
  double variance = 0;
  double norm = 0;
  double norm_squares = 0;
  double count = 0;
};

/// The values of a bin in 16 frames. What is rejected becomes NaN in rows, as dead pixels are.
struct bin_values {
  bin_entries entries;
  bin_totals totals;
  float* rows = nullptr;  ///< [entry][lane]

  float raw(std::size_t entry, std::size_t lane) const { return rows[entry * simd::lanes + lane]; }
  bool is_left(std::size_t entry, std::size_t lane) const { return !std::isnan(raw(entry, lane)); }
  float signal(std::size_t entry, std::size_t lane) const { return raw(entry, lane) - entries.dark[entry]; }
  double coefficient(std::size_t entry) const { return entries.coefficient[entry]; }
  double norm(std::size_t entry) const { return entries.norm[entry]; }
};

/// Where the variance of a pixel comes from, as far as it matters here.
struct variance_source {
  bool none = false;     ///< error_model::none
  bool scatter = false;  ///< error_model::azimuthal
  bool image = false;    ///< error_model::image
  float floor = 0;       ///< otherwise it is max(raw, floor)
};

}  // namespace xrdct::cpu
