#include "xrdct/beamline/detector_group.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace xrdct {
namespace {

using hdf5::found_object;

/// What only the description of an area detector has. (A counter is an NXdetector, too.)
constexpr std::array<std::string_view, 11> telling{"pixel_mask",
                                                   "x_pixel_size",
                                                   "y_pixel_size",
                                                   "detectorSpecific",
                                                   "detector_distance",
                                                   "beam_center_x",
                                                   "flatfield",
                                                   "saturation_value",
                                                   "detector_information",
                                                   "bit_depth_image",
                                                   "countrate_correction_count_cutoff"};

class detector_finder {
 public:
  detector_finder(hdf5::file_cache& files, std::string const& file, std::string const& dataset, int rows, int columns)
      : files_(files),
        file_(file),
        dataset_(dataset),
        rows_(static_cast<hsize_t>(rows)),
        columns_(static_cast<hsize_t>(columns)) {}

  std::optional<group_place> find() {
    frames_ = hdf5::find_object(files_, file_, dataset_);
    if (auto const found = find_around(file_, dataset_)) return found;
    if (!frames_ || (frames_.file->path == file_ && frames_.path == dataset_)) return {};
    return find_around(frames_.file->path, frames_.path);
  }

 private:
  static std::string parent(std::string const& path) {
    auto const slash = path.find_last_of('/');
    return slash == path.npos ? "" : path.substr(0, slash);
  }

  std::vector<std::string> names(std::string const& file, std::string const& group) {
    auto const object = hdf5::find_object(files_, file, group);
    if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_GROUP) return {};
    return hdf5::names_in(object.file->file.id(), object.path);
  }

  static bool tells(std::vector<std::string> const& names) {
    return std::any_of(names.begin(), names.end(), [](std::string const& name) {
      return std::find(telling.begin(), telling.end(), name) != telling.end();
    });
  }

  bool is_of_class(std::string const& file, std::string const& path, std::string_view name) {
    auto const object = hdf5::find_object(files_, file, path);
    return object && hdf5::text_attribute(object.file->file.id(), object.path, "NX_class") == name;
  }

  /// From the dataset's group outwards, as far as a detector that has the dataset or one that says something.
  std::optional<group_place> find_around(std::string const& file, std::string const& dataset) {
    std::string path = dataset;
    while (path.ends_with('/')) path.pop_back();
    while (!path.empty()) {
      path = parent(path);
      if (tells(names(file, path))) return group_place{file, path};
      auto const all = detectors_under(file, path);
      auto const holding = of(all, [&](auto const& group) { return holds(file, group); });
      auto found = of(holding.empty() ? all : holding, [&](auto const& group) { return tells(names(file, group)); });
      if (found.size() > 1)
        if (auto fit = of(found, [&](auto const& group) { return has_shape(file, group); }); !fit.empty()) found = fit;
      if (found.size() > 1) refuse(file, found);
      if (found.size() == 1) return group_place{file, found.front()};
      if (!holding.empty()) return {};
    }
    return {};
  }

  template <class Condition>
  static std::vector<std::string> of(std::vector<std::string> const& all, Condition const& condition) {
    std::vector<std::string> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some), condition);
    return some;
  }

  /// Those among a group's members, and in its instruments.
  std::vector<std::string> detectors_under(std::string const& file, std::string const& group) {
    std::vector<std::string> found;
    add_detectors(file, group, found);
    for (auto const& name : names(file, group)) {
      auto const path = group + "/" + name;
      if (name == "instrument" || is_of_class(file, path, "NXinstrument")) add_detectors(file, path, found);
    }
    return found;
  }

  void add_detectors(std::string const& file, std::string const& group, std::vector<std::string>& found) {
    for (auto const& name : names(file, group)) {
      auto const path = group + "/" + name;
      bool const is_detector = name == "detector" || is_of_class(file, path, "NXdetector");
      if (is_detector) found.push_back(path);
    }
  }

  /// Whether a member of the group is the dataset of the frames.
  bool holds(std::string const& file, std::string const& group) {
    if (!frames_) return false;
    auto const all = names(file, group);
    return std::any_of(all.begin(), all.end(), [&](auto const& name) {
      auto const member = hdf5::find_object(files_, file, group + "/" + name);
      return member && member.file->path == frames_.file->path && is_same(member);
    });
  }

  bool is_same(found_object const& member) const {
    H5O_info_t one;
    H5O_info_t other;
    return H5Oget_info_by_name1(member.file->file.id(), member.path.c_str(), &one, H5P_DEFAULT) >= 0 &&
           H5Oget_info_by_name1(frames_.file->file.id(), frames_.path.c_str(), &other, H5P_DEFAULT) >= 0 &&
           one.addr == other.addr;
  }

  bool has_shape(std::string const& file, std::string const& group) {
    for (char const* name : {"pixel_mask", "flatfield", "detectorSpecific/pixel_mask", "detectorSpecific/flatfield"}) {
      auto const object = hdf5::find_object(files_, file, group + "/" + name);
      if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) continue;
      auto const extent = hdf5::extent_of(hdf5::need_dataset(object).id());
      if (extent.size() >= 2 && extent.back() == columns_ && extent[extent.size() - 2] == rows_) return true;
    }
    return false;
  }

  [[noreturn]] void refuse(std::string const& file, std::vector<std::string> const& all) const {
    std::string list;
    for (auto const& path : all) list += (list.empty() ? "'" : ", '") + path + "'";
    throw input_error("'" + file + "' describes " + std::to_string(all.size()) + " detectors that the frames of '" +
                      dataset_ + "' may be of: " + list + "; --detector-info ignore does without what it says of them");
  }

  hdf5::file_cache& files_;
  std::string file_, dataset_;
  hsize_t rows_, columns_;
  found_object frames_;
};

}  // namespace

std::optional<group_place> find_detector(hdf5::file_cache& files, std::string const& file, std::string const& dataset,
                                         int rows, int columns) {
  return detector_finder(files, file, dataset, rows, columns).find();
}

}  // namespace xrdct
