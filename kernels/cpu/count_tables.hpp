#pragma once
/// \file What sums of counts are made with: the integration matrix cut into ranges and slices of pixels, in one piece
/// of memory that means the same at any address.

#include "kernels/cpu/bin_norms.hpp"
#include "kernels/cpu/matrix_slices.hpp"
#include "kernels/cpu/pixel_selection.hpp"
#include "kernels/cpu/thread_pool.hpp"
#include "xrdct/kernels/device.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace xrdct::cpu {

/// The shares of a pixel in a bin and in the next one; 0 where it has none in that.
struct pair_weights {
  float lower = 0;
  float upper = 0;
};

/// The entries of a slice: for every run its bin (by its number within the range), and then entry by entry the weights
/// and the pixel, counted from the slice's first. Runs ascend by bins, entries of a run by pixels: the order of sums.
struct pair_slice {
  std::span<bin_run const> runs;
  pair_weights const* weights = nullptr;
  std::uint16_t const* pixels = nullptr;
};

/// What sums over a slice are made in. Float32 serves bins of so many counts that its roundings even out, to some 1e-8
/// of the sum (1e-6 were all terms equal); the others are summed up in double.
enum class sum_precision : std::uint8_t { single, full };
inline constexpr std::array sum_precisions{sum_precision::single, sum_precision::full};

/// Consecutive slices of a frame, which one thread sums up; `bins` are those that it touches, ascending.
struct count_range {
  std::size_t first_slice = 0, end_slice = 0;
  std::span<std::uint32_t const> bins;
};

/// A view of the tables.
class count_tables {
 public:
  /// Whether a reduction is made of sums of counts: integers that nothing is subtracted from, in one pass.
  static bool serve(reduction const& what, frame_format const& format);
  /// Makes tables in the memory that is asked for once; what it holds is ready for the constructor.
  static void make(reduction const& what, frame_format const& format, thread_pool& pool, table_memory const& memory);
  /// Whether these are such tables.
  static bool are_in(std::span<std::byte const> tables);
  /// `tables` outlive this. Throws std::invalid_argument for what make() did not write.
  explicit count_tables(std::span<std::byte const> tables);

  frame_format const& format() const;
  std::uint32_t block_pixels() const;
  bool blocks_fit() const;
  std::size_t slice_pixels() const;
  std::size_t bins() const;
  error_model errors() const;
  corrections value_rules() const;  ///< without images
  bool paired() const;              ///< false: every pixel is in one bin alone, and all upper weights are 0

  pixel_selection selection() const;
  float variance(std::size_t pixel) const { return variance_image_.empty() ? 0.0F : variance_image_[pixel]; }
  std::span<bin_norm const> norms() const { return norms_; }  ///< of every bin, all included pixels being alive

  std::size_t ranges() const { return first_slice_.size() - 1; }
  count_range range(std::size_t i) const;
  std::size_t most_bins_of_a_range() const;
  /// Whether anything is summed up in that precision.
  bool has(sum_precision precision) const { return entries_[static_cast<std::size_t>(precision)] != 0; }
  /// The entries of a slice that are summed up in that precision; together they are all.
  pair_slice slice(std::size_t i, sum_precision precision) const;

 private:
  struct header;
  friend class count_table_maker;
  bool sizes_agree() const;

  std::span<std::byte const> tables_;
  header const* header_;
  std::span<std::uint64_t const> first_slice_, first_bin_;  // of every range, and the end
  std::span<std::uint64_t const> first_run_, first_entry_;  // of every slice and precision, and the end
  std::span<std::uint32_t const> range_bins_;
  std::span<bin_run const> runs_;
  std::span<pair_weights const> weights_;
  std::span<std::uint16_t const> pixels_;
  std::span<bin_norm const> norms_;
  std::span<float const> variance_image_;
  std::array<std::size_t, sum_precisions.size()> entries_{};  // of each precision
};

}  // namespace xrdct::cpu
