#pragma once
/// \file A dataset of numbers, whatever their type, opened for reading as doubles.

#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/source_access.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

/// Integers, floating-point numbers or enumerations of integers (truth values of h5py). None of its virtual sources is
/// absent: HDF5 would make up their values.
class number_dataset {
 public:
  /// Throws input_error that says what is there instead.
  number_dataset(std::string const& file, std::string const& dataset);
  number_dataset(file_cache& files, std::string const& file, std::string const& dataset);

  /// "'DATASET' in 'FILE'", as messages say it.
  std::string const& where() const { return where_; }
  found_object const& object() const { return object_; }
  hid_t id() const { return opened_.id(); }
  std::vector<hsize_t> const& extent() const { return extent_; }
  bool of_integers() const { return kind_ == H5T_INTEGER || kind_ == H5T_ENUM; }

  void read(hid_t memory_type, hid_t memory_space, hid_t file_space, void* into) const;
  /// All values, row by row; `into` has room for them.
  void read_all(double* into) const;

 private:
  void require_numbers();
  void require_sources();

  std::string where_;
  found_object object_;
  std::unique_ptr<source_access> access_;
  handle opened_;
  H5T_class_t kind_ = H5T_NO_CLASS;
  std::vector<hsize_t> extent_;
};

}  // namespace xrdct::hdf5
