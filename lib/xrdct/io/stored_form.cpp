#include "xrdct/io/stored_form.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/filter_list.hpp"
#include "xrdct/io/hdf5_links.hpp"

namespace xrdct {
namespace {

std::vector<unsigned long long> chunk_of(hid_t dataset, hid_t properties) {
  if (H5Pget_layout(properties) != H5D_CHUNKED) return {};
  std::vector<hsize_t> extent(hdf5::extent_of(dataset).size());
  if (extent.empty() || H5Pget_chunk(properties, static_cast<int>(extent.size()), extent.data()) < 0) return {};
  return {extent.begin(), extent.end()};
}

stored_form read_form(hid_t dataset) {
  stored_form found;
  hdf5::handle const type = hdf5::need(H5Dget_type(dataset), H5Tclose, "no type");
  found.type = hdf5::text_of_type(type.id());
  hdf5::handle const properties = hdf5::need(H5Dget_create_plist(dataset), H5Pclose, "no properties");
  for (auto const& one : hdf5::filters_of(properties.id()))
    found.filters.push_back(name_of(one) + " (" + std::to_string(one.number) + ")");
  found.chunk = chunk_of(dataset, properties.id());
  return found;
}

}  // namespace

stored_form stored_form_of(std::string const& file, std::string const& dataset) {
  try {
    hdf5::file_cache files;
    auto const object = hdf5::find_object(files, file, dataset);
    if (!object) return {};
    return read_form(hdf5::need_dataset(object).id());
  } catch (error const&) {
    return {};
  }
}

}  // namespace xrdct
