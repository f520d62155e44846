#pragma once
/// \file Reading datasets that draw on other files through HDF5 itself, where it would not find or not open these.

#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <memory>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

/// Keeps what HDF5 needs to read a virtual dataset, or one in external raw files. Where HDF5 cannot open a source it
/// makes up fill values, so:
/// - sources that are open in a writer (SWMR) are opened here as readers may; HDF5 then shares them;
/// - sources that were moved are named anew, in a dataset that is otherwise the same, in a small temporary file.
class source_access {
 public:
  source_access() = default;

  /// Throws input_error. Sources that are absent or broken are no matter here.
  source_access(file_cache& files, found_object const& object);

  /// The dataset to read instead of the object itself; an empty handle where that will do. Lives no longer than this.
  handle take_substitute() { return std::move(substitute_); }

 private:
  void hold_sources(file_cache& files, found_object const& object, int depth);
  std::string name_of_substitute(file_cache& files, found_object const& object, int depth);
  handle make_substitute(file_cache& files, found_object const& object, int depth);
  void rename_sources(file_cache& files, found_object const& object, hid_t from, hid_t to, int depth);
  void rename_raw_files(found_object const& object, hid_t from, hid_t to) const;

  class link_file {
   public:
    link_file();
    link_file(link_file const&) = delete;
    link_file& operator=(link_file const&) = delete;
    ~link_file();
    hid_t id() const { return file_.id(); }
    std::string const& name() const { return name_; }

   private:
    std::string name_;
    handle file_;
  };

  std::vector<std::shared_ptr<input_file>> held_;
  std::vector<std::unique_ptr<link_file>> link_files_;
  handle substitute_;
};

/// Whether a dataset's values lie in other files: it is virtual, or has external raw storage.
bool draws_on_others(hid_t dataset);

}  // namespace xrdct::hdf5
