#include "xrdct/pipeline/stored_sinogram.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/pipeline/memory_need.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace xrdct {
namespace {

std::string const group = "/entry/sinogram/";

/// The channel axis by whichever of its names is there.
channel_axis find_channels(std::string const& file) {
  for (auto const unit : {radial_unit::q_per_nm, radial_unit::two_theta_deg, radial_unit::radius_mm}) {
    std::string const name(axis_name(unit));
    if (!dataset_exists(file, group + name)) continue;
    return {name, read_text_attribute(file, group + name, "units"), read_numbers(group + name, file).values, {}};
  }
  throw input_error(file + ": " + group + " has no channel axis: none of q, two_theta, radius");
}

/// Centres of the sectors; none where the sinogram is not divided into any.
std::vector<double> find_sectors(std::string const& file) {
  if (!dataset_exists(file, group + "azimuth")) return {};
  auto azimuth = read_numbers(group + "azimuth", file).values;
  if (azimuth.empty()) throw input_error(file + ": the axis " + group + "azimuth is empty");
  return azimuth;
}

/// Where the layers are; nothing where the sinogram is one layer's.
layer_axis find_layers(std::string const& file) {
  if (!dataset_exists(file, group + "layer")) return {};
  auto const list = read_numbers(group + "layer", file);
  if (list.values.empty()) throw input_error(file + ": the axis " + group + "layer is empty");
  return {list.values, read_text_attribute(file, group + "layer", "units")};
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

/// Numbers of values that can be multiplied without overflow.
void require_sensible_size(stored_sinogram const& s) {
  constexpr double most = 1e15;
  auto const size = static_cast<double>(s.rotation.size()) * static_cast<double>(s.translation.size()) *
                    static_cast<double>(s.channels.bins().parts()) * static_cast<double>(s.channels.centres.size()) *
                    static_cast<double>(s.layers.count());
  if (size <= most && size > 0) return;
  throw input_error(s.file + ": " + group + " has axes of " + std::to_string(s.layers.count()) + " layers, " +
                    std::to_string(s.rotation.size()) + " rotations, " + std::to_string(s.translation.size()) +
                    " translations, " + std::to_string(s.channels.bins().parts()) + " sectors and " +
                    std::to_string(s.channels.centres.size()) + " channels; no sinogram is like that");
}

void require_shape(stored_sinogram const& s, std::string const& dataset) {
  std::vector<std::uint64_t> expected{s.rotation.size(), s.translation.size(), s.channels.centres.size()};
  if (!s.channels.azimuth.empty()) expected.insert(expected.begin(), s.channels.azimuth.size());
  if (!s.layers.centres.empty()) expected.insert(expected.begin(), s.layers.count());
  auto const shape = dataset_shape(s.file, dataset);
  if (shape != expected)
    throw input_error(s.file + ": " + dataset + " is " + shape_text(shape) + ", but its axes say " +
                      shape_text(expected));
}

/// Positions of entries, where the file has both of them in the sinogram's shape.
void find_positions(stored_sinogram& s) {
  if (!dataset_exists(s.file, group + "rotation_position") || !dataset_exists(s.file, group + "translation_position"))
    return;
  std::vector<std::uint64_t> expected{s.rotation.size(), s.translation.size()};
  if (!s.layers.centres.empty()) expected.insert(expected.begin(), s.layers.count());
  for (char const* name : {"rotation_position", "translation_position"})
    if (auto const shape = dataset_shape(s.file, group + name); shape != expected)
      throw input_error(s.file + ": " + group + name + " is " + shape_text(shape) + ", but the sinogram's axes say " +
                        shape_text(expected));
  s.rotation_position = read_all_numbers(s.file, group + "rotation_position");
  s.translation_position = read_all_numbers(s.file, group + "translation_position");
}

/// What a slab has of one sector: columns [column, column + count) of the slab are channels [first, …) of the sector.
struct sector_piece {
  std::optional<std::uint64_t> sector;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::uint64_t column = 0;
};

std::vector<sector_piece> pieces_of(bin_layout const& stored, frame_range channels, channel_slab const& slab) {
  bin_layout const chosen{channels.count, stored.sectors};
  std::vector<sector_piece> pieces;
  std::uint64_t column = 0;
  for (std::uint64_t part = 0; part < chosen.parts(); ++part) {
    auto const own = slabs_within({slab}, chosen.in_part(part, {0, channels.count})).front();
    if (own.count == 0) continue;
    pieces.push_back({{}, channels.first + own.first, own.count, column});
    if (stored.sectors > 0) pieces.back().sector = part;
    column += own.count;
  }
  return pieces;
}

/// Some rotations at a time, so that a slab of several sectors is not in memory twice.
void read_piece(stored_sinogram const& from, std::string const& name, std::uint64_t layer, sector_piece const& piece,
                view<float> slab) {
  constexpr std::uint64_t at_once = 16;
  auto const translations = from.translation.size();
  std::vector<float> block;
  for (std::uint64_t rotation = 0; rotation < from.rotation.size(); rotation += at_once) {
    auto const rotations = std::min(at_once, from.rotation.size() - rotation);
    std::vector<std::uint64_t> first{rotation, 0, piece.first};
    std::vector<std::uint64_t> count{rotations, translations, piece.count};
    if (piece.sector) {
      first.insert(first.begin(), *piece.sector);
      count.insert(count.begin(), 1);
    }
    if (!from.layers.centres.empty()) {
      first.insert(first.begin(), layer);
      count.insert(count.begin(), 1);
    }
    block.resize(rotations * translations * piece.count);
    read_block(from.file, group + name, first, count, block);
    for (std::uint64_t i = 0; i < rotations * translations; ++i)
      std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(i * piece.count), piece.count,
                  slab.row(rotation * translations + i).begin() + static_cast<std::ptrdiff_t>(piece.column));
  }
}

std::vector<float> read_slab(stored_sinogram const& from, std::string const& name, frame_range channels,
                             channel_slab const& slab) {
  auto const entries = from.rotation.size() * from.translation.size();
  auto const size = entries * slab.count;
  std::vector<float> values(from.layers.count() * size);
  for (std::uint64_t layer = 0; layer < from.layers.count(); ++layer)
    for (auto const& piece : pieces_of(from.channels.bins(), channels, slab))
      read_piece(from, name, layer, piece, {values.data() + layer * size, entries, slab.count});
  return values;
}

/// Entries of every layer but those that are NaN in some rank's channels.
std::vector<entry_map> find_present(stored_sinogram const& from, sinogram_slab const& mine, communicator const& ranks) {
  auto const channels = static_cast<std::size_t>(mine.slab.count);
  auto const entries = from.rotation.size() * from.translation.size();
  std::vector<std::uint64_t> missing(from.layers.count() * entries);
  for (std::size_t i = 0; i < mine.intensity.size(); ++i)
    if (std::isnan(mine.intensity[i])) missing[i / channels] = 1;
  ranks.sum(missing);
  entry_map const none{static_cast<int>(from.rotation.size()), static_cast<int>(from.translation.size()), {}};
  std::vector<entry_map> layers(from.layers.count(), none);
  for (std::size_t i = 0; i < missing.size(); ++i) layers[i / entries].present.push_back(missing[i] == 0 ? 1 : 0);
  return layers;
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
  found.layers = find_layers(file);
  found.channels = find_channels(file);
  found.channels.azimuth = find_sectors(file);
  found.errors = dataset_exists(file, group + "intensity_errors");
  found.counts = dataset_exists(file, group + "count");
  require_ascending(found.rotation, "rotation_angle", file);
  require_ascending(found.translation, "translation", file);
  require_ascending(found.channels.azimuth, "azimuth", file);
  require_ascending(found.layers.centres, "layer", file);
  require_sensible_size(found);
  require_shape(found, group + "intensity");
  if (found.errors) require_shape(found, group + "intensity_errors");
  if (found.counts) require_shape(found, group + "count");
  find_positions(found);
  return found;
}

sinogram_slab read_sinogram(stored_sinogram const& from, frame_range channels, channel_slab const& slab,
                            communicator const& ranks) {
  auto const values = from.layers.count() * from.rotation.size() * from.translation.size() * slab.count;
  require_memory(ranks, values * sizeof(float) * (1U + (from.errors ? 1U : 0U) + (from.counts ? 1U : 0U)),
                 {"the sinogram needs", "use more nodes, or fewer layers, bins, sectors or channels"});
  auto made = together(ranks, [&] {
    sinogram_slab mine;
    mine.slab = slab;
    mine.intensity = read_slab(from, "intensity", channels, slab);
    if (from.errors) mine.error = read_slab(from, "intensity_errors", channels, slab);
    if (from.counts) mine.count = read_slab(from, "count", channels, slab);
    return mine;
  });
  made.layers = find_present(from, made, ranks);
  return made;
}

}  // namespace xrdct
