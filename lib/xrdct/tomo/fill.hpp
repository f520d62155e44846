#pragma once
/// \file What is put in the place of sinogram entries that were not measured.

#include "xrdct/kernels/view.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace xrdct {

enum class fill {
  linear,  ///< along the translations, between the nearest measured entries of the rotation; beyond the last: the last
  zero,    ///< no intensity, and no error
  none,    ///< nothing is assumed: the tomogram is not known
};

/// Names as options have them. Throws usage_error for others.
fill parse_fill(std::string_view name);
std::string_view name_of(fill which);

/// Which entries of a sinogram were measured.
struct entry_map {
  int rotations = 0;
  int translations = 0;
  std::vector<std::uint8_t> present;  ///< [rotation][translation], 0 where missing

  bool has(int rotation, int translation) const {
    return present[static_cast<std::size_t>(rotation) * static_cast<std::size_t>(translations) +
                   static_cast<std::size_t>(translation)] != 0;
  }
};

struct fill_report {
  std::size_t filled = 0;    ///< entries of rotations that are in use
  std::vector<int> dropped;  ///< rotations without any measured entry, for angle_weights()
  /// Entries are missing, and nothing was to be assumed: every pixel is seen by a rotation that is incomplete, so all
  /// of the tomogram is to be NaN.
  bool undefined = false;
};

/// Replaces the missing entries of a sinogram, and of its variance unless that is empty: [rotation · translation]
/// rows of any number of channels, the same for all. The error of a filled entry is that of its neighbours (standard
/// deviations are interpolated as intensities are). No NaN is left in missing entries: those of `none` and of
/// dropped rotations are zero.
/// Throws input_error where shapes contradict each other.
fill_report fill_missing(fill how, entry_map const& entries, view<float> sinogram, view<float> variance);

/// Values of measured entries for which no pixel was left, in channels that have pixels in other entries: all of them
/// were rejected or bad.
struct emptied_values {
  std::size_t values = 0;
  std::vector<std::uint8_t> channels;  ///< by channel: 1 where it has any
};

/// Replaces such values, for which `count` (pixels of every value) is 0, and their errors: `linear` along the
/// translations between the nearest values of the rotation, or else between the nearest rotations that have any;
/// `zero` and `none` leave no intensity and no error. Channels without a pixel in any entry stay as they are.
/// Throws input_error where shapes contradict each other; `errors` may be empty, and so may `count`: nothing is done.
emptied_values fill_emptied(fill how, entry_map const& entries, view<float const> count, view<float> intensity,
                            view<float> errors);

/// The same report, without touching numbers: for whoever holds no channels.
fill_report examine_missing(fill how, entry_map const& entries);

}  // namespace xrdct
