#include "xrdct/pipeline/stored_sinogram.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/arrays.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xrdct {
namespace {

std::string const group = "/entry/sinogram/";

/// The channel axis by whichever of its names is there.
channel_axis find_channels(std::string const& file) {
  for (auto const unit : {radial_unit::q_per_nm, radial_unit::two_theta_deg, radial_unit::radius_mm}) {
    std::string const name(axis_name(unit));
    if (!dataset_exists(file, group + name)) continue;
    return {name, read_text_attribute(file, group + name, "units"), read_numbers(group + name, file).values};
  }
  throw input_error(file + ": " + group + " has no channel axis: none of q, two_theta, radius");
}

void require_ascending(std::vector<double> const& axis, std::string const& name, std::string const& file) {
  bool const finite = std::all_of(axis.begin(), axis.end(), [](double v) { return std::isfinite(v); });
  if (finite && std::adjacent_find(axis.begin(), axis.end(), std::greater_equal<>()) == axis.end()) return;
  throw input_error(file + ": the axis " + group + name + " does not ascend");
}

std::string shape_text(std::vector<std::uint64_t> const& shape) {
  std::string text;
  for (auto const n : shape) text += (text.empty() ? "" : " x ") + std::to_string(n);
  return text;
}

void require_shape(stored_sinogram const& s, std::string const& dataset) {
  std::vector<std::uint64_t> const expected{s.rotation.size(), s.translation.size(), s.channels.centres.size()};
  auto const shape = dataset_shape(s.file, dataset);
  if (shape != expected)
    throw input_error(s.file + ": " + dataset + " is " + shape_text(shape) + ", but its axes say " +
                      shape_text(expected));
}

std::vector<float> read_slab(stored_sinogram const& from, std::string const& name, channel_slab const& slab) {
  std::vector<std::uint64_t> const first{0, 0, slab.first};
  std::vector<std::uint64_t> const count{from.rotation.size(), from.translation.size(), slab.count};
  std::vector<float> values(count[0] * count[1] * count[2]);
  if (!values.empty()) read_block(from.file, group + name, first, count, values);
  return values;
}

/// Entries that are NaN in some rank's channels.
entry_map find_missing(stored_sinogram const& from, sinogram_slab const& mine, communicator const& ranks) {
  entry_map map{static_cast<int>(from.rotation.size()), static_cast<int>(from.translation.size()), {}};
  auto const channels = static_cast<std::size_t>(mine.slab.count);
  std::vector<std::uint64_t> missing(from.rotation.size() * from.translation.size());
  for (std::size_t i = 0; i < mine.intensity.size(); ++i)
    if (std::isnan(mine.intensity[i])) missing[i / channels] = 1;
  ranks.sum(missing);
  for (auto const m : missing) map.present.push_back(m == 0 ? 1 : 0);
  return map;
}

}  // namespace

stored_sinogram examine_sinogram(std::string const& file) {
  if (!dataset_exists(file, group + "intensity"))
    throw input_error(file + ": holds no " + group +
                      "intensity; give a result of reconstruct, or of integrate with "
                      "positions");
  stored_sinogram found;
  found.file = file;
  found.rotation = read_numbers(group + "rotation_angle", file).values;
  found.translation = read_numbers(group + "translation", file).values;
  found.translation_unit = read_text_attribute(file, group + "translation", "units");
  found.channels = find_channels(file);
  found.errors = dataset_exists(file, group + "intensity_errors");
  require_ascending(found.rotation, "rotation_angle", file);
  require_ascending(found.translation, "translation", file);
  require_shape(found, group + "intensity");
  if (found.errors) require_shape(found, group + "intensity_errors");
  return found;
}

sinogram_slab read_sinogram(stored_sinogram const& from, channel_slab const& slab, communicator const& ranks) {
  auto made = together(ranks, [&] {
    sinogram_slab mine;
    mine.slab = slab;
    mine.intensity = read_slab(from, "intensity", slab);
    if (from.errors) mine.error = read_slab(from, "intensity_errors", slab);
    return mine;
  });
  made.entries = find_missing(from, made, ranks);
  return made;
}

}  // namespace xrdct
