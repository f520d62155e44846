#include "xrdct/io/find_images.hpp"

#include "xrdct/io/hdf5_links.hpp"

#include <set>
#include <utility>

namespace xrdct {
namespace {

class image_finder {
 public:
  image_finder(std::string file, int rows, int columns, bool stacks)
      : file_(std::move(file)),
        rows_(static_cast<hsize_t>(rows)),
        columns_(static_cast<hsize_t>(columns)),
        stacks_(stacks) {}

  std::vector<std::string> find() {
    hdf5::need_object(files_, file_, "/");
    visit("", 0);
    return std::move(found_);
  }

 private:
  void visit(std::string const& path, int depth) {
    constexpr int deepest = 24;
    constexpr std::size_t most_objects = 100'000;
    auto const object = hdf5::find_object(files_, file_, path);
    if (!object || depth > deepest || seen_.size() > most_objects || !fresh(object)) return;
    hid_t const file = object.file->file.id();
    if (hdf5::type_at(file, object.path) == H5O_TYPE_DATASET) {
      if (fits(file, object.path)) found_.push_back(path);
      return;
    }
    for (auto const& name : hdf5::names_in(file, object.path)) visit(path + "/" + name, depth + 1);
  }

  /// Whether an object is seen for the first time: links make loops, and one dataset has many names.
  bool fresh(hdf5::found_object const& object) {
    H5O_info_t info;
    if (H5Oget_info_by_name1(object.file->file.id(), object.path.c_str(), &info, H5P_DEFAULT) < 0) return false;
    return seen_.emplace(object.file->path, info.addr).second;
  }

  bool fits(hid_t file, std::string const& path) const {
    hdf5::handle const dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset) return false;
    hdf5::handle const type(H5Dget_type(dataset.id()), H5Tclose);
    hdf5::handle const space(H5Dget_space(dataset.id()), H5Sclose);
    auto const kind = H5Tget_class(type.id());
    if (kind != H5T_INTEGER && kind != H5T_FLOAT && kind != H5T_ENUM) return false;
    int const rank = H5Sget_simple_extent_ndims(space.id());
    if (rank != 2 && rank != 3) return false;
    std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
    bool const few = rank == 2 || extent[0] == 1 || (stacks_ && extent[0] > 1);
    return few && extent.back() == columns_ && extent[extent.size() - 2] == rows_;
  }

  std::string file_;
  hsize_t rows_, columns_;
  bool stacks_;
  hdf5::file_cache files_;
  std::set<std::pair<std::string, haddr_t>> seen_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> find_images(std::string const& file, int rows, int columns, bool stacks) {
  return image_finder(file, rows, columns, stacks).find();
}

}  // namespace xrdct
