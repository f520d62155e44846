#include "xrdct/pipeline/result_layout.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <map>
#include <string>
#include <utility>

namespace xrdct {
namespace {

using texts = std::vector<std::string>;
using extent = std::vector<std::uint64_t>;

constexpr char const* errors_suffix = "_errors";
constexpr char const* sector_axis = "azimuth";
constexpr char const* layer_name = "layer";

/// An NXdata group with its signal and axes; `axes` in the order of dimensions.
void data_group(nexus_file& file, std::string const& path, texts const& axes) {
  file.group(path, "NXdata");
  file.attribute(path, "signal", std::string("intensity"));
  file.attribute(path, "axes", axes);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::array const index{static_cast<std::int64_t>(i)};
    file.attribute(path, axes[i] + "_indices", std::span<std::int64_t const>(index));
  }
}

void axis(nexus_file& file, std::string const& group, std::string const& name, std::vector<double> const& values,
          std::string const& unit) {
  file.array(group + "/" + name, values, unit);
}

void intensity(nexus_file& file, std::string const& group, extent const& shape, std::string const& unit, bool errors) {
  file.lay_out(group + "/intensity", shape);
  file.attribute(group + "/intensity", "units", unit);
  if (!errors) return;
  file.lay_out(group + "/intensity" + errors_suffix, shape);
  file.attribute(group + "/intensity" + errors_suffix, "units", unit);
}

/// An axis of sectors goes before place `at` of others, where there are any.
void add_sectors(nexus_file& file, std::string const& group, channel_axis const& channels, std::ptrdiff_t at,
                 extent& shape) {
  if (channels.azimuth.empty()) return;
  axis(file, group, sector_axis, channels.azimuth, "deg");
  shape.insert(shape.begin() + at, channels.azimuth.size());
}

/// The names of all axes, the channels' last.
texts axes_of(channel_axis const& channels, texts others, std::ptrdiff_t at) {
  if (!channels.azimuth.empty()) others.insert(others.begin() + at, sector_axis);
  others.push_back(channels.name);
  return others;
}

/// An axis of layers goes before all others, where there are several.
void add_layers(nexus_file& file, std::string const& group, layer_axis const& layers, extent& shape) {
  if (!layers.several()) return;
  axis(file, group, layer_name, layers.centres, layers.unit);
  shape.insert(shape.begin(), layers.count());
}

texts with_layers(layer_axis const& layers, texts axes) {
  if (layers.several()) axes.insert(axes.begin(), layer_name);
  return axes;
}

constexpr char const* pattern_unit = "counts";

/// The distinct sources of a stack, in the order of its frames, and which of them each frame comes from.
class frame_sources {
 public:
  texts files;
  texts datasets;
  std::vector<std::int32_t> source;
  std::vector<std::uint64_t> index;

  explicit frame_sources(frame_stack const& stack) {
    source.reserve(stack.frames);
    index.reserve(stack.frames);
    for (auto const& part : stack.segments) {
      std::int32_t which = -1;
      std::uint64_t const run = part.image ? part.images_a_file : part.count;  // frames of one source
      for (std::uint64_t i = 0; i < part.count; ++i) {
        if (i % run == 0) which = source_number(place_of(stack, part, part.first + i), part.image);
        source.push_back(which);
        index.push_back(part.image ? i % run : part.source_first + i);
      }
    }
  }

