#include "xrdct/plot/tomogram_maps.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace xrdct {
namespace {

constexpr char const* group = "/entry/tomogram";
constexpr char const* intensity = "/entry/tomogram/intensity";

map_axis read_axis(std::string const& file, std::string const& name, std::string const& shown, std::uint64_t length) {
  auto const numbers = read_numbers(std::string(group) + "/" + name, file);
  if (numbers.values.size() != length)
    throw input_error(file + "::" + group + "/" + name + " has " + std::to_string(numbers.values.size()) +
                      " values for " + std::to_string(length) + " along this axis of the tomogram");
  return {shown, numbers.unit, numbers.values};
}

/// The channels' axis has one of the names of radial units.
map_axis read_channel_axis(std::string const& file, std::uint64_t length) {
  constexpr std::array names{std::array{"q", "q"}, std::array{"two_theta", "2\1"}, std::array{"radius", "radius"}};
  for (auto const& [name, shown] : names)
    if (dataset_exists(file, std::string(group) + "/" + name)) return read_axis(file, name, shown, length);
  map_axis plain{"channel", "", {}};
  for (std::uint64_t i = 0; i < length; ++i) plain.values.push_back(static_cast<double>(i));
  return plain;
}

}  // namespace

tomogram_reader::tomogram_reader(std::string file) : file_(std::move(file)) {
  // A file that is none, or cannot be read, is told from one without a tomogram.
  if (!dataset_exists(file_, intensity))
    throw input_error("'" + file_ + "' holds no tomogram (" + intensity +
                      "): make one with xrdct reconstruct or xrdct backproject");
  shape_ = dataset_shape(file_, intensity);
  std::size_t const n = shape_.size();
  if (n < 3 || std::find(shape_.begin(), shape_.end(), 0U) != shape_.end())
    throw input_error("'" + file_ + "::" + intensity + "' is not of shape [y][x][channel]");
  y_ = read_axis(file_, "y", "y", shape_[n - 3]);
  x_ = read_axis(file_, "x", "x", shape_[n - 2]);
  channels_ = read_channel_axis(file_, shape_[n - 1]);
}

void tomogram_reader::read_row(std::size_t row, std::span<float> values) const {
  std::size_t const n = shape_.size();
  std::vector<std::uint64_t> first(n, 0);
  std::vector<std::uint64_t> count(n, 1);
  first[n - 3] = row;
  count[n - 2] = shape_[n - 2];
  count[n - 1] = shape_[n - 1];
  read_block(file_, intensity, first, count, values);
}

std::vector<double> tomogram_reader::mean_pattern() const {
  std::size_t const bins = channels_.values.size();
  std::vector<double> sum(bins);
  std::vector<double> voxels(bins);
  std::vector<float> row(x_.values.size() * bins);
  for (std::size_t y = 0; y < y_.values.size(); ++y) {
    read_row(y, row);
    for (std::size_t i = 0; i < row.size(); ++i)
      if (std::isfinite(row[i])) sum[i % bins] += static_cast<double>(row[i]), ++voxels[i % bins];
  }
  for (std::size_t c = 0; c < bins; ++c) sum[c] = voxels[c] > 0 ? sum[c] / voxels[c] : std::nan("");
  return sum;
}

std::vector<value_map> tomogram_reader::sums(std::span<peak const> ranges) const {
  std::size_t const bins = channels_.values.size();
  std::size_t const width = x_.values.size();
  std::vector<value_map> maps(ranges.size(), value_map(y_.values.size() * width));
  std::vector<float> row(width * bins);
  for (std::size_t y = 0; y < y_.values.size(); ++y) {
    read_row(y, row);
    for (std::size_t m = 0; m < maps.size(); ++m)
      for (std::size_t x = 0; x < width; ++x) {
        double sum = 0;
        for (std::size_t c = ranges[m].first; c < ranges[m].last; ++c) sum += static_cast<double>(row[x * bins + c]);
        maps[m][y * width + x] = static_cast<float>(sum);
      }
  }
  return maps;
}

double correlation(value_map const& a, value_map const& b) {
  double n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    double const u = static_cast<double>(a[i]);
    double const v = static_cast<double>(b[i]);
    if (!std::isfinite(u) || !std::isfinite(v)) continue;
    ++n;
    sa += u, sb += v, saa += u * u, sbb += v * v, sab += u * v;
  }
  double const scale = (saa - sa * sa / n) * (sbb - sb * sb / n);
  return scale > 0 ? (sab - sa * sb / n) / std::sqrt(scale) : 0;
}

}  // namespace xrdct
