#include "xrdct/plot/tomogram_maps.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

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

/// A row of voxels of all sectors is held at once.
void require_size_of_rows(std::string const& file, std::vector<std::uint64_t> const& shape, bool divided) {
  constexpr double most = 1 << 30;
  std::size_t const n = shape.size();
  double row = static_cast<double>(shape[n - 2]) * static_cast<double>(shape[n - 1]);
  if (divided) row *= static_cast<double>(shape[n - 4]);
  if (row > most || static_cast<double>(shape[n - 3]) > most)
    throw input_error("'" + file + "::" + intensity + "' is too large to be drawn");
}

std::string number_text(double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

}  // namespace

tomogram_reader::tomogram_reader(std::string file, std::optional<int> sector, std::optional<int> layer)
    : file_(std::move(file)) {
  // A file that is none, or cannot be read, is told from one without a tomogram.
  if (!dataset_exists(file_, intensity))
    throw input_error("'" + file_ + "' holds no tomogram (" + intensity +
                      "): make one with xrdct reconstruct or xrdct backproject");
  shape_ = dataset_shape(file_, intensity);
  std::size_t const n = shape_.size();
  if (n < 3 || std::find(shape_.begin(), shape_.end(), 0U) != shape_.end())
    throw input_error("'" + file_ + "::" + intensity + "' is not of shape [y][x][channel]");
  find_dimensions();
  require_size_of_rows(file_, shape_, divided_);
  y_ = read_axis(file_, "y", "y", shape_[n - 3]);
  x_ = read_axis(file_, "x", "x", shape_[n - 2]);
  channels_ = read_channel_axis(file_, shape_[n - 1]);
  choose_layer(layer);
  choose_sectors(sector);
  survey();
}

void tomogram_reader::find_dimensions() {
  std::size_t const n = shape_.size();
  bool const sectors = dataset_exists(file_, std::string(group) + "/azimuth");
  layered_ = dataset_exists(file_, std::string(group) + "/layer") && n >= (sectors ? 5U : 4U);
  divided_ = sectors && n >= (layered_ ? 5U : 4U);
}

void tomogram_reader::choose_layer(std::optional<int> layer) {
  if (!layered_) {
    if (layer) throw input_error("'" + file_ + "' holds a tomogram of one layer");
    return;
  }
  auto const axis = read_axis(file_, "layer", "layer", shape_[0]);
  auto const count = axis.values.size();
  if (layer && (*layer < 0 || static_cast<std::size_t>(*layer) >= count))
    throw input_error("--layer " + std::to_string(*layer) + ": the tomogram has " + std::to_string(count) +
                      " layers, counted from 0");
  layer_ = layer ? static_cast<std::uint64_t>(*layer) : count / 2;
  shown_part_ = "layer " + std::to_string(layer_) + " of " + std::to_string(count) + " at " +
                number_text(axis.values[layer_]) + (axis.unit.empty() ? "" : " " + axis.unit);
}

void tomogram_reader::choose_sectors(std::optional<int> sector) {
  std::size_t const n = shape_.size();
  if (!divided_) {
    if (sector) throw input_error("'" + file_ + "' holds a tomogram that is not divided into azimuthal sectors");
    sectors_ = {0};
    return;
  }
  auto const azimuth = read_axis(file_, "azimuth", "azimuth", shape_[n - 4]);
  auto const count = azimuth.values.size();
  std::string const separator = shown_part_.empty() ? "" : ", ";
  if (!sector) {
    for (std::uint64_t s = 0; s < count; ++s) sectors_.push_back(s);
    shown_part_ += separator + (count > 1 ? "mean of " + std::to_string(count) + " sectors" : "1 sector");
    return;
  }
  if (*sector < 0 || static_cast<std::size_t>(*sector) >= count)
    throw input_error("--sector " + std::to_string(*sector) + ": the tomogram has " + std::to_string(count) +
                      " sectors, counted from 0");
  auto const chosen = static_cast<std::uint64_t>(*sector);
  sectors_ = {chosen};
  shown_part_ += separator + "sector " + std::to_string(chosen) + " at azimuth " + number_text(azimuth.values[chosen]) +
                 " " + azimuth.unit;
}

