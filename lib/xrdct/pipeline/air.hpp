#pragma once
/// \file What the air scatters, measured where there is no sample, and taken out of the sinogram.

#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/kernels/frame.hpp"
#include "xrdct/pipeline/air_options.hpp"
#include "xrdct/scan/plan.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// Which frames are air; the same on all ranks.
struct air_plan {
  std::vector<std::uint64_t> frames;  ///< ascending; these are no part of the sinogram
  std::uint64_t columns = 0;          ///< outermost translations on both sides of every rotation, which stay in it

  bool any() const { return !frames.empty() || columns > 0; }
  /// Whether a translation, by its index, is one of the columns.
  bool is_column(std::uint64_t translation, std::uint64_t translations) const {
    return columns > 0 && (translation < columns || translation + columns >= translations);
  }
  void fields(auto& archive) { archive(frames, columns); }
};

/// Resolves ranges of frames; `flats` are those that the file marks. Throws input_error where there is no such frame.
air_plan plan_air(air_options const& options, std::uint64_t frames, std::span<std::uint64_t const> flats = {});

/// Positions of the frames that are not air, in order, as those of all `frames`: air's are NaN.
scan_positions spread_over(scan_positions const& rest, air_plan const& air, std::uint64_t frames);

/// make_plan() of the frames that are not air; those that are have no entry. Throws input_error where all are air, and
/// where columns of air leave no translation in between.
scan_plan plan_without_air(scan_positions const& positions, air_plan const& air, plan_options const& options);

/// Of every frame, whether it shows air.
std::vector<std::uint8_t> shows_air(air_plan const& air, scan_plan const& scan, std::uint64_t frames);

/// "frames 0:40,1900:1968 (108 frames)" or "the 2 outermost translations on both sides of every rotation".
std::string describe(air_plan const& air);

/// Sums of signal, variance, norm and count of one bin.
using bin_sums = std::array<double, pattern_quantities>;

/// The air's pattern in the bins of a slab: of frames one for all; of columns one for every row of the sinogram (layer
/// · rotations + rotation), so that it follows drifts. A = S_a/N_a and σ_A² = V_a/N_a² of sums in double over air's
/// frames in their order, so that they do not depend on ranks. Where no air frame of a row has a pixel in a bin (N_a =
/// 0), that of the nearest rotation of the layer stands in; where none has, nothing is subtracted.
class air_patterns {
 public:
  air_patterns() = default;
  /// `patterns` are [frame][quantity][channel] of all frames. Throws input_error where no air frame can be used.
  air_patterns(air_plan const& air, scan_plan const& scan, std::span<frame_status const> status,
               std::span<float const> patterns, std::size_t channels);

  /// S − N·A and V + N²·σ_A², for an entry of the sinogram. Of an entry that is part of its row's air (with the share
  /// w = N/N_a of it) S and A are correlated, and its variance is V·(1 − w)² + w²·(V_a − V). Neglected is that all
  /// entries of a row share the error of A, so that their errors are correlated: what sums over a row, and so the
  /// tomogram's errors, do not know of that.
  void subtract(std::size_t entry, std::size_t channel, bin_sums& sums) const;

 private:
  struct one {
    double signal = 0, variance = 0, norm = 0;
  };
  std::size_t row_of(std::size_t entry) const { return plan_.columns > 0 ? entry / translations_ : 0; }
  void borrow(std::vector<double> const& rotation);

  air_plan plan_;
  std::size_t translations_ = 1;
  std::size_t channels_ = 0;
  std::vector<one> air_;  // [row][channel]
};

}  // namespace xrdct
