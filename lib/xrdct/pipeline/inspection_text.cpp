#include "xrdct/base/progress.hpp"
#include "xrdct/pipeline/inspection.hpp"
#include "xrdct/pipeline/text_page.hpp"
#include "xrdct/scan/plan_map.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <string_view>
#include <type_traits>

namespace xrdct {
namespace {

std::string number(double value, char const* format = "%.6g") {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string plural(std::uint64_t count, std::string const& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  return number(100 * static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(1, whole)), "%.3g") +
         " %";
}

template <class Values>
std::string joined(Values const& values, std::string const& by) {
  std::string text;
  for (auto const& value : values) {
    if (!text.empty()) text += by;
    if constexpr (requires { text += value; } && !std::is_arithmetic_v<std::decay_t<decltype(value)>>)
      text += value;
    else
      text += std::to_string(value);
  }
  return text;
}

std::string form_of(frames_found const& f) {
  std::string const filters = "HDF5 filter" + std::string(f.filters.size() > 1 ? "s " : " ") + joined(f.filters, ", ");
  std::string text = f.code;
  if (f.images)
    text = "image files" + (f.code == name_of(encoding::raw) ? "" : ", " + f.code);
  else if (!f.filters.empty())
    text = f.code == name_of(encoding::raw) ? filters : f.code + ", " + filters;
  if (!f.chunk.empty()) text += ", chunks of " + joined(f.chunk, " x ");
  return text;
}

std::string size_of(frames_found const& f) {
  auto const stored = static_cast<double>(f.stored_bytes);
  auto const decoded = static_cast<double>(f.decoded_bytes);
  std::string text = bytes_text(stored) + " stored, " + bytes_text(decoded) + " decoded";
  auto const there = f.frames - f.missing;
  if (there > 0 && stored > 0)
    text += " (ratio " + number(decoded / stored, "%.3g") + "), " + bytes_text(stored / static_cast<double>(there)) +
            " a frame";
  return text;
}

std::string files_of(frames_found const& f) {
  std::string text = plural(f.files, "file");
  if (f.files > 1)
    text += ", " + f.first_file + " to " + f.last_file;
  else if (f.files == 1)
    text += ", " + f.first_file;
  if (f.absent_files == 0) return text;
  text += "; " + std::to_string(f.absent_files) + " absent: " + joined(f.some_absent, ", ");
  return text + (f.absent_files > f.some_absent.size() ? ", …" : "");
}

/// What keeps a part from being known, where it would stand.
void show_problems(inspection const& found, std::string_view part, text_page& page) {
  for (auto const& problem : found.problems)
    if (problem.part == part) page.add(problem.part, "not clear: " + problem.text);
}

/// Where the problem's text does not name them already.
void show_candidates(inspection const& found, text_page& page) {
  auto const is_said = [&](std::string const& line) {
    auto const path = "'" + line.substr(0, line.find(' ')) + "'";
    return std::ranges::any_of(found.problems,
                               [&](problem_found const& p) { return p.text.find(path) != p.text.npos; });
  };
  if (std::ranges::any_of(found.candidates, is_said)) return;
  for (auto const& one : found.candidates) page.add("candidates", one);
}

void show_frames(inspection const& found, text_page& page) {
  for (std::size_t i = 0; i < found.frames.size(); ++i) {
    auto const& f = found.frames[i];
    page.gap();
    page.add(found.frames.size() > 1 ? "input " + std::to_string(i + 1) : "frames", f.name);
    page.add("", std::to_string(f.frames) + " of " + std::to_string(f.rows) + " x " + std::to_string(f.columns) +
                     " pixels, " + f.type);
    page.add("stored", form_of(f));
    page.add("size", size_of(f));
    page.add("files", files_of(f));
    if (f.missing > 0)
      page.add("missing", std::to_string(f.missing) + " missing of " + plural(f.frames, "frame") + " (" +
                              share(f.missing, f.frames) + "): never written, or in an absent file");
  }
  show_problems(found, step_frames, page);
  show_candidates(found, page);
}

void show_numbers(inspection const& found, text_page& page) {
  page.gap();
  for (auto const& one : found.numbers) {
    page.add(one.role, !one.found.empty() ? one.found : one.problem.empty() ? "none" : "none: " + one.problem);
    for (auto const& other : one.others)
      if (one.problem.find(other) == std::string::npos) page.add(one.role, "not " + other);
  }
  for (auto const& one : found.left_out)
    page.add("left out", plural(one.frames, "frame") + ": " + one.why +
                             (one.refused ? "; reconstruct refuses such frames unless --bad-frames skip" : ""));
}

void show_plan(inspection const& found, text_page& page) {
  page.gap();
  show_problems(found, step_scan, page);
  show_problems(found, step_norms, page);
  if (!found.plan) return;
  auto const& plan = *found.plan;
  page.add("scan", plan.summary);
  if (!plan.order.empty()) page.add("order", plan.order);
  for (auto const& remark : plan.remarks) page.add("remarks", remark.text);
  auto const shown = poorest_layer(plan);
  if (plan.layers.several())
    page.add("map", "layer " + std::to_string(shown) + " of " + std::to_string(plan.layers.count()) + ", at " +
                        number(plan.layers.centres[shown]) + " " + plan.layers.unit);
  page.add_lines("map", ascii_map(plan, shown));
}

std::string place_of(geometry_found const& g) {
  std::string text = number(g.distance * 1000) + " mm from the sample";
  if (g.wavelength > 0) text += ", wavelength " + number(g.wavelength * 1e10) + " A";
  if (g.centre)
    text += ", beam at row " + number(g.centre->row, "%.2f") + " and column " + number(g.centre->column, "%.2f");
  if (g.rotations != std::array<double, 3>{})
    text += ", turned by " + number(g.rotations[0], "%.4g") + ", " + number(g.rotations[1], "%.4g") + " and " +
            number(g.rotations[2], "%.4g") + " rad";
  return text + (g.orientation != 3 ? ", orientation " + std::to_string(g.orientation) : "");
}

void show_geometry(inspection const& found, text_page& page) {
  page.gap();
  show_problems(found, step_geometry, page);
  for (std::size_t i = 0; i < found.geometry.size(); ++i) {
    auto const& g = found.geometry[i];
    page.gap();
    auto const name = found.geometry.size() > 1 ? "geometry " + std::to_string(i + 1) : "geometry";
    page.add(name, g.detector + (g.source.empty() ? ", as the input describes it" : ", by " + g.source));
    page.add(name, place_of(g));
    if (!g.taken.empty()) page.add("detector", g.taken);
    page.add("pixels", std::to_string(g.masked) + " of " + std::to_string(g.pixels) + " masked (" +
                           share(g.masked, g.pixels) + ")" +
                           (g.outside > 0 ? ", " + std::to_string(g.outside) + " outside the range" : ""));
    if (g.empty_bins > 0) page.add("empty bins", std::to_string(g.empty_bins) + ": no pixel lies in them");
  }
  if (!found.bins) return;
  auto const& bins = *found.bins;
  page.add("bins", std::to_string(bins.channels) + ", " + number(bins.lowest) + " to " + number(bins.highest) + " " +
                       bins.unit);
  if (bins.sectors > 0)
    page.add("sectors", std::to_string(bins.sectors) + ", centres at azimuths of " + number(bins.first_sector) +
                            " to " + number(bins.last_sector) + " deg");
}

std::string memory_text(memory_found const& m) {
  std::string text = bytes_text(static_cast<double>(m.this_node)) + " needed";
  if (m.ranks > 1)
    text += ", " + bytes_text(static_cast<double>(m.all_ranks)) + " by " + plural(m.ranks, "rank") + " in all";
  if (m.available == std::numeric_limits<std::uint64_t>::max()) return text;
  text += ", " + bytes_text(static_cast<double>(m.available)) + " available here";
  return text + (m.this_node > m.available ? ": too little; use more nodes, or fewer bins, sectors or channels" : "");
}

std::string disk_text(disk_found const& d) {
  auto const free = static_cast<double>(d.free);
  std::string text = bytes_text(d.result);
  if (d.free == std::numeric_limits<std::uint64_t>::max()) return text;
  return text + ", " + bytes_text(free) + " free in " + d.folder + (d.result > free ? ": too little" : "");
}

std::string time_text(double seconds) { return seconds < 10 ? number(seconds, "%.2g") + " s" : duration_text(seconds); }

std::string rate_of(frame_rate const& rate) {
  return rate_text(rate.frames) + " frames/s, " + bytes_text(rate.bytes) + "/s";
}

void show_time(time_found const& t, text_page& page) {
  std::string const ranks =
      t.ranks > 1 ? " on " + std::to_string(t.ranks) + " ranks like this one" : " on this machine";
  std::string const sample = " (on " + plural(t.reducing.measured, "frame") + ")";
  if (t.decoding_only) {
    page.add("time", "about " + time_text(t.reduce) + ranks + " to read and decode all frames, by " + t.backend);
    page.add("", "reading and decoding " + rate_of(t.reducing) + sample + "; reading alone " + rate_of(t.reading));
    return;
  }
  page.add("time", "about " + time_text(t.all()) + ranks + ", by " + t.backend);
  page.add("", "setup " + time_text(t.setup));
  page.add("", "reading and reducing " + time_text(t.reduce) + ", at " + rate_of(t.reducing) + sample +
                   "; reading alone " + rate_of(t.reading));
  if (t.tomogram > 0) page.add("", "reconstruction " + time_text(t.tomogram));
  page.add("", "not counted: writing the result");
}

void show_needs(inspection const& found, text_page& page) {
  page.gap();
  for (auto const& array : found.results)
    page.add("result", array.name + " " + joined(array.shape, " x ") + " (" + bytes_text(array.bytes()) + ")");
  if (found.bins && found.bins->sectors > 0 && found.plan)
    page.add("result", "each with " + std::to_string(found.bins->sectors) + " azimuthal sectors, which come " +
                           (found.plan->layers.several() ? "after the layers" : "first"));
  show_problems(found, "result", page);
  if (found.disk) page.add("disk", disk_text(*found.disk));
  if (found.memory) page.add("memory", memory_text(*found.memory));
  if (found.time && found.time->reducing.frames > 0) show_time(*found.time, page);
}

void show_rest(inspection const& found, text_page& page) {
  page.gap();
  for (auto const& note : found.notes) page.add("notes", note);
  for (auto const& warning : found.warnings) page.add("warnings", warning);
}

}  // namespace

std::string text_of(inspection const& found) {
  text_page page;
  show_frames(found, page);
  show_numbers(found, page);
  show_plan(found, page);
  show_geometry(found, page);
  show_needs(found, page);
  show_rest(found, page);
  return page.text();
}

}  // namespace xrdct
