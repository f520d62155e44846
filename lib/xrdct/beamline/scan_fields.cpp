#include "xrdct/beamline/scan_fields.hpp"

#include "xrdct/base/text.hpp"
#include "xrdct/beamline/scan_names.hpp"
#include "xrdct/io/find_stack.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_set>

namespace xrdct {
namespace {

using place = scan_field::place;

std::string first_component(std::string const& path) {
  auto const first = path.find_first_not_of('/');
  if (first == std::string::npos) return "";
  auto const slash = path.find('/', first);
  return slash == std::string::npos ? "" : path.substr(first, slash - first);
}

/// In an entry of BLISS everything has its place.
class bliss_entry {
 public:
  bliss_entry(number_lists& lists, frame_part const& part, std::string base)
      : lists_(lists), file_(part.file), frames_(part.frames), base_(std::move(base)) {}

  std::vector<scan_field> fields() {
    auto const instrument = lists_.names(file_, base_ + "/instrument");
    auto const positioners = lists_.names(file_, base_ + "/instrument/positioners");
    motors_.insert(positioners.begin(), positioners.end());
    for (auto const& name : lists_.names(file_, base_ + "/measurement"))
      add(name, "measurement/" + name, place::measurement);
    for (auto const& name : instrument) {
      if (name.starts_with("positioners")) continue;
      for (char const* const data : {"value", "data"}) {
        auto const before = fields_.size();
        add(name, "instrument/" + name + "/" + data, place::motor);
        if (fields_.size() == before) continue;
        if (lists_.attribute(file_, base_ + "/instrument/" + name, "NX_class") == "NXpositioner")
          fields_.back().is_motor = true;
        break;
      }
    }
    for (auto const& name : positioners) add(name, "instrument/positioners/" + name, place::positioner);
    return std::move(fields_);
  }

 private:
  void add(std::string const& name, std::string path, place where) {
    auto const shape = lists_.look(file_, base_ + "/" + path, frames_);
    if (!shape || shape->count == 0) return;
    bool const motor = motors_.contains(std::string(motor_of(name))) || motors_.contains(name);
    fields_.push_back({name, std::move(path), *shape, where, motor, false});
  }

  number_lists& lists_;
  std::string const& file_;
  std::uint64_t frames_;
  std::string base_;
  std::unordered_set<std::string> motors_;
  std::vector<scan_field> fields_;
};

/// Other files are walked through.
class nexus_walk {
 public:
  nexus_walk(number_lists& lists, frame_part const& part, std::string base)
      : lists_(lists), part_(part), base_(std::move(base)), own_(first_component(part.dataset)) {}

  std::vector<scan_field> fields() {
    walk("", place::elsewhere, 0, {});
    return std::move(fields_);
  }

 private:
  struct surroundings {
    bool detector = false, monitor = false, motor = false;
    bool numbered = false;  // Soleil: data_01, actuator_1_1 are called by their attributes
  };

