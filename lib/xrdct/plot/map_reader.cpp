#include "xrdct/plot/map_reader.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

namespace xrdct {
namespace {

constexpr float no_number = std::numeric_limits<float>::quiet_NaN();

std::string name_of(result_array which) {
  switch (which) {
    case result_array::tomogram: return "tomogram";
    case result_array::sinogram: return "sinogram";
    case result_array::patterns: return "patterns";
  }
  return "";
}

/// As a sentence goes on after "the".
std::string verb_of(result_array which) {
  return name_of(which) + (which == result_array::patterns ? " have " : " has ");
}

std::string intensity_of(result_array which) { return "/entry/" + name_of(which) + "/intensity"; }

std::string advice(result_array which) {
  switch (which) {
    case result_array::tomogram: return "make one with xrdct reconstruct or xrdct backproject";
    case result_array::sinogram: return "make one with xrdct reconstruct or xrdct integrate";
    case result_array::patterns: return "make them with xrdct integrate";
  }
  return "";
}

struct axis_names {
  std::string in_file, shown;
};

axis_names rows_of(result_array which) {
  if (which == result_array::tomogram) return {"y", "y"};
  if (which == result_array::sinogram) return {"rotation_angle", "rotation"};
  return {"frame", "frame"};
}

axis_names columns_of(result_array which) {
  if (which == result_array::tomogram) return {"x", "x"};
  return {"translation", "translation"};
}

map_axis counted(std::string const& name, std::uint64_t length) {
  map_axis plain{name, "", {}};
  for (std::uint64_t i = 0; i < length; ++i) plain.values.push_back(static_cast<double>(i));
  return plain;
}

map_axis read_axis(std::string const& file, std::string const& dataset, std::string const& shown,
                   std::uint64_t length) {
  auto const numbers = read_numbers(dataset, file);
  if (numbers.values.size() != length)
    throw input_error(file + "::" + dataset + " has " + std::to_string(numbers.values.size()) + " values for " +
                      std::to_string(length) + " along this axis of the array");
  return {shown, numbers.unit, numbers.values};
}

std::string number_text(double value) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

}  // namespace

bool holds(std::string const& file, result_array which) { return dataset_exists(file, intensity_of(which)); }

std::optional<result_array> first_held(std::string const& file, std::span<result_array const> order) {
  for (auto const which : order)
    if (holds(file, which)) return which;
  return {};
}

map_reader::map_reader(std::string file, result_array which, std::optional<int> sector, std::optional<int> layer)
    : file_(std::move(file)), which_(which) {
  // A file that is none, or cannot be read, is told from one without the array.
  if (!holds(file_, which))
    throw input_error("'" + file_ + "' holds no " + name_of(which) + " (" + path("intensity") + "): " + advice(which));
  shape_ = dataset_shape(file_, path("intensity"));
  find_dimensions();
  require_size_of_rows();
  read_axes();
  unit_ = read_text_attribute(file_, path("intensity"), "units");
  choose_layer(layer);
  choose_sectors(sector);
  survey();
}

std::string map_reader::path(std::string const& name) const { return "/entry/" + name_of(which_) + "/" + name; }

bool map_reader::has_errors() const {
  return dataset_exists(file_, path("intensity_errors")) && dataset_shape(file_, path("intensity_errors")) == shape_;
}

/// [layer][sector][row][column][channel], where layers and sectors may be missing; of patterns
/// [frame][sector][channel].
void map_reader::find_dimensions() {
  std::size_t const n = shape_.size();
  bool const is_patterns = which_ == result_array::patterns;
  std::size_t const least = is_patterns ? 2 : 3;
  if (n < least || std::find(shape_.begin(), shape_.end(), 0U) != shape_.end())
    throw input_error("'" + file_ + "::" + path("intensity") + "' is not of shape " +
                      (is_patterns ? "[frame][channel]"
                                   : "[" + rows_of(which_).shown + "][" + columns_of(which_).shown + "][channel]"));
  bool const sectors = dataset_exists(file_, path("azimuth"));
  if (is_patterns) {
    if (sectors && n >= 3) sector_dimension_ = 1;
    return;
  }
  bool const layered = dataset_exists(file_, path("layer")) && n >= (sectors ? 5U : 4U);
  if (layered) layer_dimension_ = 0;
  if (sectors && n >= (layered ? 5U : 4U)) sector_dimension_ = n - 4;
  row_dimension_ = n - 3;
  column_dimension_ = n - 2;
}

/// A row of all sectors is held at once.
void map_reader::require_size_of_rows() const {
  constexpr double most = 1 << 30;
  double row = static_cast<double>(shape_.back());
  if (column_dimension_) row *= static_cast<double>(shape_[*column_dimension_]);
  if (sector_dimension_) row *= static_cast<double>(shape_[*sector_dimension_]);
  if (row > most || static_cast<double>(shape_[row_dimension_]) > most)
    throw input_error("'" + file_ + "::" + path("intensity") + "' is too large to be drawn");
}

void map_reader::read_axes() {
  auto const rows = rows_of(which_);
  auto const columns = columns_of(which_);
  if (which_ == result_array::patterns) {
    rows_ = counted(rows.shown, shape_[row_dimension_]);
    columns_ = counted("", 1);
  } else {
    rows_ = read_axis(file_, path(rows.in_file), rows.shown, shape_[row_dimension_]);
    columns_ = read_axis(file_, path(columns.in_file), columns.shown, shape_[*column_dimension_]);
  }
  // The channels' axis has one of the names of radial units.
  constexpr std::array names{std::array{"q", "q"}, std::array{"two_theta", "2\1"}, std::array{"radius", "radius"}};
  channels_ = counted("channel", shape_.back());
  for (auto const& [name, shown] : names)
    if (dataset_exists(file_, path(name))) {
      channels_ = read_axis(file_, path(name), shown, shape_.back());
      break;
    }
}

void map_reader::choose_layer(std::optional<int> layer) {
  if (!layer_dimension_) {
    if (!layer) return;
    throw input_error("'" + file_ + "' holds " +
                      (which_ == result_array::patterns ? "patterns" : "a " + name_of(which_)) + " of one layer");
  }
  auto const axis = read_axis(file_, path("layer"), "layer", shape_[*layer_dimension_]);
  auto const count = axis.values.size();
  if (layer && (*layer < 0 || static_cast<std::size_t>(*layer) >= count))
    throw input_error("--layer " + std::to_string(*layer) + ": the " + verb_of(which_) + std::to_string(count) +
                      " layers, counted from 0");
  layer_ = layer ? static_cast<std::uint64_t>(*layer) : count / 2;
  shown_part_ = "layer " + std::to_string(layer_) + " of " + std::to_string(count) + " at " +
                number_text(axis.values[layer_]) + (axis.unit.empty() ? "" : " " + axis.unit);
}

void map_reader::choose_sectors(std::optional<int> sector) {
  if (!sector_dimension_) {
    if (sector)
      throw input_error("'" + file_ + "' holds " +
                        (which_ == result_array::patterns ? "patterns" : "a " + name_of(which_)) +
                        " without azimuthal sectors");
    sectors_ = {0};
    return;
  }
  azimuths_ = read_axis(file_, path("azimuth"), "azimuth", shape_[*sector_dimension_]);
  auto const count = azimuths_.values.size();
  std::string const separator = shown_part_.empty() ? "" : ", ";
  if (!sector) {
    for (std::uint64_t s = 0; s < count; ++s) sectors_.push_back(s);
    shown_part_ += separator + (count > 1 ? "mean of " + std::to_string(count) + " sectors" : "1 sector");
    return;
  }
  if (*sector < 0 || static_cast<std::size_t>(*sector) >= count)
    throw input_error("--sector " + std::to_string(*sector) + ": the " + verb_of(which_) + std::to_string(count) +
                      " sectors, counted from 0");
  auto const chosen = static_cast<std::uint64_t>(*sector);
  sectors_ = {chosen};
  azimuths_.values = {azimuths_.values[chosen]};
  shown_part_ += separator + "sector " + std::to_string(chosen) + " at azimuth " + number_text(azimuths_.values[0]) +
                 " " + azimuths_.unit;
}

std::vector<std::uint64_t> map_reader::block_of(std::uint64_t rows) const {
  std::vector<std::uint64_t> count(shape_.size(), 1);
  count[row_dimension_] = rows;
  if (column_dimension_) count[*column_dimension_] = shape_[*column_dimension_];
  count.back() = shape_.back();
  return count;
}

std::vector<std::uint64_t> map_reader::first_of(std::uint64_t row, std::uint64_t column, std::size_t sector) const {
  std::vector<std::uint64_t> first(shape_.size(), 0);
  first[row_dimension_] = row;
  if (column_dimension_) first[*column_dimension_] = column;
  if (layer_dimension_) first[*layer_dimension_] = layer_;
  if (sector_dimension_) first[*sector_dimension_] = sectors_[sector];
  return first;
}

template <class Use>
void map_reader::for_rows(std::string const& dataset, Use const& use) const {
  constexpr std::uint64_t most_values = 1 << 24;
  auto const row = columns_.values.size() * channels_.values.size();
  // Rows of chunks, which are at most 16 high where a row is long; short rows are read many at a time.
  std::uint64_t const at_once = std::max<std::uint64_t>(16, (1 << 18) / row);
  auto const rows = std::clamp<std::uint64_t>(most_values / row / sectors_.size(), 1, at_once);
  auto const all_rows = shape_[row_dimension_];
  std::vector<float> values(std::min<std::uint64_t>(rows, all_rows) * row * sectors_.size());
  for (std::uint64_t y = 0; y < all_rows; y += rows) {
    auto const some = std::min<std::uint64_t>(rows, all_rows - y);
    auto const block = some * row;
    for (std::size_t s = 0; s < sectors_.size(); ++s)
      read_block(file_, dataset, first_of(y, 0, s), block_of(some), std::span(values).subspan(s * block, block));
    for (std::uint64_t i = 0; i < some; ++i)
      for (std::size_t s = 0; s < sectors_.size(); ++s)
        use(s, static_cast<std::size_t>(y + i), std::span<float const>(values).subspan(s * block + i * row, row));
  }
}

void map_reader::survey() {
  std::size_t const bins = channels_.values.size();
  std::size_t const sectors = sectors_.size();
  std::vector<double> sum(sectors * bins);
  std::vector<double> entries(sectors * bins);
  std::vector<char> empty(sectors * bins, 1);
  for_rows(path("intensity"), [&](std::size_t s, std::size_t, std::span<float const> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      auto const at = s * bins + i % bins;
      if (row[i] != 0) empty[at] = 0;
      if (std::isfinite(row[i])) sum[at] += static_cast<double>(row[i]), ++entries[at];
    }
  });
  entries_ = static_cast<std::uint64_t>(*std::max_element(entries.begin(), entries.end()));
  weights_.resize(sectors * bins);
  sector_means_.resize(sectors * bins);
  mean_.resize(bins);
  for (std::size_t c = 0; c < bins; ++c) {
    double full = 0;
    for (std::size_t s = 0; s < sectors; ++s) full += empty[s * bins + c] == 0 ? 1 : 0;
    for (std::size_t s = 0; s < sectors; ++s) {
      auto const at = s * bins + c;
      weights_[at] = empty[at] == 0 ? 1 / full : 0;
      double const mean = entries[at] > 0 ? sum[at] / entries[at] : std::nan("");
      // What a sector does not see is no zero.
      sector_means_[at] = empty[at] == 0 ? static_cast<float>(mean) : no_number;
      if (empty[at] == 0) mean_[c] += weights_[at] * mean;
    }
  }
}

