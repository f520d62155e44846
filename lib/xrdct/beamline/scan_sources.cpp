#include "xrdct/beamline/scan_sources.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/beamline/path_pattern.hpp"
#include "xrdct/io/find_stack.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

namespace xrdct {
namespace {

std::string text_of(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string range_text(value_range const& range, std::string const& unit) {
  if (!std::isfinite(range.lowest)) return "no numbers";
  std::string text = text_of(range.lowest);
  if (range.width() > 0) text += " to " + text_of(range.highest);
  return unit.empty() ? text : text + " " + unit;
}

std::string plural(std::uint64_t count, std::string const& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

}  // namespace

std::string scan_source::text() const { return name + " ('" + path + "', " + range_text(range, unit) + "), " + reason; }

std::string scan_source::oddity() const {
  std::string text;
  auto const part = [&](std::uint64_t count) {
    return how.parts() == 1 ? std::string() : " in " + std::to_string(count) + " of " + plural(how.parts(), "part");
  };
  if (how.more > 0) text = "more values than frames" + part(how.more) + ", of which the first are taken";
  if (how.fewer + how.absent > 0)
    text += (text.empty() ? "" : "; ") + std::string("fewer values than frames") + part(how.fewer + how.absent) +
            ", so that " + plural(how.without, "frame") + " at the end " + (how.without == 1 ? "has" : "have") +
            " none";
  return text.empty() ? text : path + " has " + text + " (first: " + how.first_odd + ")";
}

std::string source_candidate::text() const { return name + " (" + range_text(range, unit) + ")"; }

scan_sources::scan_sources(std::vector<frame_part> parts) : parts_(std::move(parts)), bases_(bases_of(parts_)) {
  for (auto const& part : parts_) frames_ += part.frames;
}

std::vector<scan_field> const& scan_sources::fields() {
  if (!fields_) fields_ = fields_of(lists_, parts_.front(), bases_.front());
  return *fields_;
}

std::vector<std::string> scan_sources::paths_of(scan_field const& field) const {
  std::vector<std::string> paths;
  for (auto const& base : bases_) paths.push_back(base + "/" + field.path);
  return paths;
}

/// "/3.1/measurement/rot" of several entries as "/*.1/measurement/rot".
std::string scan_sources::shown_path(std::string const& path) const {
  auto const& base = bases_.front();
  if (base == bases_.back() || !path.starts_with(base)) return path;
  auto const entry = parse_scan_entry(std::string_view(base).substr(1));
  return (entry ? "/" + entry->prefix + "*." + std::to_string(entry->part) : "/*") + path.substr(base.size());
}

scan_source scan_sources::gather(scan_field const& field, std::string reason) {
  auto const paths = paths_of(field);
  auto found = values_of(lists_, parts_, paths);
  scan_source source{field.name, shown_path(paths.front()), std::move(reason), std::move(found.values), found.unit,
                     {},         std::move(found.how)};
  source.range = range_of(source.values);
  return source;
}

std::vector<int> scan_sources::image_keys() {
  for (auto const& field : fields()) {
    if (field.name != "image_key" || field.shape.count != parts_.front().frames) continue;
    auto const source = gather(field, "");
    if (source.how.exact != parts_.size()) continue;
    std::vector<int> keys;
    for (auto const v : source.values) keys.push_back(v >= 0 && v <= 3 ? static_cast<int>(v) : 3);
    return keys;
  }
  return {};
}

std::optional<scan_source> scan_sources::named(std::string const& option, std::string const& word, std::string& why) {
  if (lists_.look(parts_.front().file, word, frames_by_path())) return by_path(option, word, why);
  if (is_pattern(word)) return by_pattern(word, why);
  return word.find('/') == std::string::npos ? by_name(word, why) : by_path(option, word, why);
}

bool scan_sources::in_one_file() const {
  return std::ranges::all_of(parts_, [&](frame_part const& p) { return p.file == parts_.front().file; });
}

/// A path stands for one list of all frames, or in several files for one in each.
std::uint64_t scan_sources::frames_by_path() const { return in_one_file() ? frames_ : parts_.front().frames; }

/// Of fields of one name the one that stands where it means most, and has one value a frame.
std::optional<scan_source> scan_sources::by_name(std::string const& word, std::string& why) {
  scan_field const* best = nullptr;
  auto const better = [&](scan_field const& a, scan_field const& b) {
    auto const fits = [&](scan_field const& f) { return f.shape.count == parts_.front().frames; };
    return std::tuple(fits(a), b.where) > std::tuple(fits(b), a.where);
  };
  auto const is_dataset = [&](scan_field const& f) { return f.path == word || f.path.ends_with("/" + word); };
  for (auto const& field : fields())
    if (field.name == word && (best == nullptr || better(field, *best))) best = &field;
  if (best == nullptr)  // called otherwise by its attributes
    for (auto const& field : fields())
      if (is_dataset(field) && (best == nullptr || better(field, *best))) best = &field;
  if (best != nullptr) {
    auto source = gather(*best, "given");
    if (source.how.absent == 0) return source;
    throw input_error("'" + word + "' is not in all " + plural(parts_.size(), "part") +
                      " of the scan: " + source.how.first_odd);
  }
  std::vector<std::string> names;
  for (auto const& field : fields()) names.push_back(field.name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  why = "nothing beside the frames of " + parts_.front().file + " is called '" + word + "'" +
        (names.empty() ? "" : "; there are " + hdf5::near_names(names, word));
  return std::nullopt;
}

std::optional<scan_source> scan_sources::by_path(std::string const& option, std::string const& word, std::string& why) {
  auto const& file = parts_.front().file;
  if (!lists_.look(file, word, frames_by_path())) {
    hdf5::file_cache files;
    auto const object = hdf5::find_object(files, file, word);
    why = object ? "'" + word + "' in '" + file + "' is no list of one number a frame" : object.reason;
    return std::nullopt;
  }
  bool const one_file = in_one_file();
  std::vector<frame_part> parts = parts_;
  if (one_file) parts = {{file, parts_.front().dataset, frames_}};
  std::vector<std::string> const paths(parts.size(), word);
  auto found = values_of(lists_, parts, paths);
  scan_source source{word, word, "given", std::move(found.values), found.unit, {}, std::move(found.how)};
  source.range = range_of(source.values);
  if (source.how.exact == parts.size()) return source;
  if (source.how.single == parts.size() && parts.size() > 1) return source;  // one value a file
  auto const shape = lists_.look(file, word, frames_by_path());
  throw input_error(
      file + "::" + word + " has " + plural(shape ? shape->count : 0, "value") + ", but there are " +
      plural(frames_by_path(), "frame") + (one_file ? "" : " in that file") + ": " + option +
      " needs one value a frame" +
      (parts_.size() > 1 && one_file && !bases_.front().empty()
           ? "; of several entries name it as '" + shown_path(bases_.front() + "/") + "…', or by its last name alone"
           : ""));
}

std::optional<scan_source> scan_sources::by_pattern(std::string const& word, std::string& why) {
  std::map<std::string, std::vector<std::string>> found;  // by file
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    auto const [at, fresh] = found.try_emplace(parts_[i].file);
    if (fresh) at->second = expand_path(parts_[i].file, word);
    std::vector<std::string> own;
    for (auto const& path : at->second)
      if (path.starts_with(bases_[i] + "/") && lists_.look(parts_[i].file, path, parts_[i].frames)) own.push_back(path);
    if (own.size() > 1)
      throw input_error("'" + word + "' stands for " + plural(own.size(), "list") + " beside " + parts_[i].file +
                        "::" + parts_[i].dataset + ", of which one is needed: '" + own[0] + "', '" + own[1] + "'" +
                        (own.size() > 2 ? ", …" : ""));
    if (own.empty()) {
      why = "'" + word + "' stands for nothing beside " + parts_[i].file + "::" + parts_[i].dataset;
      return std::nullopt;
    }
    paths.push_back(own.front());
  }
  auto values = values_of(lists_, parts_, paths);
  scan_source source{word, word, "given", std::move(values.values), values.unit, {}, std::move(values.how)};
  source.range = range_of(source.values);
  return source;
}

}  // namespace xrdct
