#include "xrdct/io/find_stack.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_dataset.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/stack_builder.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_set>
#include <utility>

namespace xrdct {
namespace {

struct member {
  std::string name;
  bool hard = false;
};

herr_t note_member(hid_t /*group*/, char const* name, H5L_info_t const* info, void* into) {
  static_cast<std::vector<member>*>(into)->push_back({name, info->type == H5L_TYPE_HARD});
  return 0;
}

/// A group as it is walked through.
struct place {
  std::shared_ptr<hdf5::input_file> file;
  std::string path;   // in that file
  std::string shown;  // from the file that was asked for
  int depth = 0;
  std::optional<std::string> entry_path;  // below a scan entry of BLISS
};

/// Walks a file through links of all kinds and notes what can be a stack of frames.
class explorer {
 public:
  explicit explorer(std::string file) : file_(std::move(file)) {}

  std::vector<stack_candidate> explore(std::vector<stack_candidate>* of_other_types) {
    auto const root = hdf5::need_object(files_, file_, "/");
    walk({root.file, "", "", 0, std::nullopt});
    if (of_other_types != nullptr) *of_other_types = std::move(of_other_types_);
    return std::move(candidates_);
  }

 private:
  /// Whether there was nothing below that a later look could find to be frames.
  bool walk(place const& at) {
    constexpr int deepest = 24;
    if (at.depth > deepest) return false;
    auto members = members_of(at);
    auto const numbered = note_data_members(at, members);
    bool dull = !members.empty();
    bool measured = false;
    for (auto const& one : members) {
      if (numbered.contains(one.name)) {
        dull = false;
        continue;
      }
      bool const entry_level = at.entry_path && at.entry_path->empty();
      if (entry_level && measured && one.name == "instrument") continue;  // the same frames under other names
      auto const before = candidates_.size();
      dull = visit(at, one) && dull;
      measured = measured || (one.name == "measurement" && candidates_.size() > before);
    }
    return dull;
  }

  std::vector<member> members_of(place const& at) {
    std::vector<member> members;
    auto const path = at.path.empty() ? std::string("/") : at.path;
    hdf5::handle const group(H5Gopen2(at.file->file.id(), path.c_str(), H5P_DEFAULT), H5Gclose);
    if (!group) return members;
    H5Literate(group.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, note_member, &members);
    std::stable_partition(members.begin(), members.end(), [](member const& m) { return m.name == "measurement"; });
    return members;
  }

  bool visit(place const& parent, member const& one) {
    auto const entry_path = path_in_entry(parent, one.name);
    if (entry_path && dull_.contains(*entry_path)) return true;
    place at{parent.file, parent.path + "/" + one.name, parent.shown + "/" + one.name, parent.depth + 1, entry_path};
    if (!one.hard) {
      auto const object = hdf5::find_object(files_, at.file->path, at.path);
      if (!object) return false;
      at.file = object.file;
      at.path = object.path;
    }
    H5O_info_t info;
    if (H5Oget_info_by_name2(at.file->file.id(), at.path.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0) return false;
    count_visit();
    if (!seen_.emplace(at.file->path, info.addr).second) return false;
    if (info.type != H5O_TYPE_DATASET && info.type != H5O_TYPE_GROUP) return true;
    bool const dull = info.type == H5O_TYPE_DATASET ? !note(at, at.shown) : walk(at);
    constexpr std::size_t most_remembered = 100'000;
    if (dull && entry_path && at.depth > 2 && dull_.size() < most_remembered) dull_.insert(*entry_path);
    return dull;
  }

  static std::optional<std::string> path_in_entry(place const& parent, std::string const& name) {
    if (parent.entry_path) return *parent.entry_path + "/" + name;
    if (parent.depth == 0 && parse_scan_entry(name)) return "";
    return std::nullopt;
  }

  void count_visit() {
    constexpr std::size_t most_visited = 200'000;
    if (++visited_ > most_visited)
      throw input_error("'" + file_ + "' holds more than " + std::to_string(most_visited) +
                        " objects: they are too many to look for the frames among; name them with --dataset");
  }

  /// data_000001 and so on are one stack.
  std::set<std::string> note_data_members(place const& at, std::vector<member> const& members) {
    std::vector<std::string> names;
    for (auto const& one : members) names.push_back(one.name);
    auto const numbered = data_members(names);
    for (auto const& name : numbered) {
      count_visit();
      auto const object = hdf5::find_object(files_, at.file->path, at.path + "/" + name);
      if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) continue;
      auto const before = candidates_.size();
      note({object.file, object.path, at.shown, at.depth, std::nullopt},
           at.shown.empty() ? at.shown + "/" + name : at.shown);
      if (candidates_.size() > before) break;
    }
    return {numbered.begin(), numbered.end()};
  }

