#include "xrdct/beamline/number_lists.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/virtual_dataset.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace xrdct {
namespace {

using hdf5::handle;

/// A text of fixed or of varying length; "" for anything else.
std::string text_of_attribute(hid_t attribute) {
  constexpr std::size_t longest = 4096;
  handle const type(H5Aget_type(attribute), H5Tclose);
  handle const space(H5Aget_space(attribute), H5Sclose);
  if (!type || !space || H5Tget_class(type.id()) != H5T_STRING || H5Sget_simple_extent_npoints(space.id()) != 1)
    return "";
  if (H5Tis_variable_str(type.id()) > 0) {
    handle const memory(H5Tcopy(type.id()), H5Tclose);
    char* text = nullptr;
    if (H5Aread(attribute, memory.id(), static_cast<void*>(&text)) < 0 || text == nullptr) return "";
    std::string result(text);
    H5free_memory(text);
    return result;
  }
  auto const size = H5Tget_size(type.id());
  if (size == 0 || size > longest) return "";
  std::string text(size, '\0');
  if (H5Aread(attribute, type.id(), text.data()) < 0) return "";
  return std::string(trimmed(text.substr(0, text.find('\0'))));
}

handle open_dataset(hdf5::found_object const& object) {
  return {H5Dopen2(object.file->file.id(), object.path.c_str(), H5P_DEFAULT), H5Dclose};
}

bool is_real(hid_t dataset) {
  handle const type(H5Dget_type(dataset), H5Tclose);
  auto const kind = type ? H5Tget_class(type.id()) : H5T_NO_CLASS;
  return kind == H5T_INTEGER || kind == H5T_FLOAT;
}

/// [N], [N][1], …: the number of values. Where two edges are longer than 1, only a table of `frames` values is a list.
std::optional<list_shape> shape_of(std::vector<hsize_t> const& extent, std::uint64_t frames) {
  hsize_t count = 1;
  bool table = false;
  for (auto const n : extent) {
    if (n == 0) return list_shape{0, false};
    table = table || (n > 1 && count > 1);
    if (table && n > frames / count) return std::nullopt;
    count *= n;
  }
  if (table && count != frames) return std::nullopt;
  return list_shape{count, extent.empty()};
}

std::optional<std::vector<hsize_t>> extent_of(hid_t dataset) {
  handle const space(H5Dget_space(dataset), H5Sclose);
  if (!space || H5Sget_simple_extent_type(space.id()) == H5S_NULL) return std::nullopt;
  auto const rank = H5Sget_simple_extent_ndims(space.id());
  if (rank < 0) return std::nullopt;
  std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
  if (rank > 0) H5Sget_simple_extent_dims(space.id(), extent.data(), nullptr);
  return extent;
}

void require_sources(hdf5::found_object const& object, hid_t dataset, std::string const& where) {
  handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties || H5Pget_layout(properties.id()) != H5D_VIRTUAL) return;
  for (auto const& source : hdf5::sources_of_virtual(dataset, where)) {
    if (source.file == ".") continue;
    auto const path = hdf5::linked_file(object.file->path, source.file, hdf5::link_kind::virtual_source);
    if (!std::filesystem::exists(path))
      throw input_error(where + " is a virtual dataset of which '" + path + "' does not exist");
  }
}

}  // namespace

std::vector<hsize_t> number_lists::extent(std::string const& file, std::string const& path) {
  auto const object = hdf5::find_object(files_, file, path);
  if (!object) return {};
  auto const dataset = open_dataset(object);
  return dataset ? extent_of(dataset.id()).value_or(std::vector<hsize_t>()) : std::vector<hsize_t>();
}

std::optional<list_shape> number_lists::look(std::string const& file, std::string const& path, std::uint64_t frames) {
  auto const object = hdf5::find_object(files_, file, path);
  if (!object) return std::nullopt;
  auto const dataset = open_dataset(object);
  if (!dataset) return std::nullopt;
  auto const extent = extent_of(dataset.id());
  if (!extent || !is_real(dataset.id())) return std::nullopt;
  return shape_of(*extent, frames);
}

std::vector<double> number_lists::read(std::string const& file, std::string const& path, std::uint64_t most) {
  std::string const where = "'" + path + "' in '" + file + "'";
  auto const object = hdf5::need_object(files_, file, path);
  auto const dataset = hdf5::need_dataset(object);
  auto const extent = extent_of(dataset.id());
  auto const shape = extent && is_real(dataset.id()) ? shape_of(*extent, most) : std::nullopt;
  if (!shape) throw input_error(where + " is not a list of numbers");
  require_sources(object, dataset.id(), where);
  std::vector<double> values(std::min(shape->count, most));
  if (values.empty()) return values;
  handle const space = hdf5::need(H5Dget_space(dataset.id()), H5Sclose, where + " has no extent");
  std::vector<hsize_t> const start(extent->size(), 0);
  auto count = *extent;
  for (auto& n : count) n = std::min<hsize_t>(n, values.size());
  if (!count.empty())
    hdf5::need(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), where);
  hsize_t const all = values.size();
  handle const memory = hdf5::need(H5Screate_simple(1, &all, nullptr), H5Sclose, where);
  hdf5::need(H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, memory.id(), space.id(), H5P_DEFAULT, values.data()),
             where + " cannot be read");
  return values;
}

std::string number_lists::attribute(std::string const& file, std::string const& path, char const* name) {
  auto const object = hdf5::find_object(files_, file, path);
  if (!object) return "";
  hid_t const in = object.file->file.id();
  if (H5Aexists_by_name(in, object.path.c_str(), name, H5P_DEFAULT) <= 0) return "";
  handle const opened(H5Aopen_by_name(in, object.path.c_str(), name, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return opened ? text_of_attribute(opened.id()) : "";
}

std::string number_lists::unit(std::string const& file, std::string const& path) {
  auto const own = attribute(file, path, "units");
  return own.empty() ? attribute(file, path, "unit") : own;
}

std::vector<std::string> number_lists::names(std::string const& file, std::string const& group) {
  auto const object = hdf5::find_object(files_, file, group);
  return object ? hdf5::names_in(object.file->file.id(), object.path) : std::vector<std::string>();
}

bool number_lists::exists(std::string const& file, std::string const& path) {
  return static_cast<bool>(hdf5::find_object(files_, file, path));
}

}  // namespace xrdct
