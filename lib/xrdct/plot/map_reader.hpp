#pragma once
/// \file What a picture shows of a result: maps of some channels, the mean pattern, and the pattern of one entry.

#include "xrdct/plot/peaks.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// An axis of an array.
struct map_axis {
  std::string name;  ///< for people: "q"
  std::string unit;
  std::vector<double> values;
};

/// An image of one number an entry, [row][column].
using value_map = std::vector<float>;

/// An array of a result: of the tomogram (rows y, columns x), of the sinogram (rows rotation, columns translation), or
/// of the patterns of frames (rows frame, one column).
enum class result_array : std::uint8_t { tomogram, sinogram, patterns };

/// Whether the file holds it. Throws input_error where the file cannot be read.
bool holds(std::string const& file, result_array which);
/// The first that it holds in this order, or none.
std::optional<result_array> first_held(std::string const& file, std::span<result_array const> order);

/// The pattern of an entry, or a mean of many.
struct shown_pattern {
  std::vector<double> values;
  std::vector<double> errors;  ///< standard errors; empty: the file has none
  value_map by_sector;         ///< [sector shown][channel]
};

/// An array of a result file, read by rows: it may be larger than memory. Of one with azimuthal sectors, one is
/// shown, or their mean: in every channel of those sectors that hold anything there, as the detector may see a ring in
/// part. Of several layers, one is shown: the middle one if no other is asked for.
class map_reader {
 public:
  /// Reads all of it that is shown once. Throws input_error where there is no such array, where its axes do not fit it,
  /// or where it has no such sector or layer.
  explicit map_reader(std::string file, result_array which = result_array::tomogram, std::optional<int> sector = {},
                      std::optional<int> layer = {});

  result_array which() const { return which_; }
  map_axis const& columns() const { return columns_; }
  map_axis const& rows() const { return rows_; }
  map_axis const& channels() const { return channels_; }
  map_axis const& sectors() const { return azimuths_; }  ///< those shown; none where azimuths are not divided
  std::string const& unit() const { return unit_; }      ///< of the intensity; "" where not known
  /// Which layer and what of its sectors is shown, for people; "" where there are none.
  std::string const& shown_part() const { return shown_part_; }

  std::uint64_t layer() const { return layer_; }  ///< that is shown, from 0

  /// Over all entries that are finite.
  std::vector<double> const& mean_pattern() const { return mean_; }
  /// The same with errors, which takes another reading. Those of a sinogram and of patterns are standard errors of the
  /// mean, √Σσ²/n. Voxels of a tomogram are not independent, so theirs are the root mean square error of one voxel.
  shown_pattern mean_with_errors() const;
  /// How many entries the mean is of, in the channel that has most.
  std::uint64_t entries_in_mean() const { return entries_; }
  /// For every range [first, last): the sum of its channels.
  std::vector<value_map> sums(std::span<peak const> ranges) const;
  shown_pattern entry(std::size_t row, std::size_t column) const;
  /// Patterns of rows, the mean over columns and over rows that follow each other so that at most `most` are left,
  /// [row][channel]; and where these are along the axis of rows.
  std::pair<value_map, map_axis> patterns_by_row(std::size_t most) const;

 private:
  /// Calls `use(sector, row, values [column][channel])` row by row, and for each with all sectors that are shown.
  template <class Use>
  void for_rows(std::string const& dataset, Use const& use) const;
  std::string path(std::string const& name) const;
  bool has_errors() const;
  void find_dimensions();
  void require_size_of_rows() const;
  void read_axes();
  void choose_layer(std::optional<int> layer);
  void choose_sectors(std::optional<int> sector);
  void survey();
  /// The extent of a block of so many rows of a sector.
  std::vector<std::uint64_t> block_of(std::uint64_t rows) const;
  std::vector<std::uint64_t> first_of(std::uint64_t row, std::uint64_t column, std::size_t sector) const;

  std::string file_;
  result_array which_;
  std::vector<std::uint64_t> shape_;
  // Which dimension is what; the channels' is the last.
  std::optional<std::size_t> layer_dimension_, sector_dimension_, column_dimension_;
  std::size_t row_dimension_ = 0;
  map_axis columns_, rows_, channels_, azimuths_;
  std::string unit_;
  std::uint64_t layer_ = 0;             // that is shown
  std::vector<std::uint64_t> sectors_;  // that are shown
  std::vector<double> weights_;         // [sector shown][channel] in their mean
  std::vector<double> mean_;
  value_map sector_means_;  // [sector shown][channel]
  std::uint64_t entries_ = 0;
  std::string shown_part_;
};

/// Pearson's correlation of two maps over the entries that are finite in both; 0 where one is constant.
double correlation(value_map const& a, value_map const& b);

}  // namespace xrdct
