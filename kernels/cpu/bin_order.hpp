#pragma once
/// \file Where the values of every pixel go when frames are sorted by bins, and what every bin is made of.

#include "kernels/cpu/bin_norms.hpp"
#include "kernels/cpu/pixel_selection.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// So many pixels of a slice follow each other in the order of bins, the first of them at this row.
struct row_run {
  std::uint32_t row = 0;
  std::uint32_t pixels = 0;
};

/// The pixels of a slice by ascending rows: their numbers, counted from the slice's first.
struct sorted_slice {
  std::span<row_run const> runs;
  std::uint16_t const* pixels = nullptr;
};

inline constexpr std::size_t sample_size = 256;

/// The entries of a bin by ascending pixels, an array each; those without a meaning are null.
struct bin_entries {
  std::size_t size = 0;
  std::uint32_t first_row = 0;          ///< if row is null: entry k is of row first_row + k
  std::uint32_t const* row = nullptr;   ///< null where every pixel has one entry
  float const* coefficient = nullptr;   ///< c
  float const* norm = nullptr;          ///< ω
  float const* inverse_norm = nullptr;  ///< 1/ω in float32; NaN where that is not exact to its last digits
  float const* dark = nullptr;
  float const* variance = nullptr;        ///< null unless errors are those of an image
  std::span<std::uint32_t const> sample;  ///< up to sample_size entries, evenly spaced by |c·ω|
  bool are_counts = false;                ///< values are integers, all c are 1 and all dark values 0
  float largest_norm = 0;                 ///< of |ω|
  bool positive = false;                  ///< all c·ω > 0
};

/// What all entries of a bin sum up to, were all pixels alive: see bin_totals.
struct bin_totals {
  double norm = 0;          ///< Σ c·ω
  double norm_squares = 0;  ///< Σ (c·ω)²
  double count = 0;         ///< Σ c
  double variance = 0;      ///< Σ c²·v of an image of variances
};

/// Pixels in the order of the first bin they are in, so that those of one bin, and of its neighbours that share pixels
/// with it, lie together. Pixels that are in no bin, or excluded, have no row.
class bin_order {
 public:
  /// Slices of `slice_pixels` pixels, at most 65536. `with_variance`: errors are those of the image in `pixels`;
  /// `integers`: so are pixels.
  bin_order(integration_matrix const& matrix, corrections const& pixels, pixel_selection const& selection,
            std::size_t slice_pixels, bool with_variance, bool integers);

  std::size_t rows() const { return rows_; }
  std::size_t bins() const { return first_entry_.size() - 1; }
  std::size_t entries_of_largest_bin() const { return largest_; }
  sorted_slice slice(std::size_t i) const;
  bin_entries bin(std::size_t i) const;
  bin_totals const& totals(std::size_t bin) const { return totals_[bin]; }

 private:
  std::vector<std::uint32_t> sort_pixels(integration_matrix const& matrix, pixel_selection const& selection);
  void cut_into_slices(std::vector<std::uint32_t> const& row_of, std::size_t slice_pixels);
  void list_entries(integration_matrix const& matrix, corrections const& pixels, pixel_selection const& selection,
                    std::vector<std::uint32_t> const& row_of, bool with_variance);
  void sum_entries(bool integers);
  void take_samples();

  std::size_t rows_ = 0;
  std::size_t largest_ = 0;
  bool one_entry_each_ = true;
  std::vector<std::size_t> first_run_;    // of every slice, and the end
  std::vector<std::size_t> first_pixel_;  // of every slice, and the end
  std::vector<row_run> runs_;
  std::vector<std::uint16_t> pixels_;
  std::vector<std::size_t> first_entry_;  // of every bin, and the end
  std::vector<std::uint32_t> row_;        // what follows has one value an entry, or none
  std::vector<float> coefficient_, norm_, inverse_norm_, dark_, variance_;
  std::vector<std::size_t> first_sample_;  // of every bin, and the end
  std::vector<std::uint32_t> sample_;
  std::vector<bin_totals> totals_;
  std::vector<std::uint8_t> are_counts_, positive_;
  std::vector<float> largest_norm_;
};

}  // namespace xrdct::cpu
