#include "xrdct/io/number_dataset.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/chunk_pipeline.hpp"
#include "xrdct/io/hdf5_filters.hpp"
#include "xrdct/io/virtual_dataset.hpp"

#include <cstddef>

namespace xrdct::hdf5 {
namespace {

std::string text_of_place(std::string const& file, std::string const& dataset) {
  return "'" + dataset + "' in '" + file + "'";
}

found_object find_in(std::string const& file, std::string const& dataset) {
  file_cache files;
  return need_object(files, file, dataset);
}

}  // namespace

number_dataset::number_dataset(std::string const& file, std::string const& dataset)
    : where_(text_of_place(file, dataset)), object_(find_in(file, dataset)) {
  require_numbers();
}

number_dataset::number_dataset(file_cache& files, std::string const& file, std::string const& dataset)
    : where_(text_of_place(file, dataset)), object_(need_object(files, file, dataset)) {
  require_numbers();
}

void number_dataset::require_numbers() {
  opened_ = need_dataset(object_);
  extent_ = extent_of(opened_.id());
  handle const type = need(H5Dget_type(opened_.id()), H5Tclose, where_ + " has no type");
  kind_ = H5Tget_class(type.id());
  if (kind_ != H5T_INTEGER && kind_ != H5T_FLOAT && kind_ != H5T_ENUM)
    throw input_error(where_ + " holds " + text_of_type(type.id()) + ", not numbers");
  require_sources();
}

void number_dataset::require_sources() {
  if (!draws_on_others(opened_.id())) return;
  file_cache files;
  for (auto const& source : sources_of_virtual(opened_.id(), where_)) {
    if (source.file == ".") continue;
    auto const path = linked_file(object_.file->path, source.file, link_kind::virtual_source);
    auto const file = files.get(path);
    if (file->is == input_file::state::absent)
      throw input_error(where_ + " is a virtual dataset of which '" + path + "' does not exist" + advice_for_absent);
    if (file->is == input_file::state::broken)
      throw input_error(where_ + " is a virtual dataset of which '" + path + "' " + file->reason);
  }
  access_ = std::make_unique<source_access>(files, object_);
  if (auto substitute = access_->take_substitute()) opened_ = std::move(substitute);
}

void number_dataset::read(hid_t memory_type, hid_t memory_space, hid_t file_space, void* into) const {
  expected_chunk const checked(chunk_lengths_of(opened_.id()));
  need(H5Dread(opened_.id(), memory_type, memory_space, file_space, H5P_DEFAULT, into), where_ + " cannot be read");
}

/// HDF5 does not convert enumerations to floating-point numbers, but the integers that they are made of.
void number_dataset::read_all(double* into) const {
  auto const n = product(extent_);
  if (n == 0) return;
  require_valid_chunks(opened_.id(), where_);
  if (kind_ != H5T_ENUM) return read(H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, into);
  handle const type = need(H5Dget_type(opened_.id()), H5Tclose, where_ + " has no type");
  handle const integers = need(H5Tget_super(type.id()), H5Tclose, where_ + " has no type");
  if (H5Tget_size(type.id()) > sizeof(double))
    throw input_error(where_ + " holds " + text_of_type(type.id()) + ", not numbers");
  read(type.id(), H5S_ALL, H5S_ALL, into);  // each takes no more room than a double
  need(H5Tconvert(integers.id(), H5T_NATIVE_DOUBLE, n, into, nullptr, H5P_DEFAULT), where_ + " cannot be converted");
}

}  // namespace xrdct::hdf5
