#include "xrdct/io/hdf5_links.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/io/source_paths.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>

namespace xrdct::hdf5 {
namespace {

namespace fs = std::filesystem;

using components = std::deque<std::string>;

/// The names of a path; HDF5 leaves out empty ones and ".".
components split(std::string const& path) {
  components parts;
  for (std::size_t at = 0; at <= path.size();) {
    auto const end = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, end - at);
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

herr_t note_name(hid_t /*group*/, char const* name, H5L_info_t const* /*info*/, void* into) {
  static_cast<std::vector<std::string>*>(into)->emplace_back(name);
  return 0;
}

/// A path in the middle of being followed.
struct walker {
  file_cache& files;
  std::shared_ptr<input_file> file;
  std::string done;  // followed already: hard links only
  components rest;
  int hops = 0;

  found_object end(found_object::state is, std::string reason, std::string missing = {}) {
    return {is, file, done.empty() ? "/" : done, std::move(missing), std::move(reason)};
  }
  found_object absent() {
    std::string const name = rest.front();
    std::string const where = "'" + file->path + "'";
    std::string const group = done.empty() ? "/" : done;
    std::string reason = where + " has no '" + done + "/" + name + "'";
    if (type_at(file->file.id(), group) != H5O_TYPE_GROUP)
      reason += ": '" + group + "' is not a group";
    else if (auto const names = names_in(file->file.id(), group); names.empty())
      reason += ": '" + group + "' is empty";
    else
      reason += "; '" + group + "' holds " + near_names(names, name);
    return end(found_object::state::object_absent, std::move(reason));
  }
  void substitute(std::string const& target) {
    rest.pop_front();
    if (!target.empty() && target.front() == '/') done.clear();
    auto const parts = split(target);
    rest.insert(rest.begin(), parts.begin(), parts.end());
  }
};

/// Follows the link that stands next, which is not a hard one. Returns false where that ends the walk.
bool follow(walker& w, std::string const& link, H5L_info_t const& info, found_object& result) {
  std::string value(info.u.val_size, '\0');
  if (H5Lget_val(w.file->file.id(), link.c_str(), value.data(), value.size(), H5P_DEFAULT) < 0) {
    result = w.end(found_object::state::object_absent,
                   "the link '" + link + "' in '" + w.file->path + "' cannot be read: " + failure());
    return false;
  }
  if (info.type == H5L_TYPE_SOFT) {
    w.substitute(value.c_str());
    return true;
  }
  unsigned flags = 0;
  char const* name = nullptr;
  char const* path = nullptr;
  if (info.type != H5L_TYPE_EXTERNAL || H5Lunpack_elink_val(value.data(), value.size(), &flags, &name, &path) < 0) {
    result = w.end(found_object::state::object_absent,
                   "the link '" + link + "' in '" + w.file->path + "' is of an unknown kind");
    return false;
  }
  std::string const target = linked_file(w.file->path, name, link_kind::external_link);
  auto const file = w.files.get(target);
  if (file->is != input_file::state::open) {
    bool const absent = file->is == input_file::state::absent;
    result = w.end(absent ? found_object::state::file_absent : found_object::state::file_broken,
                   "'" + target + "', which '" + link + "' in '" + w.file->path + "' links to, " + file->reason +
                       (absent ? advice_for_absent : ""),
                   target);
    return false;
  }
  w.file = file;
  w.done.clear();
  w.substitute(path);
  return true;
}

}  // namespace

found_object find_object(file_cache& files, std::string const& file, std::string const& path) {
  constexpr int most_hops = 64;
  auto const start_file = files.get(file);
  if (start_file->is != input_file::state::open) {
    bool const absent = start_file->is == input_file::state::absent;
    return {absent ? found_object::state::file_absent : found_object::state::file_broken, start_file, path, file,
            "'" + file + "' " + start_file->reason};
  }
  walker w{files, start_file, "", split(path)};
  found_object result;
  while (!w.rest.empty()) {
    std::string const next = w.done + "/" + w.rest.front();
    H5L_info_t info;
    if (H5Lget_info(w.file->file.id(), next.c_str(), &info, H5P_DEFAULT) < 0) return w.absent();
    if (info.type == H5L_TYPE_HARD) {
      w.done = next;
      w.rest.pop_front();
    } else {
      if (++w.hops > most_hops)
        return w.end(found_object::state::object_absent,
                     "'" + path + "' in '" + file + "' is a loop of links that leads nowhere");
      if (!follow(w, next, info, result)) return result;
    }
  }
  return w.end(found_object::state::found, "");
}

found_object need_object(file_cache& files, std::string const& file, std::string const& path) {
  auto object = find_object(files, file, path);
  if (!object) throw input_error(object.reason);
  return object;
}

handle need_dataset(found_object const& object) {
  std::string const where = "'" + object.path + "' in '" + object.file->path + "'";
  if (type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) throw input_error(where + " is not a dataset");
  return need(H5Dopen2(object.file->file.id(), object.path.c_str(), H5P_DEFAULT), H5Dclose,
              where + " cannot be opened");
}

std::string linked_file(std::string const& from, std::string const& name, link_kind kind) {
  std::error_code ignored;
  fs::path const source(name);
  fs::path const folder = fs::absolute(fs::path(from), ignored).parent_path();
  auto const moved = moved_name(name, folder.string());
  std::vector<fs::path> candidates;
  if (moved) candidates.emplace_back(*moved);
  if (source.is_absolute()) candidates.push_back(source);
  // What HDF5 looks for elsewhere is the last part of an absolute name, but all of a relative one.
  fs::path const relative = source.is_absolute() ? source.filename() : source;
  char const* const prefixes =  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment any more
      std::getenv(kind == link_kind::external_link ? "HDF5_EXT_PREFIX" : "HDF5_VDS_PREFIX");
  std::string const list = prefixes != nullptr ? prefixes : "";
  for (std::size_t at = 0; at < list.size();) {
    auto const end = std::min(list.find(':', at), list.size());
    std::string prefix = list.substr(at, end - at);
    if (prefix.starts_with("${ORIGIN}")) prefix = folder.string() + prefix.substr(9);
    if (!prefix.empty()) candidates.push_back(fs::path(prefix) / relative);
    at = end + 1;
  }
  fs::path const beside = fs::path(from).parent_path() / relative;
  candidates.push_back(beside);
  candidates.push_back(relative);
  if (auto const real = fs::canonical(fs::path(from), ignored); !ignored)
    candidates.push_back(real.parent_path() / relative);
  for (auto const& path : candidates)
    if (fs::exists(path, ignored)) return path.string();
  if (moved) return *moved;
  return source.is_absolute() ? name : beside.string();
}

std::vector<std::string> names_in(hid_t file, std::string const& group) {
  std::vector<std::string> names;
  handle const opened(H5Gopen2(file, group.c_str(), H5P_DEFAULT), H5Gclose);
  if (opened) H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr, note_name, &names);
  return names;
}

H5O_type_t type_at(hid_t file, std::string const& path) {
  handle const object(H5Oopen(file, path.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object) return H5O_TYPE_UNKNOWN;
  switch (H5Iget_type(object.id())) {
    case H5I_GROUP: return H5O_TYPE_GROUP;
    case H5I_DATASET: return H5O_TYPE_DATASET;
    case H5I_DATATYPE: return H5O_TYPE_NAMED_DATATYPE;
    default: return H5O_TYPE_UNKNOWN;
  }
}

std::string near_names(std::vector<std::string> const& names, std::string const& name) {
  constexpr std::size_t most = 6;
  struct scored {
    std::size_t score;
    std::string const* name;
  };
  std::vector<scored> all;
  std::string const wanted = lower(name).substr(0, 200);
  for (auto const& n : names) {
    if (all.size() == 5000) break;
    std::string const here = lower(n).substr(0, 200);
    bool const inside = here.find(wanted) != std::string::npos || wanted.find(here) != std::string::npos;
    all.push_back({inside ? 0 : edit_distance(here, wanted), &n});
  }
  std::stable_sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.score < b.score; });
  std::string text;
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) text += (i > 0 ? ", '" : "'") + *all[i].name + "'";
  if (names.size() > most) text += ", … (" + std::to_string(names.size()) + " in all)";
  return text;
}

}  // namespace xrdct::hdf5
