#pragma once
/// \file What a picture shows of a tomogram: its mean pattern, and maps of some channels.

#include "xrdct/plot/peaks.hpp"

#include <cstddef>
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

/// A tomogram in a result file, read by rows: it may be larger than memory. Throws input_error where there is none, or
/// where its axes do not fit it. Of a stack of layers or sectors, the first is taken.
class tomogram_reader {
 public:
  explicit tomogram_reader(std::string file);

  map_axis const& x() const { return x_; }
  map_axis const& y() const { return y_; }
  map_axis const& channels() const { return channels_; }

  /// Over all voxels that are finite.
  std::vector<double> mean_pattern() const;
  /// For every range [first, last): the sum of its channels.
  std::vector<value_map> sums(std::span<peak const> ranges) const;

 private:
  void read_row(std::size_t row, std::span<float> values) const;
  std::string file_;
  std::vector<std::uint64_t> shape_;
  map_axis x_, y_, channels_;
};

/// Pearson's correlation of two maps over the voxels that are finite in both; 0 where one is constant.
double correlation(value_map const& a, value_map const& b);

}  // namespace xrdct
