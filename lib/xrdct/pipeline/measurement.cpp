#include "xrdct/pipeline/measurement.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/beamline/choose_frames.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/input_files.hpp"
#include "xrdct/io/source_paths.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/detector_geometry.hpp"
#include "xrdct/pipeline/frame_norms.hpp"
#include "xrdct/pipeline/frame_values.hpp"
#include "xrdct/pipeline/mean_frame.hpp"
#include "xrdct/pipeline/output_file.hpp"
#include "xrdct/pipeline/pixel_images.hpp"
#include "xrdct/pipeline/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <set>

namespace xrdct {
namespace {

/// The files of frames that are missing, as far as links name them; empty where none is.
std::string absent_files(frame_stack const& stack) {
  std::set<std::string> absent;
  std::string first;
  for (auto const& segment : stack.segments) {
    std::error_code ignored;
    if (segment.present || segment.image || std::filesystem::exists(segment.file, ignored)) continue;
    if (first.empty()) first = segment.file;
    absent.insert(segment.file);
  }
  if (absent.empty()) return "";
  return ", as " + (absent.size() == 1 ? "" : std::to_string(absent.size()) + " files do not exist, such as ") + "'" +
         first + "'" + (absent.size() == 1 ? " does not exist" : "") + hdf5::advice_for_absent;
}

/// How the frames are stored, as far as the device is concerned.
std::string form_of(frame_stack const& stack) {
  if (stack.of_images()) return "image file";
  auto const& format = stack.format;
  auto const whole = [&](std::uint64_t bytes) { return bytes == 0 || bytes == format.bytes(); };
  bool const plain = std::ranges::all_of(stack.stored_bytes, whole);
  return format.code == encoding::raw && !plain ? "decoded as they are read" : std::string(name_of(format.code));
}

/// One line about the frames; none of them there is an error.
void tell_stack(frame_stack const& stack) {
  auto const& format = stack.format;
  auto const missing =
      static_cast<std::uint64_t>(std::count(stack.stored_bytes.begin(), stack.stored_bytes.end(), std::uint64_t{0}));
  log_info("frames: " + stack.name + ", " + std::to_string(stack.frames) + " of " + std::to_string(format.rows) +
           " x " + std::to_string(format.columns) + " " + std::string(name_of(format.type)) + ", " + form_of(stack) +
           (missing > 0 ? ", " + std::to_string(missing) + " of them missing" + absent_files(stack) : ""));
  if (missing == stack.frames)
    throw input_error(stack.name + ": none of its " + std::to_string(stack.frames) +
                      " frames is there: they were never written, or the files they are linked to are absent");
}

void warn_of_unused_paths() {
  for (auto const& path : hdf5::unused_moved_paths())
    log_warning("--source-path " + path.from + "=" + path.to + ": no link leads to anything below " + path.from);
}

/// The files that words stand for; the words themselves have been looked at before.
void refuse_sources_as_output(frame_stack const& stack, job const& what) {
  auto const at = what.output.rfind('/');
  auto const name = at == std::string::npos ? what.output : what.output.substr(at + 1);
  if (name.empty()) return;
  for (std::uint64_t i = 0; i < stack.files.size(); ++i)
    if (auto const file = stack.files[i]; file.ends_with(name)) refuse_as_output(file, what);
  for (auto const& segment : stack.segments)
    if (segment.file.ends_with(name)) refuse_as_output(segment.file, what);
}

void open_detectors(measurement& m, job const& what) {
  for (std::size_t i = 0; i < count_detectors(what); ++i) {
    auto stack = open_input(what, i);
    auto const& added = m.detectors.emplace_back().stack = std::move(stack);
    refuse_sources_as_output(added, what);
    tell_stack(added);
    if (added.frames != m.frames())
      throw input_error(m.stack().name + " has " + std::to_string(m.frames()) + " frames, but " + added.name + " has " +
                        std::to_string(added.frames) +
                        ": frames of the same number are added up, so all inputs need as many");
  }
}

/// What the files already say of every frame: it is missing where one detector has none.
std::vector<frame_status> known_status(measurement const& m) {
  std::vector<frame_status> status(m.frames(), frame_status::ok);
  for (auto const& detector : m.detectors)
    for (std::uint64_t i = 0; i < m.frames(); ++i)
      if (detector.stack.stored_bytes[i] == 0) status[i] = frame_status::missing;
  return status;
}

/// What is to be read for each frame.
std::vector<std::uint64_t> stored_bytes(measurement const& m) {
  std::vector<std::uint64_t> sum(m.frames());
  for (auto const& detector : m.detectors)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += detector.stack.stored_bytes[i];
  return sum;
}

/// Flats are left out, unless they show air.
bool is_air(air_options const& air, std::uint64_t frame) {
  return air.flat || std::ranges::any_of(air.frames, [frame](frame_range const& range) {
           return frame >= range.first && frame - range.first < range.count;
         });
}

/// NXtomo files say which frames are none of the scan. Darks among them serve as the dark image.
void exclude_frames(measurement& m, frame_values& values, job const& what) {
  auto const keys = values.image_keys();
  std::array<std::uint64_t, 4> counts{}, left_out{};
  for (std::uint64_t i = 0; i < keys.size(); ++i) {
    ++counts.at(static_cast<std::size_t>(keys[i]));
    if (keys[i] == 1 && what.geometry.air.flat) m.flat_frames.push_back(i);
    if (keys[i] == 0 || (keys[i] == 1 && is_air(what.geometry.air, i))) continue;
    if (keys[i] == 2 && m.status[i] == frame_status::ok) m.dark_frames.push_back(i);
    m.status[i] = frame_status::excluded;
    ++left_out.at(static_cast<std::size_t>(keys[i]));
  }
  if (counts[0] == keys.size()) return;
  if (counts[0] == 0) throw input_error(m.stack().name + ": by its image_key none of its frames is of the scan");
  if (!what.input.darks.empty()) m.dark_frames.clear();
  log_info("image_key: " + std::to_string(counts[0]) + " frames of the scan; left out " + std::to_string(left_out[1]) +
           " flats, " + std::to_string(left_out[2]) + " darks, " + std::to_string(left_out[3]) + " invalid" +
           (m.dark_frames.empty() ? "" : "; the mean of the darks is subtracted"));
}

/// Frames that are none of the scan are wherever the sample was out of the way.
scan_positions positions_of_scan(measurement const& m) {
  auto positions = m.positions;
  for (std::uint64_t i = 0; i < m.frames(); ++i)
    if (m.status[i] == frame_status::excluded && i < positions.rotation.size())
      positions.rotation[i] = std::numeric_limits<double>::quiet_NaN();
  return positions;
}

void plan_scan(measurement& m, frame_values& values, job const& what) {
  m.air = plan_air(what.geometry.air, m.frames(), m.flat_frames);
  m.positions = values.positions(m.air);
  m.no_scan = values.no_scan();
  if (m.positions.rotation.empty()) {
    if (m.air.any()) log_warning("--air: no positions are given, so there is no sinogram to subtract air from");
    return;
  }
  m.scan = plan_without_air(positions_of_scan(m), m.air, what.scan.plan);
  tell_scan(m.scan);
  if (m.air.any()) log_info("air: " + describe(m.air) + " show no sample, and are subtracted from the sinogram");
  auto const is_air = shows_air(m.air, m.scan, m.frames());
  for (std::uint64_t i = 0; i < m.frames(); ++i) {
    if (m.scan.entry[i] >= 0 || is_air[i] != 0 || m.status[i] != frame_status::ok) continue;
    auto const& odd = values.oddities();
    if (!what.run.skip_bad_frames)
      refuse_frame(m.stack(), i,
                   std::string(describe(frame_status::bad_position)) + (odd.empty() ? "" : " (" + odd.front() + ")"));
    m.status[i] = frame_status::bad_position;
  }
}

/// The geometry of every detector, in the shape of its frames.
std::vector<poni> read_geometries(measurement& m, std::vector<detector_description> const& described, job const& what) {
  std::vector<poni> geometries;
  for (std::size_t i = 0; i < m.detectors.size(); ++i) {
    auto& detector = m.detectors[i];
    auto& geometry = geometries.emplace_back(geometry_for(what, detector.stack, described[i], i));
    refuse_as_output(geometry.detector.file, what);
    detector.poni_text = geometry.text;
    detector.geometry = geometry;
    detector.description = tell_taken(what, described[i], i);
    if (!detector.description.empty()) log_info("detector: " + detector.description);
  }
  return geometries;
}

/// Several detectors share their axes and are weighed by absolute solid angles, as in pyFAI's multi_geometry.py.
integration_options share_axes(measurement& m, std::vector<poni> const& geometries, job const& what) {
  auto options = what.geometry.integration;
  if (geometries.size() == 1) return options;
  if (!options.radial_range) options.radial_range = radial_range_of_centres(geometries, options);
  if (options.azimuth_bins && !options.azimuth_range) options.azimuth_range = azimuth_range_of_centres(geometries);
  if (!what.geometry.solid_angle) return options;
  for (std::size_t i = 0; i < geometries.size(); ++i) {
    auto const& g = geometries[i];
    if (!(g.detector.pixel1 > 0 && g.detector.pixel2 > 0))
      throw input_error("the detector '" + g.detector.name + "' of " + what.geometry.ponis[i] +
                        " has no pixel_size, by which several detectors are weighed: add it to the detector's file, or "
                        "give --no-solid-angle");
    m.detectors[i].weight = g.detector.pixel1 * g.detector.pixel2 / (g.distance * g.distance);
  }
  return options;
}

/// Of a mask that excludes nearly all, the meaning of 0 may be taken for the other.
void check_pixels(detector_input const& detector) {
  auto const& mask = detector.pixels.mask;
  auto const& norm = detector.pixels.norm;
  auto const masked = static_cast<std::size_t>(std::ranges::count_if(mask, [](auto v) { return v != 0; }));
  if (masked * 100 > mask.size() * 95 && masked < mask.size())
    log_warning(detector.stack.name + ": masks exclude " + std::to_string(masked) + " of " +
                std::to_string(mask.size()) + " pixels: what is not 0 in a mask excludes; is one inverted?");
  if (!norm.empty() && std::ranges::none_of(norm, [](float v) { return std::isfinite(v) && v != 0; }))
    throw input_error(detector.stack.name +
                      ": the flat field or the absorption image is 0 or no number in every pixel, so none is left; "
                      "correct --flat or --absorption");
}

/// Channels at the ends of the axis that no pixel of any detector reaches, where the axis was asked for.
void tell_empty_ends(measurement const& m, job const& what) {
  auto const channels = m.radial.size();
  if (!what.geometry.integration.radial_range || channels == 0) return;
  std::vector<bool> has(channels);
  for (auto const& detector : m.detectors)
    for (auto const bin : detector.matrix.bin) has[bin % channels] = true;
  auto const first = static_cast<std::size_t>(std::find(has.begin(), has.end(), true) - has.begin());
  if (first == channels) return;
  auto const end = static_cast<std::size_t>(has.rend() - std::find(has.rbegin(), has.rend(), true));
  auto const empty = first + (channels - end);
  constexpr std::size_t tenth = 10;  // a beamstop may well hide the beginning
  if (empty * tenth < channels) return;
  std::array<char, 128> seen{};
  std::snprintf(seen.data(), seen.size(), "%.6g to %.6g %s", m.radial[first], m.radial[end - 1],
                std::string(name_of(what.geometry.integration.unit)).c_str());
  log_warning(std::to_string(empty) + " of " + std::to_string(channels) +
              " channels of --radial-range hold nothing: pixels that are not masked reach from " + seen.data());
}

void use_geometry(measurement& m, job const& what) {
  std::vector<detector_description> described;
  for (auto const& detector : m.detectors) described.push_back(describe_for(what, detector.stack));
  auto const geometries = read_geometries(m, described, what);
  m.integration = share_axes(m, geometries, what);
  for (std::size_t i = 0; i < geometries.size(); ++i) {
    auto& detector = m.detectors[i];
    detector.pixels = read_corrections(what, geometries[i], described[i], i, detector.stack.format.type);
    if (!m.dark_frames.empty() && detector.pixels.dark.empty())
      detector.pixels.dark = mean_of_frames(detector.stack, m.dark_frames);
    check_pixels(detector);
    auto made = make_integration(geometries[i], m.integration, detector.pixels.mask, threads_to_set_up(what.run));
    m.radial = std::move(made.radial);
    m.azimuthal = std::move(made.azimuthal);
    detector.matrix = std::move(made.matrix);
    if (detector.matrix.entries() == 0)
      log_warning(detector.stack.name + ": no pixel that is not masked lies in the radial and azimuthal range: " +
                  (geometries.size() == 1 ? "patterns are empty" : "it adds nothing"));
  }
  tell_empty_ends(m, what);
}

}  // namespace

void require_pairs(job const& what) {
  auto const inputs = what.input.files.size();
  auto const ponis = what.geometry.ponis.size();
  if (ponis > 1 && inputs != ponis)
    throw usage_error(std::to_string(inputs) + (inputs == 1 ? " input" : " inputs") + ", but --poni is given " +
                      std::to_string(ponis) +
                      " times: give one --poni for each input, in the same order, or one for all inputs if these are "
                      "one series of frames");
}

std::size_t missing_from(measurement const& m, std::uint64_t frame) {
  for (std::size_t i = 0; i < m.detectors.size(); ++i)
    if (m.detectors[i].stack.stored_bytes[frame] == 0) return i;
  return 0;
}

frame_stack open_input(job const& what, std::size_t detector) {
  auto const& words = what.input.files;
  bool const one_each = count_detectors(what) > 1;
  auto const own = one_each ? std::vector{words.at(detector)} : words;
  auto stack =
      open_series(own, what.input.dataset, what.input.verify, [](std::string const& file, std::string const& name) {
        auto const choice = choose_frames(file, name);
        for (auto const& line : choice.left_out) log_info("passed over: " + line);
        return choice.datasets;
      });
  // Readers decode what is not in the encoding that the stack says.
  if (what.run.pool_of_readers && stack.format.code == encoding::byte_offset) stack.format.code = encoding::raw;
  return stack;
}

measurement examine(job const& what, int ranks) {
  return examine(what, ranks, [](std::string_view, std::function<void()> const& work) {
    work();
    return true;
  });
}

measurement examine(job const& what, int ranks, step_runner const& run) {
  measurement m;
  bool const has_frames = run(step_frames, [&] {
    require_pairs(what);
    check_image_files(what.input, count_detectors(what));
    open_detectors(m, what);
  });
  if (!has_frames) return m;
  m.status = known_status(m);
  frame_values values(what, m.stack());
  run(step_scan, [&] {
    exclude_frames(m, values, what);
    plan_scan(m, values, what);
  });
  run(step_norms, [&] {
    use_monitor(m, values, what);
    use_transmission(m, values, what);
    use_exposure(m, values, what);
    check_norms(m, what);
  });
  m.numbers = values.report();
  m.chosen = values.chosen();
  log_info("chosen: " + m.chosen);
  for (auto const& line : values.oddities()) log_warning(line);
  run(step_geometry, [&] { use_geometry(m, what); });
  warn_of_unused_paths();
  m.slices = partition(stored_bytes(m), ranks);
  return m;
}

std::string frame_name(frame_stack const& stack, std::uint64_t frame) {
  auto const& segment = segment_of(stack, frame);
  auto const part = place_of(stack, segment, frame);
  auto const source = part.dataset.empty() ? part.file : part.file + "::" + part.dataset;
  if (segment.image && stack.frames == 1) return source;
  std::string name = "frame " + std::to_string(frame) + " of " + stack.name;
  if (segment.image && segment.images_a_file == 1) return name + " (" + source + ")";
  if (source != stack.name || part.index != frame)
    name += " (frame " + std::to_string(part.index) + " of " + source + ")";
  return name;
}

void refuse_frame(frame_stack const& stack, std::uint64_t frame, std::string const& why) {
  throw input_error(frame_name(stack, frame) + ": " + why + "; --bad-frames skip leaves such frames out");
}

}  // namespace xrdct
