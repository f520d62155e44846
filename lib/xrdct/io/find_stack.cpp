#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_dataset.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/stack_builder.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace xrdct {
namespace {

using hdf5::found_object;

struct candidate {
  std::string path;  // as seen from the file that was asked for
  std::vector<hsize_t> extent;

  bool is_stack() const { return extent.size() == 3; }
  hsize_t pixels() const { return extent[extent.size() - 2] * extent.back(); }
};

/// Walks a file through links of all kinds and notes what can be a stack of frames.
class explorer {
 public:
  explicit explorer(std::string file) : file_(std::move(file)) {}

  std::vector<candidate> explore() {
    hdf5::need_object(files_, file_, "/");
    visit("", 0);
    return std::move(candidates_);
  }

 private:
  void visit(std::string const& path, int depth) {
    constexpr int deepest = 24;
    auto const object = hdf5::find_object(files_, file_, path);
    if (!object || depth > deepest || !fresh(object)) return;
    hid_t const file = object.file->file.id();
    if (hdf5::type_at(file, object.path) == H5O_TYPE_DATASET) return note(path, path, object);
    auto const names = hdf5::names_in(file, object.path);
    auto const members = data_members(names);
    note_group(path, members);
    for (auto const& name : names)
      if (std::find(members.begin(), members.end(), name) == members.end()) visit(path + "/" + name, depth + 1);
  }

  /// Whether an object is seen for the first time: links make loops, and one dataset has many names.
  bool fresh(found_object const& object) {
    H5O_info_t info;
    if (H5Oget_info_by_name1(object.file->file.id(), object.path.c_str(), &info, H5P_DEFAULT) < 0) return false;
    return seen_.emplace(object.file->path, info.addr).second;
  }

  /// data_000001 and so on are one stack.
  void note_group(std::string const& path, std::vector<std::string> const& members) {
    auto const before = candidates_.size();
    for (auto const& name : members) {
      auto const object = hdf5::find_object(files_, file_, path + "/" + name);
      if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) continue;
      note(path, path + "/" + name, object);
      if (candidates_.size() > before) return;
    }
  }

  void note(std::string const& path, std::string const& dataset_path, found_object const& object) {
    hdf5::handle const dataset(H5Dopen2(object.file->file.id(), object.path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset) return;
    hdf5::handle const type(H5Dget_type(dataset.id()), H5Tclose);
    hdf5::handle const space(H5Dget_space(dataset.id()), H5Sclose);
    pixel_type pixel{};
    if (!type || !space || !hdf5::pixel_type_of(type.id(), pixel)) return;
    auto const rank = H5Sget_simple_extent_ndims(space.id());
    if (rank != 2 && rank != 3) return;
    std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
    constexpr hsize_t most = hsize_t(1) << 31;
    auto const is_edge = [](hsize_t n) { return n >= 2 && n <= most; };
    if (extent[0] == 0 || !is_edge(extent.back()) || !is_edge(extent[extent.size() - 2])) return;
    candidates_.push_back({path.empty() ? dataset_path : path, extent});
  }

  std::string file_;
  hdf5::file_cache files_;
  std::set<std::pair<std::string, haddr_t>> seen_;
  std::vector<candidate> candidates_;
};

}  // namespace

std::string find_stack(std::string const& file) {
  auto all = explorer(file).explore();
  if (all.empty())
    throw input_error(
        "'" + file +
        "' holds no dataset of frames ([frames][rows][columns] or [rows][columns]); name one with --dataset");
  if (std::any_of(all.begin(), all.end(), [](candidate const& c) { return c.is_stack(); }))
    std::erase_if(all, [](candidate const& c) { return !c.is_stack(); });
  hsize_t largest = 0;
  for (auto const& c : all) largest = std::max(largest, c.pixels());
  std::erase_if(all, [&](candidate const& c) { return c.pixels() < largest; });
  if (all.size() == 1) return all.front().path;
  constexpr std::size_t most = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i)
    list += (i > 0 ? ", '" : "'") + all[i].path + "' " + hdf5::text_of(all[i].extent);
  if (all.size() > most) list += ", …";
  throw input_error("'" + file + "' holds " + std::to_string(all.size()) +
                    " datasets that may be the frames; choose one with --dataset: " + list);
}

}  // namespace xrdct