  void walk(std::string const& group, place where, int depth, surroundings const& in) {
    constexpr int deepest = 8;
    if (depth > deepest) return;
    for (auto const& name : lists_.names(part_.file, base_ + "/" + group)) {
      if (is_frame_file(name)) continue;
      auto const path = group.empty() ? name : group + "/" + name;
      auto const object = hdf5::find_object(files_, part_.file, base_ + "/" + path);
      H5O_info_t info;
      constexpr std::size_t most_visited = 20'000;
      if (!object || seen_.size() > most_visited ||
          H5Oget_info_by_name2(object.file->file.id(), object.path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0)
        continue;
      bool const fresh = seen_.emplace(object.file->path, info.addr).second;
      if (info.type == H5O_TYPE_DATASET)
        add(group, name, path, where, in);
      else if (fresh && info.type == H5O_TYPE_GROUP && !is_other_entry(path, depth))
        walk(path, place_of(name, where), depth + 1, enter(path, name, in));
    }
  }

  static bool is_frame_file(std::string const& name) {
    return name.size() == 11 && name.starts_with("data_") && name.find_first_not_of("0123456789", 5) == name.npos;
  }

  bool is_other_entry(std::string const& path, int depth) {
    if (depth > 0 || !base_.empty() || path == own_) return false;
    return parse_scan_entry(path) || lists_.attribute(part_.file, "/" + path, "NX_class") == "NXentry";
  }

  static place place_of(std::string const& group, place outer) {
    if (group.find("sample") != group.npos) return place::sample;
    if (group == "measurement") return place::measurement;
    if (outer != place::elsewhere) return outer;
    if (group == "data" || group == "scan_data" || group == "exchange") return place::data;
    return place::elsewhere;
  }

  surroundings enter(std::string const& path, std::string const& name, surroundings in) {
    auto const nx_class = lists_.attribute(part_.file, base_ + "/" + path, "NX_class");
    if (nx_class == "NXdetector" || (nx_class.empty() && name.starts_with("detector"))) in.detector = true;
    if (name == "NDAttributes") in.detector = false;  // of areaDetector: readings of motors and counters
    in.monitor = nx_class == "NXmonitor";
    if (nx_class == "NXpositioner" || nx_class == "NXtransformations" || nx_class == "NXgoniometer") in.motor = true;
    in.numbered = name == "scan_data";
    return in;
  }

  void add(std::string const& group, std::string const& name, std::string const& path, place where,
           surroundings const& in) {
    if (in.detector && name != "image_key") return;
    auto const shape = lists_.look(part_.file, base_ + "/" + path, part_.frames);
    if (!shape || shape->count == 0 || shape->count / 4 > part_.frames) return;
    auto called = name_of_field(group, name);
    if (in.numbered) called = name_by_attributes(path, name);
    fields_.push_back({called, path, *shape, where, in.motor || (where == place::sample && !in.monitor), in.monitor});
  }

  /// …/omega/value is the omega, monitor1/data the monitor1.
  static std::string name_of_field(std::string const& group, std::string const& name) {
    for (std::string_view const plain : {"value", "data", "position", "raw_value", "readback", "values"})
      if (name == plain && !group.empty()) {
        auto const parent = group.substr(group.rfind('/') + 1);  // npos + 1 is 0
        if (parent != "data" && parent != "scan_data" && parent != "measurement") return parent;
      }
    return name;
  }

  /// "i13-c-cx1/ex/tomo-rz/position" is the rz where that is a usual name.
  std::string name_by_attributes(std::string const& path, std::string const& name) {
    for (char const* const attribute : {"alias", "long_name"}) {
      auto const text = lists_.attribute(part_.file, base_ + "/" + path, attribute);
      if (text.empty()) continue;
      std::vector<std::string> words{""};
      for (auto const c : text) {
        if (std::string_view("/.- ").find(c) != std::string_view::npos)
          words.emplace_back();
        else
          words.back() += c;
      }
      std::erase_if(words, [](std::string const& w) { return w.empty() || w == "position" || w == "raw_value"; });
      if (!words.empty()) return words.back();
    }
    return name;
  }

  number_lists& lists_;
  frame_part const& part_;
  std::string base_, own_;
  hdf5::file_cache files_;
  std::set<std::pair<std::string, haddr_t>> seen_;
  std::vector<scan_field> fields_;
};

}  // namespace

std::vector<std::string> bases_of(std::vector<frame_part> const& parts) {
  std::map<std::string, std::set<std::string>> groups;  // of a file, with frames
  for (auto const& part : parts) groups[part.file].insert(first_component(part.dataset));
  std::vector<std::string> bases;
  for (auto const& part : parts) {
    auto const entry = first_component(part.dataset);
    bool const is_own = parse_scan_entry(entry) || groups[part.file].size() > 1;
    bases.push_back(is_own && !entry.empty() ? "/" + entry : "");
  }
  return bases;
}

std::vector<scan_field> fields_of(number_lists& lists, frame_part const& part, std::string const& base) {
  if (parse_scan_entry(std::string_view(base).substr(base.empty() ? 0 : 1)))
    return bliss_entry(lists, part, base).fields();
  return nexus_walk(lists, part, base).fields();
}

}  // namespace xrdct
