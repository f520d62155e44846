#pragma once
/// \file What is to be done with the pixels of a frame on their way to a pattern.

#include "xrdct/kernels/frame.hpp"
#include "xrdct/kernels/integration_matrix.hpp"
#include "xrdct/kernels/view.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace xrdct {

/// Per-pixel images that turn a raw value into signal and norm (SEMANTICS §2). An empty vector stands for an image of
/// zeros (mask, dark) or ones (norm); otherwise there is one value a pixel, row by row.
struct corrections {
  std::vector<std::uint8_t> mask;  ///< not 0: the pixel is left out of every frame
  std::vector<float> dark;         ///< subtracted from the raw value, in float32
  std::vector<float> norm;         ///< flat · polarization · solid angle · absorption, multiplied in float32
  std::vector<float> variance;     ///< of every frame alike; error_model::image needs it
  /// Pixels of this raw value are left out of the frame they occur in: raw == float32(dummy) if delta_dummy is 0,
  /// else |raw − dummy| ≤ delta_dummy.
  std::optional<double> dummy;
  double delta_dummy = 0;
  /// Pixels at the maximum of an unsigned type are left out of the frame they occur in: detectors mark dead pixels
  /// and gaps so. For u32 it is compared before rounding to float32, which cannot tell 2³²−1 from 2³²−128.
  bool exclude_maximum = true;
  /// Pixels below 0 are left out of the frame they occur in: Pilatus detectors mark gaps (−1) and dead pixels (−2) so.
  bool exclude_negative = false;
  /// Pixels whose raw value, before it is rounded to float32, is below `lowest` or above `highest` are left out of the
  /// frame they occur in: detectors state where they saturate before the maximum of their numbers.
  std::optional<double> lowest, highest;
  /// Finite raw values at or above this count as saturated as well, besides the maximum of an integer type and what is
  /// above `highest`. What is left out does not depend on it.
  std::optional<double> saturation = std::nullopt;
};
// Whatever the corrections say, pixels that are not finite, or whose norm is 0 or not finite, or whose dark or variance
// is not finite, are left out: the former of a frame, the others, as if they were masked, of all.

/// Where the variance of a pixel comes from.
enum class error_model : std::uint8_t {
  none,     ///< no errors: variances are 0
  poisson,  ///< variance = max(raw, 1), as pyFAI has it; before the dark image is subtracted
  counts,   ///< variance = max(raw, 0): without the bias of max(raw, 1) at low counts
  image,    ///< variance = corrections::variance
  /// The scatter of a bin's pixels about their mean I = S/N: V = Σ (c·ω)²·(s/ω − I)², in two passes. 0 where norms of
  /// both signs add up to N = 0.
  azimuthal,
};

/// Which pixels of a bin are outliers, to be left out of its sums: reflections of single crystals, zingers. Every bin
/// judges by itself, also over a pixel that it shares with others (SEMANTICS §5).
enum class rejection_method : std::uint8_t {
  none,
  /// Up to `cycles` times: n = max(3, count); pixels with |s/ω − I| > max(threshold, √(2·ln(n/√(2π))))·std are dropped,
  /// std = √(V/N2), N2 = Σ (c·ω)²; then I, V, N, N2, count are those of the pixels left. Ends when none drops. All in
  /// double. Two things are ours: where V is not above 0 (or N is 0) there is no scale to judge by, and none drops; and
  /// values that differ from I by no more than 2⁻²³·|I|, which is what float32 can show of a pixel, never drop, so that
  /// equal values stay whatever their mean was rounded to. All of a bin's pixels may drop, if none is near their mean:
  /// it is then empty. Needs an error model.
  sigma_clip,
  /// Only pixels between two quantiles of s/ω stay. In ascending s/ω (float32; equal ones by pixels) the weights c·ω
  /// (float32) are added up, in double; a pixel whose weight reaches from `from` to `to` (both rounded to float32)
  /// stays if qmin ≤ from and to ≤ qmax, or if from ≤ qmin and qmax ≤ to, where qmin and qmax are the quantiles times
  /// the sum of all weights (float32). With both quantiles ½ that is the median. Where no pixel reaches far enough,
  /// as of two between ¼ and 0.6, none stays, and the bin is empty.
  quantiles,
};

struct rejection {
  rejection_method method = rejection_method::none;
  double threshold = 5;  ///< of sigma_clip, in standard deviations, at least 0
  int cycles = 5;        ///< of sigma_clip, at most; at least 1
  double lower = 0.5;    ///< of quantiles, from 0 to 1
  double upper = 0.5;    ///< at least `lower`
};

/// Everything that makes a pattern of a frame. Shared between threads, never changed.
struct reduction {
  integration_matrix const* matrix = nullptr;
  corrections const* pixels = nullptr;
  error_model errors = error_model::poisson;
  rejection reject;
};

/// What becomes of a batch of frames (SEMANTICS §5): for every frame (row) and bin (column)
///     signal S = Σ c·s   variance V = Σ c²·v   norm N = Σ c·ω   count = Σ c
/// with c the coefficient, s = raw − dark, v by the error model, ω the norm of the pixel, over the pixels that are not
/// rejected. The sums are made in double and rounded once. A frame's own norm (its monitor) is not in here: it
/// multiplies `norm` later, in one place. The rows of a frame that is not ok are zero.
struct patterns {
  view<float> signal;
  view<float> variance;
  view<float> norm;
  view<float> count;
  std::span<frame_status> status;
  /// Either may be empty if it is not wanted.
  std::span<double> raw_sum;           ///< sum of the raw values of the pixels that were not left out
  std::span<std::uint32_t> saturated;  ///< pixels outside the mask that are saturated (see corrections)
};

}  // namespace xrdct
