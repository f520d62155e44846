#pragma once
/// \file What a picture shows of a tomogram: its mean pattern, and maps of some channels.

#include "xrdct/plot/peaks.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// An axis of a tomogram.
struct map_axis {
  std::string name;  ///< for people: "q"
  std::string unit;
  std::vector<double> values;
};

/// An image of one number a voxel, [y][x].
using value_map = std::vector<float>;

/// A tomogram in a result file, read by rows: it may be larger than memory. Of one with azimuthal sectors, one is
/// shown, or their mean: in every channel of those sectors that hold anything there, as the detector may see a ring in
/// part. Of several layers, one is shown: the middle one if no other is asked for.
class tomogram_reader {
 public:
  /// Reads all of it that is shown once. Throws input_error where there is no tomogram, where its axes do not fit it,
  /// or where it has no such sector or layer.
  explicit tomogram_reader(std::string file, std::optional<int> sector = {}, std::optional<int> layer = {});

  map_axis const& x() const { return x_; }
  map_axis const& y() const { return y_; }
  map_axis const& channels() const { return channels_; }
  /// Which layer and what of its sectors is shown, for people; "" where there are none.
  std::string const& shown_part() const { return shown_part_; }

  /// Over all voxels that are finite.
  std::vector<double> const& mean_pattern() const { return mean_; }
  /// For every range [first, last): the sum of its channels.
  std::vector<value_map> sums(std::span<peak const> ranges) const;

 private:
  /// Calls `use(sector, row, values [x][channel])` row by row, and for each with all sectors that are shown.
  template <class Use>
  void for_rows(Use const& use) const;
  void find_dimensions();
  void choose_layer(std::optional<int> layer);
  void choose_sectors(std::optional<int> sector);
  void survey();

  std::string file_;
  std::vector<std::uint64_t> shape_;
  map_axis x_, y_, channels_;
  bool layered_ = false;                // the first dimension is that of layers
  bool divided_ = false;                // there is a dimension of sectors
  std::uint64_t layer_ = 0;             // that is shown
  std::vector<std::uint64_t> sectors_;  // that are shown
  std::vector<double> weights_;         // [sector shown][channel] in their mean
  std::vector<double> mean_;
  std::string shown_part_;
};

/// Pearson's correlation of two maps over the voxels that are finite in both; 0 where one is constant.
double correlation(value_map const& a, value_map const& b);

}  // namespace xrdct