 private:
  /// Image files are too many to be looked up, and seldom named twice.
  std::int32_t source_number(frame_place const& of, bool is_image) {
    auto const next = static_cast<std::int32_t>(files.size());
    if (!is_image)
      if (auto const [at, fresh] = known_.try_emplace({of.file, of.dataset}, next); !fresh) return at->second;
    files.push_back(of.file);
    datasets.push_back(of.dataset);
    return next;
  }
  std::map<std::pair<std::string, std::string>, std::int32_t> known_;
};

void write_status(nexus_file& file, std::string const& path, std::vector<frame_status> const& status) {
  std::vector<std::uint8_t> codes;
  for (auto const s : status) codes.push_back(static_cast<std::uint8_t>(s));
  file.array(path, codes);
  texts meaning;
  for (auto code = 0; code <= static_cast<int>(last_frame_status); ++code)
    meaning.push_back(std::to_string(code).append(" ").append(describe(static_cast<frame_status>(code))));
  file.attribute(path, "codes", meaning);
}

/// Every option once, under its name with underscores; values of one that was given several times in lines.
void write_options(nexus_file& file, job const& what) {
  file.group("/entry/process/options", "NXcollection");
  std::vector<std::pair<std::string, std::string>> merged;
  for (auto const& [name, value] : what.options) {
    auto const known =
        std::find_if(merged.begin(), merged.end(), [&wanted = name](auto const& o) { return o.first == wanted; });
    if (known == merged.end())
      merged.emplace_back(name, value);
    else
      known->second += "\n" + value;
  }
  for (auto [name, value] : merged) {
    std::replace(name.begin(), name.end(), '-', '_');  // no name of NeXus has a dash
    file.text("/entry/process/options/" + name, value);
  }
}

/// Where the frames of a detector lie.
void write_sources(nexus_file& file, std::string const& group, frame_stack const& stack) {
  frame_sources const from(stack);
  file.texts(group + "/source_files", from.files);
  file.texts(group + "/source_datasets", from.datasets);
  file.array(group + "/source", from.source);
  file.attribute(group + "/source", "meaning", std::string("which of source_files and source_datasets, from 0"));
  file.array(group + "/source_index", from.index);
  file.attribute(group + "/source_index", "meaning", std::string("the frame's index in its source dataset, from 0"));
}

/// Of several detectors, those after the first have groups of their own.
std::string detector_group(std::string const& group, std::size_t which) {
  return which == 0 ? group : group + "/detector_" + std::to_string(which + 1);
}

void write_detector(nexus_file& file, std::string const& group, detector_input const& detector) {
  file.text(group + "/poni", detector.poni_text);
  if (!detector.description.empty()) file.text(group + "/detector_description", detector.description);
  auto const& format = detector.stack.format;
  extent const shape{static_cast<std::uint64_t>(format.rows), static_cast<std::uint64_t>(format.columns)};
  auto mask = detector.pixels.mask;
  mask.resize(format.pixels());
  file.array<std::uint8_t>(group + "/mask", mask, shape);
}

/// The time now, as ISO 8601 has it.
std::string now() {
  auto const seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

channel_axis channel_axis_of(job const& what, measurement const& m) {
  auto const unit = what.geometry.integration.unit;
  return {std::string(axis_name(unit)), std::string(nexus_unit(unit)), m.radial, m.azimuthal};
}

void lay_out_entry(nexus_file& file, std::string const& shown, std::string const& title) {
  file.attribute("/", "NX_class", std::string("NXroot"));
  file.attribute("/", "default", std::string("entry"));
  file.attribute("/", "creator", std::string("xrdct"));
  file.group("/entry", "NXentry");
  file.attribute("/entry", "default", shown);
  file.text("/entry/title", title);
}

void lay_out_sinogram(nexus_file& file, scan_plan const& scan, channel_axis const& channels, bool errors) {
  std::string const group = "/entry/sinogram";
  data_group(file, group, with_layers(scan.layers, axes_of(channels, {"rotation_angle", "translation"}, 0)));
  axis(file, group, "rotation_angle", scan.rotation, "deg");
  axis(file, group, "translation", scan.translation, scan.translation_unit);
  axis(file, group, channels.name, channels.centres, channels.unit);
  extent shape{scan.rotation.size(), scan.translation.size(), channels.centres.size()};
  add_sectors(file, group, channels, 0, shape);
  add_layers(file, group, scan.layers, shape);
  intensity(file, group, shape, pattern_unit, errors);
  file.lay_out(group + "/normalization", shape);
  file.lay_out(group + "/count", shape);
  if (scan.rotation_position.empty()) return;
  extent entries{scan.rotation.size(), scan.translation.size()};
  if (scan.layers.several()) entries.insert(entries.begin(), scan.layers.count());
  file.array<double>(group + "/rotation_position", scan.rotation_position, entries, "deg");
  file.array<double>(group + "/translation_position", scan.translation_position, entries, scan.translation_unit);
}

void lay_out_tomogram(nexus_file& file, tomogram_plan const& plan, std::string const& translation_unit,
                      channel_axis const& channels, bool errors) {
  std::string const group = "/entry/tomogram";
  data_group(file, group, with_layers(plan.layers, axes_of(channels, {"y", "x"}, 0)));
  axis(file, group, "y", plan.pixel_positions(), translation_unit);
  axis(file, group, "x", plan.pixel_positions(), translation_unit);
  auto const first = channels.centres.begin() + static_cast<std::ptrdiff_t>(plan.channels.first);
  axis(file, group, channels.name, {first, first + static_cast<std::ptrdiff_t>(plan.channels.count)}, channels.unit);
  auto const size = static_cast<std::uint64_t>(plan.geometry.size);
  extent shape{size, size, plan.channels.count};
  add_sectors(file, group, channels, 0, shape);
  add_layers(file, group, plan.layers, shape);
  bool const iterates = iterative(plan.solver.algorithm);
  intensity(file, group, shape, "intensity per step of path", errors && !iterates);
  file.text(group + "/algorithm", std::string(name_of(plan.solver.algorithm)));
  if (iterates)
    file.text(group + "/objective", objective_of(plan.solver));
  else
    file.text(group + "/filter", std::string(name_of(plan.filter)));
  file.text(group + "/convention", std::string(name_of(plan.convention)));
}

void lay_out_patterns(nexus_file& file, std::uint64_t frames, channel_axis const& channels, bool errors) {
  std::string const group = "/entry/patterns";
  data_group(file, group, axes_of(channels, {"frame"}, 1));
  std::vector<std::int64_t> numbers(frames);
  for (std::uint64_t i = 0; i < frames; ++i) numbers[i] = static_cast<std::int64_t>(i);
  file.array(group + "/frame", numbers);
  axis(file, group, channels.name, channels.centres, channels.unit);
  extent shape{frames, channels.centres.size()};
  add_sectors(file, group, channels, 1, shape);
  intensity(file, group, shape, pattern_unit, errors);
  for (char const* name : {"sum_signal", "sum_variance", "sum_normalization", "count"})
    file.lay_out(group + "/" + name, shape);
}

void write_frames(nexus_file& file, measurement const& m, frame_records const& records) {
  std::string const group = "/entry/frames";
  file.group(group, "NXcollection");
  write_status(file, group + "/status", records.status);
  write_sources(file, group, m.stack());
  if (m.has_scan()) {
    file.array(group + "/rotation", m.positions.rotation, "deg");
    file.array(group + "/translation", m.positions.translation, m.positions.translation_unit);
    if (!m.positions.layer.empty()) file.array(group + "/layer", m.positions.layer, m.positions.layer_unit);
    file.array(group + "/sinogram_entry", m.scan.entry);
    std::string const rotation = "rotation index";
    file.attribute(group + "/sinogram_entry", "meaning",
                   (m.scan.layers.several() ? "(layer index x number of rotations + rotation index)" : rotation) +
                       " x number of translations + translation index; -1: none");
  }
  if (!m.monitor.empty()) file.array(group + "/monitor", m.monitor);
  file.array(group + "/raw_sum", records.raw_sum);
  file.array(group + "/saturated", records.saturated);
  if (m.detectors.size() == 1) return;
  file.array(group + "/cause", records.cause);
  file.attribute(group + "/cause", "meaning",
                 std::string("the input, from 1, that a frame is missing from or bad "
                             "in; 0: none"));
  for (std::size_t i = 1; i < m.detectors.size(); ++i) {
    file.group(detector_group(group, i), "NXcollection");
    write_sources(file, detector_group(group, i), m.detectors[i].stack);
  }
}

void write_process(nexus_file& file, job const& what, run_record const& run, measurement const* m) {
  std::string const group = "/entry/process";
  file.group(group, "NXprocess");
  file.text(group + "/program", "xrdct");
  file.text(group + "/version", XRDCT_VERSION);
  file.text(group + "/date", now());
  file.text(group + "/command_line", what.command_line);
  write_options(file, what);
  file.integer(group + "/ranks", run.ranks());
  file.texts(group + "/devices", run.devices());
  file.group(group + "/seconds", "NXcollection");
  file.group(group + "/by_rank", "NXcollection");
  file.group(group + "/by_rank/seconds", "NXcollection");
  for (auto const& [stage, seconds] : run.stages()) file.number(group + "/seconds/" + stage, seconds, "s");
  file.array(group + "/by_rank/memory", run.memory(), "B");
  if (!run.frames().empty()) file.array(group + "/by_rank/frames", run.frames());
  for (auto const& [stage, seconds] : run.own()) file.array(group + "/by_rank/seconds/" + stage, seconds, "s");
  if (m == nullptr) return;
  for (std::size_t i = 0; i < m->detectors.size(); ++i) {
    if (i > 0) file.group(detector_group(group, i), "NXcollection");
    write_detector(file, detector_group(group, i), m->detectors[i]);
  }
  if (!m->chosen.empty()) file.text(group + "/chosen", m->chosen);
  if (!m->monitor.empty()) file.number(group + "/monitor_reference", m->monitor_reference);
}

void write_attempts(nexus_file& file, checkpoints const& kept, std::uint64_t reduced, int ranks) {
  auto all = kept.earlier();
  all.push_back({kept.attempt(), static_cast<std::uint64_t>(ranks), reduced, 0, 0});
  auto const column = [&](auto member) {
    std::vector<std::uint64_t> values;
    for (auto const& one : all) values.push_back(one.*member);
    return values;
  };
  std::string const group = "/entry/process/attempts";
  file.group(group, "NXcollection");
  file.array(group + "/number", column(&attempt_record::number));
  file.array(group + "/ranks", column(&attempt_record::ranks));
  file.array(group + "/reduced", column(&attempt_record::reduced));
  file.array(group + "/kept", column(&attempt_record::kept));
  file.text("/entry/process/run", std::to_string(kept.run()));
}

}  // namespace xrdct