  /// Whether a dataset is a stack, or may become one.
  bool note(place const& at, std::string const& shown) {
    hdf5::handle const dataset(H5Dopen2(at.file->file.id(), at.path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset) return true;
    hdf5::handle const space(H5Dget_space(dataset.id()), H5Sclose);
    if (!space) return true;
    auto const rank = H5Sget_simple_extent_ndims(space.id());
    if (rank < 2 || rank > hdf5::highest_frame_rank) return false;
    hdf5::handle const type(H5Dget_type(dataset.id()), H5Tclose);
    pixel_type pixel{};
    if (!type) return false;
    std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
    constexpr hsize_t most = hsize_t(1) << 31;
    auto const is_edge = [](hsize_t n) { return n >= 2 && n <= most; };
    bool const shaped = is_edge(extent.back()) && is_edge(extent[extent.size() - 2]);
    bool const fits = hdf5::pixel_type_of(type.id(), pixel);
    bool const number = H5Tget_class(type.id()) == H5T_INTEGER || H5Tget_class(type.id()) == H5T_FLOAT;
    if (shaped && fits) candidates_.push_back({shown, extent});
    if (shaped && !fits && number && rank > 2) of_other_types_.push_back({shown, extent});
    return fits;
  }

  std::string file_;
  hdf5::file_cache files_;
  std::set<std::pair<std::string, haddr_t>> seen_;
  std::unordered_set<std::string> dull_;  // paths in scan entries where there are no frames
  std::size_t visited_ = 0;
  std::vector<stack_candidate> candidates_, of_other_types_;
};

bool all_digits(std::string_view text, std::uint64_t& number) {
  auto const parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace

std::optional<scan_entry> parse_scan_entry(std::string_view name) {
  auto const point = name.rfind('.');
  if (point == std::string_view::npos || point == 0) return std::nullopt;
  auto const last = name.substr(0, point).find_last_not_of("0123456789");
  auto const first = last == std::string_view::npos ? 0 : last + 1;
  scan_entry entry;
  entry.prefix = name.substr(0, first);
  if (!entry.prefix.empty() && !entry.prefix.ends_with('_')) return std::nullopt;
  if (!all_digits(name.substr(first, point - first), entry.number) || !all_digits(name.substr(point + 1), entry.part))
    return std::nullopt;
  return entry;
}

std::vector<stack_candidate> stack_candidates(std::string const& file, std::vector<stack_candidate>* of_other_types) {
  return explorer(file).explore(of_other_types);
}

std::string list_of(std::vector<stack_candidate> const& candidates) {
  constexpr std::size_t most = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, candidates.size()); ++i)
    list += (i > 0 ? ", '" : "'") + candidates[i].path + "' " + hdf5::text_of(candidates[i].extent);
  if (candidates.size() > most) list += ", …";
  return list;
}

std::string find_stack(std::string const& file) {
  auto all = stack_candidates(file);
  std::erase_if(all, [](stack_candidate const& c) { return c.is_empty(); });
  if (all.empty())
    throw input_error("'" + file +
                      "' holds no dataset of frames ([frames][rows][columns], such with more axes before the rows, or "
                      "[rows][columns]); name one with --dataset");
  if (std::any_of(all.begin(), all.end(), [](stack_candidate const& c) { return c.is_stack(); }))
    std::erase_if(all, [](stack_candidate const& c) { return !c.is_stack(); });
  hsize_t largest = 0;
  for (auto const& c : all) largest = std::max(largest, c.pixels());
  std::erase_if(all, [&](stack_candidate const& c) { return c.pixels() < largest; });
  if (all.size() == 1) return all.front().path;
  throw input_error("'" + file + "' holds " + std::to_string(all.size()) +
                    " datasets that may be the frames; choose one with --dataset: " + list_of(all));
}

}  // namespace xrdct
