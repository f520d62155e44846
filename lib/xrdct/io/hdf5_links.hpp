#pragma once
/// \file Following a path through hard, soft and external links, with a reason wherever it ends too early.

#include "xrdct/io/hdf5.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace xrdct::hdf5 {

/// Where a path leads.
struct found_object {
  enum class state : std::uint8_t { found, file_absent, file_broken, object_absent };
  state is = state::object_absent;
  std::shared_ptr<input_file> file;  ///< the file of the object, or the last one that there was
  std::string path;                  ///< in that file, through hard links only
  std::string missing_file;          ///< the linked file that is absent or broken
  std::string reason;                ///< one line that says what is wrong

  explicit operator bool() const { return is == state::found; }
};

/// Never throws on account of what is in the files. Links may form loops.
found_object find_object(file_cache& files, std::string const& file, std::string const& path);
/// The same; throws input_error.
found_object need_object(file_cache& files, std::string const& file, std::string const& path);
/// The same for a dataset, opened. Throws input_error.
handle need_dataset(found_object const& object);

/// What a message about an absent linked file ends with.
constexpr char const* advice_for_absent = "; if it was moved, --source-path OLD=NEW says where to";

enum class link_kind : std::uint8_t { external_link, virtual_source };

/// The file that a link in file `from` names: where it was moved (source_paths.hpp), or else looked for where HDF5 1.10
/// looks: an absolute name as it is; then the
/// folders of HDF5_EXT_PREFIX or HDF5_VDS_PREFIX, the folder of `from`, the working folder, the folder that `from`
/// really lies in. Where none exists, the name in the folder of `from`.
std::string linked_file(std::string const& from, std::string const& name, link_kind kind);

/// Names of a group's links, in ascending order. Empty where it is no group.
std::vector<std::string> names_in(hid_t file, std::string const& group);
/// What stands at a path: H5O_TYPE_GROUP, H5O_TYPE_DATASET, …; H5O_TYPE_UNKNOWN where nothing does.
H5O_type_t type_at(hid_t file, std::string const& path);
/// Of `names`, those that look most like `name`; otherwise the first few.
std::string near_names(std::vector<std::string> const& names, std::string const& name);

}  // namespace xrdct::hdf5