template <class Use>
void tomogram_reader::for_rows(Use const& use) const {
  constexpr std::uint64_t at_once = 16;
  constexpr std::uint64_t most_values = 1 << 24;
  std::size_t const n = shape_.size();
  auto const row = shape_[n - 2] * shape_[n - 1];
  auto const rows = std::clamp<std::uint64_t>(most_values / row / sectors_.size(), 1, at_once);
  std::vector<float> values(rows * row * sectors_.size());
  std::vector<std::uint64_t> first(n, 0);
  std::vector<std::uint64_t> count(n, 1);
  count[n - 2] = shape_[n - 2];
  count[n - 1] = shape_[n - 1];
  if (layered_) first[0] = layer_;
  for (std::uint64_t y = 0; y < shape_[n - 3]; y += rows) {
    first[n - 3] = y;
    count[n - 3] = std::min(rows, shape_[n - 3] - y);
    auto const block = count[n - 3] * row;
    for (std::size_t s = 0; s < sectors_.size(); ++s) {
      if (divided_) first[n - 4] = sectors_[s];
      read_block(file_, intensity, first, count, std::span(values).subspan(s * block, block));
    }
    for (std::uint64_t i = 0; i < count[n - 3]; ++i)
      for (std::size_t s = 0; s < sectors_.size(); ++s)
        use(s, static_cast<std::size_t>(y + i), std::span<float const>(values).subspan(s * block + i * row, row));
  }
}

void tomogram_reader::survey() {
  std::size_t const bins = channels_.values.size();
  std::size_t const sectors = sectors_.size();
  std::vector<double> sum(sectors * bins);
  std::vector<double> voxels(sectors * bins);
  std::vector<char> empty(sectors * bins, 1);
  for_rows([&](std::size_t s, std::size_t, std::span<float const> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      auto const at = s * bins + i % bins;
      if (row[i] != 0) empty[at] = 0;
      if (std::isfinite(row[i])) sum[at] += static_cast<double>(row[i]), ++voxels[at];
    }
  });
  weights_.resize(sectors * bins);
  mean_.resize(bins);
  for (std::size_t c = 0; c < bins; ++c) {
    double full = 0;
    for (std::size_t s = 0; s < sectors; ++s) full += empty[s * bins + c] == 0 ? 1 : 0;
    for (std::size_t s = 0; s < sectors; ++s) {
      auto const at = s * bins + c;
      weights_[at] = empty[at] == 0 ? 1 / full : 0;
      if (empty[at] == 0) mean_[c] += weights_[at] * (voxels[at] > 0 ? sum[at] / voxels[at] : std::nan(""));
    }
  }
}

std::vector<value_map> tomogram_reader::sums(std::span<peak const> ranges) const {
  std::size_t const bins = channels_.values.size();
  std::size_t const width = x_.values.size();
  std::vector<value_map> maps(ranges.size(), value_map(y_.values.size() * width));
  std::vector<double> sum(ranges.size() * width);
  for_rows([&](std::size_t s, std::size_t y, std::span<float const> row) {
    if (s == 0) std::fill(sum.begin(), sum.end(), 0);
    for (std::size_t m = 0; m < ranges.size(); ++m)
      for (std::size_t x = 0; x < width; ++x)
        for (std::size_t c = ranges[m].first; c < ranges[m].last; ++c)
          sum[m * width + x] += weights_[s * bins + c] * static_cast<double>(row[x * bins + c]);
    if (s + 1 < sectors_.size()) return;
    for (std::size_t m = 0; m < ranges.size(); ++m)
      for (std::size_t x = 0; x < width; ++x) maps[m][y * width + x] = static_cast<float>(sum[m * width + x]);
  });
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
