#include "xrdct/pipeline/measurement.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/pipeline/frame_values.hpp"
#include "xrdct/pipeline/pixel_images.hpp"

#include <algorithm>

namespace xrdct {
namespace {

/// One line about the frames; none of them there is an error.
void tell_stack(frame_stack const& stack) {
  auto const& format = stack.format;
  auto const missing =
      static_cast<std::uint64_t>(std::count(stack.stored_bytes.begin(), stack.stored_bytes.end(), std::uint64_t{0}));
  log_info("frames: " + stack.name + ", " + std::to_string(stack.frames) + " of " + std::to_string(format.rows) +
           " x " + std::to_string(format.columns) + " " + std::string(name_of(format.type)) + ", " +
           std::string(name_of(format.code)) +
           (missing > 0 ? ", " + std::to_string(missing) + " of them missing" : ""));
  if (missing == stack.frames)
    throw input_error(stack.name + ": none of its " + std::to_string(stack.frames) +
                      " frames is there: they were never written, or the files they are linked to are absent");
}

/// What the files already say of every frame.
std::vector<frame_status> known_status(frame_stack const& stack) {
  std::vector<frame_status> status(stack.frames, frame_status::ok);
  for (std::uint64_t i = 0; i < stack.frames; ++i)
    if (stack.stored_bytes[i] == 0) status[i] = frame_status::missing;
  return status;
}

void plan_scan(measurement& m, job const& what) {
  m.positions = read_positions(what.scan, what.input, m.stack);
  if (m.positions.rotation.empty()) return;
  m.scan = make_plan(m.positions, what.scan.plan);
  log_info("scan: " + m.scan.summary);
  for (std::uint64_t i = 0; i < m.stack.frames; ++i) {
    if (m.scan.entry[i] >= 0 || m.status[i] == frame_status::missing) continue;
    if (!what.run.skip_bad_frames) refuse_frame(m.stack, i, std::string(describe(frame_status::bad_position)));
    m.status[i] = frame_status::bad_position;
  }
}

void use_geometry(measurement& m, job const& what) {
  if (what.geometry.poni.empty()) throw usage_error("a geometry is needed: give the PONI file with --poni");
  auto geometry = read_poni(what.geometry.poni);
  fit_shape(geometry, m.stack.format.rows, m.stack.format.columns);
  m.poni_text = geometry.text;
  m.pixels = read_corrections(what, geometry);
  auto made = make_integration(geometry, what.geometry.integration, m.pixels.mask);
  m.radial = std::move(made.radial);
  m.matrix = std::move(made.matrix);
}

}  // namespace

frame_stack open_input(input_options const& input) {
  auto [file, dataset] = split_file_dataset(input.file);
  if (!input.dataset.empty()) dataset = input.dataset;
  if (dataset.empty()) dataset = find_stack(file);
  return open_stack(file, dataset);
}

measurement examine(job const& what, int ranks) {
  measurement m;
  m.stack = open_input(what.input);
  tell_stack(m.stack);
  m.status = known_status(m.stack);
  plan_scan(m, what);
  use_monitor(m, what);
  use_geometry(m, what);
  m.slices = partition(m.stack.stored_bytes, ranks);
  return m;
}

std::string frame_name(frame_stack const& stack, std::uint64_t frame) {
  auto const& part = segment_of(stack, frame);
  auto const source = part.file + "::" + part.dataset;
  std::string name = "frame " + std::to_string(frame) + " of " + stack.name;
  auto const index = part.source_first + (frame - part.first);
  if (source != stack.name || index != frame) name += " (frame " + std::to_string(index) + " of " + source + ")";
  return name;
}

void refuse_frame(frame_stack const& stack, std::uint64_t frame, std::string const& why) {
  throw input_error(frame_name(stack, frame) + ": " + why + "; --bad-frames skip leaves such frames out");
}

}  // namespace xrdct
