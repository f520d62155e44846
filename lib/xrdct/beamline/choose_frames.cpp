#include "xrdct/beamline/choose_frames.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/beamline/number_lists.hpp"
#include "xrdct/beamline/path_pattern.hpp"
#include "xrdct/beamline/scan_names.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/find_stack.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace xrdct {
namespace {

std::string plural(std::size_t count, std::string const& one, std::string const& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// "/3.1/measurement/eiger" in parts: "3.1", and "measurement/eiger".
std::pair<std::string, std::string> split_entry(std::string const& path) {
  auto const first = path.find_first_not_of('/');
  if (first == std::string::npos) return {};
  auto const slash = std::min(path.find('/', first), path.size());
  return {path.substr(first, slash - first), path.substr(std::min(slash + 1, path.size()))};
}

/// Frames in one entry of BLISS.
struct entry_frames {
  stack_candidate stack;
  std::string name;  // of the entry
  scan_entry number;
  std::string rest;              // of the path
  std::set<std::string> motors;  // that were scanned

  /// The detector's name: BLISS links the data of instrument/DETECTOR/data as measurement/DETECTOR.
  std::string detector() const {
    auto const parts = split_entry("/" + rest);
    return parts.first == "instrument" ? split_entry("/" + parts.second).first : parts.second;
  }
};

/// What makes entries one scan.
struct kind {
  std::string detector, prefix;
  std::uint64_t part = 0;
  hsize_t rows = 0, columns = 0;
  bool images = false;
  std::set<std::string> motors;

  auto operator<=>(kind const&) const = default;
};

kind kind_of(entry_frames const& one) {
  auto const& extent = one.stack.extent;
  return {one.detector(), one.number.prefix,     one.number.part, extent[extent.size() - 2],
          extent.back(),  !one.stack.is_stack(), one.motors};
}

/// The motors among the names in the measurement of an entry: those that have a position, or are called like one.
std::set<std::string> scanned_motors(hdf5::file_cache& files, std::string const& file, std::string const& entry) {
  std::set<std::string> motors;
  auto const measurement = hdf5::find_object(files, file, "/" + entry + "/measurement");
  if (!measurement) return motors;
  auto const positioners = hdf5::find_object(files, file, "/" + entry + "/instrument/positioners");
  auto const has_position = [&](std::string const& name) {
    return positioners &&
           H5Lexists(positioners.file->file.id(), (positioners.path + "/" + name).c_str(), H5P_DEFAULT) > 0;
  };
  auto const is_usual = [](std::string const& name) {
    for (auto const role : {scan_role::rotation, scan_role::translation, scan_role::layer})
      if (usual_rank(role, name)) return true;
    return false;
  };
  for (auto const& name : hdf5::names_in(measurement.file->file.id(), measurement.path)) {
    if (name == "epoch" || name == "elapsed_time") continue;  // of every scan
    std::string const motor(motor_of(name));
    if (is_usual(name) || has_position(motor)) motors.insert(motor);
  }
  return motors;
}

/// "/[3-9].1/…" would say the same shorter, but is not needed to be understood.
std::string way_to_name(std::vector<entry_frames const*> const& entries) {
  constexpr std::size_t most = 4;
  if (entries.size() > most) return entries.front()->stack.path + " … " + entries.back()->stack.path;
  std::string text;
  for (auto const* const one : entries) text += (text.empty() ? "" : ",") + one->stack.path;
  return text;
}

std::string describe(std::string const& file, kind const& what, std::vector<entry_frames const*> const& entries) {
  hsize_t frames = 0;
  for (auto const* const one : entries) frames += one->stack.frames();
  std::string motors;
  for (auto const& name : what.motors) motors += (motors.empty() ? "" : ", ") + name;
  std::string text = "'" + way_to_name(entries) + "' (" + plural(entries.size(), "entry", "entries") + ", " +
                     plural(frames, "frame", "frames") + " of " + std::to_string(what.rows) + " x " +
                     std::to_string(what.columns) +
                     (motors.empty() ? ", no motor scanned" : ", " + motors + " scanned");
  constexpr std::size_t longest = 60;
  auto title = read_text(file, "/" + entries.front()->name + "/title").substr(0, longest);
  std::ranges::replace_if(
      title, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text + (title.empty() ? ")" : "; '" + title + "')");
}

[[noreturn]] void refuse_kinds(std::string const& file, std::map<kind, std::vector<entry_frames const*>> const& kinds) {
  constexpr std::size_t most = 6;
  std::vector<std::pair<kind, std::vector<entry_frames const*>>> sorted(kinds.begin(), kinds.end());
  std::ranges::stable_sort(sorted, [](auto const& a, auto const& b) { return a.second.size() > b.second.size(); });
  std::string list;
  for (std::size_t i = 0; i < std::min(most, sorted.size()); ++i)
    list += (i > 0 ? ", " : "") + describe(file, sorted[i].first, sorted[i].second);
  if (sorted.size() > most) list += ", …";
  throw input_error("'" + file + "' holds " + std::to_string(kinds.size()) +
                    " kinds of entries with frames, which may not belong to one scan; choose with --dataset, as in "
                    "--dataset '/*.1/measurement/NAME' or '/[3-9].1/measurement/NAME': " +
                    list);
}

/// Of one entry only the largest images count: fluorescence spectra are stacks as well. Returns the others.
std::vector<stack_candidate> keep_largest(std::vector<stack_candidate>& all) {
  hsize_t largest = 0;
  for (auto const& c : all) largest = std::max(largest, c.pixels());
  auto const smaller =
      std::ranges::stable_partition(all, [&](stack_candidate const& c) { return c.pixels() == largest; });
  std::vector<stack_candidate> others(smaller.begin(), smaller.end());
  all.erase(smaller.begin(), smaller.end());
  return others;
}

/// One line for what has the same name in several entries: a scan may have a thousand.
void tell_smaller(std::vector<stack_candidate> const& others, std::vector<std::string>& left_out) {
  std::map<std::string, std::vector<stack_candidate const*>> by_name;
  for (auto const& c : others) by_name[split_entry(c.path).second].push_back(&c);
  for (auto const& [name, same] : by_name) {
    auto const& first = *same.front();
    left_out.push_back(
        "'" + first.path + "' " + hdf5::text_of(first.extent) +
        (same.size() > 1 ? " and its like in " + plural(same.size() - 1, "entry", "entries") + " more" : "") + ", as " +
        (same.size() > 1 ? "their" : "its") + " images are smaller");
  }
}

std::vector<entry_frames> largest_of_entries(std::string const& file, std::vector<stack_candidate> const& all,
                                             std::vector<std::string>& left_out) {
  std::map<std::string, std::vector<stack_candidate>> by_entry;
  for (auto const& c : all) by_entry[split_entry(c.path).first].push_back(c);
  std::vector<entry_frames> entries;
  std::vector<stack_candidate> smaller;
  hdf5::file_cache files;
  for (auto& [name, stacks] : by_entry) {
    std::ranges::move(keep_largest(stacks), std::back_inserter(smaller));
    auto const motors = scanned_motors(files, file, name);
    for (auto const& stack : stacks)
      entries.push_back(
          {stack, name, parse_scan_entry(name).value_or(scan_entry()), split_entry(stack.path).second, motors});
  }
  std::ranges::stable_sort(smaller, {},
                           [](stack_candidate const& c) { return parse_scan_entry(split_entry(c.path).first); });
  tell_smaller(smaller, left_out);
  std::ranges::sort(entries, [](entry_frames const& a, entry_frames const& b) {
    return std::tie(a.number, a.stack.path) < std::tie(b.number, b.stack.path);
  });
  return entries;
}

frame_choice choose_entries(std::string const& file, std::vector<stack_candidate> const& all) {
  frame_choice choice;
  auto const entries = largest_of_entries(file, all, choice.left_out);
  std::map<kind, std::vector<entry_frames const*>> kinds;
  for (auto const& one : entries) kinds[kind_of(one)].push_back(&one);
  if (kinds.size() > 1) refuse_kinds(file, kinds);
  for (auto const& one : entries) choice.datasets.push_back(one.stack.path);
  choice.reason = entries.size() == 1 ? "the only frames" : "all entries, of one kind";
  return choice;
}

/// Whether a detector's bare name is meant.
bool is_named(stack_candidate const& c, std::string const& name) {
  return ("/" + c.path + "/").find("/" + name + "/") != std::string::npos;
}

frame_choice choose_by_convention(std::string const& file, std::string const& detector) {
  std::vector<stack_candidate> of_other_types;
  auto all = stack_candidates(file, &of_other_types);
  auto const before = all;
  if (!detector.empty()) std::erase_if(all, [&](stack_candidate const& c) { return !is_named(c, detector); });
  std::vector<std::string> empty;
  std::erase_if(all, [&](stack_candidate const& c) {
    if (c.is_empty()) empty.push_back("'" + c.path + "', as it holds no frame");
    return c.is_empty();
  });
  if (all.empty() && !detector.empty())
    throw input_error("'" + file + "' holds no frames called '" + detector + "'" +
                      (before.empty() ? "" : "; it has " + list_of(before)));
  if (all.empty())
    throw input_error("'" + file +
                      "' holds no dataset of frames ([frames][rows][columns] or [rows][columns]); name one with "
                      "--dataset" +
                      (empty.empty() ? "" : "; passed over: " + empty.front()) +
                      (of_other_types.empty() ? "" : "; not of pixels, by their type: " + list_of(of_other_types)));
  if (std::ranges::any_of(all, &stack_candidate::is_stack))
    std::erase_if(all, [](stack_candidate const& c) { return !c.is_stack(); });
  bool const bliss = std::ranges::all_of(
      all, [](stack_candidate const& c) { return parse_scan_entry(split_entry(c.path).first).has_value(); });
  frame_choice choice;
  if (bliss) {
    choice = choose_entries(file, all);
  } else {
    tell_smaller(keep_largest(all), choice.left_out);
    if (all.size() > 1)
      throw input_error("'" + file + "' holds " + std::to_string(all.size()) +
                        " datasets that may be the frames; choose one with --dataset: " + list_of(all));
    choice.datasets = {all.front().path};
    choice.reason = choice.left_out.empty() ? "the only frames" : "the largest images";
  }
  choice.left_out.insert(choice.left_out.end(), empty.begin(), empty.end());
  return choice;
}

/// Those that a pattern names and that have frames.
frame_choice choose_matching(std::string const& file, std::string const& pattern) {
  frame_choice choice{expand_path(file, pattern), "given by --dataset", {}};
  if (choice.datasets.empty()) {
    auto const object = hdf5::open_input(file);
    throw input_error("'" + file + "' has no dataset that '" + pattern + "' stands for; it holds " +
                      hdf5::near_names(hdf5::names_in(object->file.id(), "/"), split_entry(pattern).first));
  }
  if (choice.datasets.size() == 1) return choice;
  number_lists datasets;
  std::erase_if(choice.datasets, [&](std::string const& path) {
    auto const extent = datasets.extent(file, path);
    bool const empty = extent.size() > 2 && std::ranges::find(extent, hsize_t(0)) != extent.end();
    if (empty) choice.left_out.push_back("'" + path + "', as it holds no frame");
    return empty;
  });
  if (choice.datasets.empty())
    throw input_error("'" + file + "': none of what '" + pattern + "' stands for holds a frame");
  return choice;
}

}  // namespace

std::string frame_choice::text() const {
  if (datasets.size() == 1) return datasets.front();
  return datasets.front() + " to " + datasets.back() + " (" + std::to_string(datasets.size()) + " entries)";
}

frame_choice choose_frames(std::string const& file, std::string const& dataset) {
  if (dataset.empty()) return choose_by_convention(file, "");
  if (is_pattern(dataset)) return choose_matching(file, dataset);
  if (dataset.find('/') != std::string::npos || dataset_exists(file, dataset)) return {{dataset}, "given", {}};
  auto const root = hdf5::open_input(file);
  if (H5Lexists(root->file.id(), dataset.c_str(), H5P_DEFAULT) > 0) return {{dataset}, "given", {}};
  return choose_by_convention(file, dataset);
}

}  // namespace xrdct