shown_pattern map_reader::mean_with_errors() const {
  shown_pattern shown{mean_, {}, sector_means_};
  if (!has_errors()) return shown;
  std::size_t const bins = channels_.values.size();
  std::vector<double> sum(sectors_.size() * bins);
  std::vector<double> entries(sectors_.size() * bins);
  for_rows(path("intensity_errors"), [&](std::size_t s, std::size_t, std::span<float const> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!std::isfinite(row[i])) continue;
      auto const error = static_cast<double>(row[i]);
      sum[s * bins + i % bins] += error * error;
      ++entries[s * bins + i % bins];
    }
  });
  shown.errors.assign(bins, 0);
  for (std::size_t c = 0; c < bins; ++c) {
    for (std::size_t s = 0; s < sectors_.size(); ++s) {
      auto const at = s * bins + c;
      double const n = entries[at];
      double const squared = which_ == result_array::tomogram ? sum[at] / n : sum[at] / (n * n);
      if (weights_[at] > 0) shown.errors[c] += weights_[at] * weights_[at] * squared;
    }
    shown.errors[c] = std::sqrt(shown.errors[c]);
  }
  return shown;
}

std::vector<value_map> map_reader::sums(std::span<peak const> ranges) const {
  std::size_t const bins = channels_.values.size();
  std::size_t const width = columns_.values.size();
  std::vector<value_map> maps(ranges.size(), value_map(rows_.values.size() * width));
  std::vector<double> sum(ranges.size() * width);
  for_rows(path("intensity"), [&](std::size_t s, std::size_t y, std::span<float const> row) {
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

shown_pattern map_reader::entry(std::size_t row, std::size_t column) const {
  std::size_t const bins = channels_.values.size();
  std::vector<std::uint64_t> count(shape_.size(), 1);
  count.back() = shape_.back();
  bool const errors = has_errors();
  shown_pattern shown;
  shown.values.assign(bins, 0);
  if (errors) shown.errors.assign(bins, 0);
  std::vector<float> some(bins);
  for (std::size_t s = 0; s < sectors_.size(); ++s) {
    read_block(file_, path("intensity"), first_of(row, column, s), count, some);
    for (std::size_t c = 0; c < bins; ++c) {
      double const weight = weights_[s * bins + c];
      shown.by_sector.push_back(weight > 0 ? some[c] : no_number);
      if (weight > 0) shown.values[c] += weight * static_cast<double>(some[c]);
    }
    if (!errors) continue;
    read_block(file_, path("intensity_errors"), first_of(row, column, s), count, some);
    for (std::size_t c = 0; c < bins; ++c)
      shown.errors[c] += std::pow(weights_[s * bins + c] * static_cast<double>(some[c]), 2);
  }
  for (double& e : shown.errors) e = std::sqrt(e);
  return shown;
}

std::pair<value_map, map_axis> map_reader::patterns_by_row(std::size_t most) const {
  std::size_t const bins = channels_.values.size();
  std::size_t const rows = rows_.values.size();
  std::size_t const together = (rows + most - 1) / most;
  std::size_t const left = (rows + together - 1) / together;
  std::vector<double> sum(left * bins);
  std::vector<double> weight(left * bins);
  for_rows(path("intensity"), [&](std::size_t s, std::size_t y, std::span<float const> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      auto const at = y / together * bins + i % bins;
      double const share = weights_[s * bins + i % bins];
      if (share <= 0 || !std::isfinite(row[i])) continue;
      sum[at] += share * static_cast<double>(row[i]);
      weight[at] += share;
    }
  });
  value_map means(left * bins, no_number);
  for (std::size_t i = 0; i < means.size(); ++i)
    if (weight[i] > 0) means[i] = static_cast<float>(sum[i] / weight[i]);
  map_axis where{rows_.name, rows_.unit, {}};
  for (std::size_t i = 0; i < left; ++i) {
    auto const end = std::min(rows, (i + 1) * together);
    where.values.push_back((rows_.values[i * together] + rows_.values[end - 1]) / 2);
  }
  return {std::move(means), std::move(where)};
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
