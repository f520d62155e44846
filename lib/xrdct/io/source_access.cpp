#include "xrdct/io/source_access.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/raw_files.hpp"
#include "xrdct/io/source_paths.hpp"
#include "xrdct/io/virtual_dataset.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace xrdct::hdf5 {
namespace {

namespace fs = std::filesystem;

constexpr int deepest = 32;
constexpr char const* substitute_name = "/data";

std::string where_of(found_object const& object) { return "'" + object.path + "' in '" + object.file->path + "'"; }

/// "%" has a meaning in names of sources.
std::string escaped(std::string const& name) {
  std::string text;
  for (char const c : name) text.append(c == '%' ? "%%" : std::string(1, c));
  return text;
}

std::string absolute(std::string const& name) {
  std::error_code ignored;
  return fs::absolute(name, ignored).string();
}

handle creation_of(hid_t dataset, std::string const& where) {
  return need(H5Dget_create_plist(dataset), H5Pclose, where + " has no properties");
}

}  // namespace

bool draws_on_others(hid_t dataset) {
  handle const properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties) return false;
  auto const kind = H5Pget_layout(properties.id());
  return kind == H5D_VIRTUAL || (kind == H5D_CONTIGUOUS && H5Pget_external_count(properties.id()) > 0);
}

source_access::source_access(file_cache& files, found_object const& object) {
  hold_sources(files, object, 0);
  if (any_moved_paths()) substitute_ = make_substitute(files, object, 0);
}

void source_access::hold_sources(file_cache& files, found_object const& object, int depth) {
  auto const dataset = need_dataset(object);
  if (depth > deepest) throw input_error("virtual datasets are nested too deeply, down to " + where_of(object));
  for (auto const& source : sources_of_virtual(dataset.id(), where_of(object))) {
    bool const own = source.file == ".";
    auto const path = own ? object.file->path : linked_file(object.file->path, source.file, link_kind::virtual_source);
    auto const found = find_object(files, path, source.dataset);
    if (!found) continue;
    if (found.file->is_written) held_.push_back(found.file);
    if (!own && type_at(found.file->file.id(), found.path) == H5O_TYPE_DATASET &&
        draws_on_others(need_dataset(found).id()))
      hold_sources(files, found, depth + 1);
  }
}

/// HDF5 opens sources by their names, with the driver of the file that names them: it must be a file like others.
source_access::link_file::link_file() {
  std::error_code failed;
  auto const folder = fs::temp_directory_path(failed);
  if (failed)
    throw runtime_failure("a file of links cannot be made: there is no folder for temporary files: " +
                          failed.message() + "; set TMPDIR to a folder that can be written to");
  name_ = (folder / "xrdct-links-XXXXXX").string();
  int const descriptor = ::mkstemp(name_.data());
  if (descriptor < 0)
    throw runtime_failure("a file of links cannot be made in '" + fs::path(name_).parent_path().string() +
                          "': " + std::error_code(errno, std::generic_category()).message() +
                          "; set TMPDIR to a folder that can be written to");
  ::close(descriptor);
  file_ = handle(H5Fcreate(name_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (file_) return;
  auto const reason = failure();
  ::unlink(name_.c_str());
  throw runtime_failure("a file of links cannot be made at '" + name_ + "': " + reason);
}

source_access::link_file::~link_file() {
  ::unlink(name_.c_str());
  file_.close();
}

handle source_access::make_substitute(file_cache& files, found_object const& object, int depth) {
  auto const dataset = need_dataset(object);
  if (depth > deepest) throw input_error("virtual datasets are nested too deeply, down to " + where_of(object));
  auto const where = where_of(object);
  auto const from = creation_of(dataset.id(), where);
  handle const type = need(H5Dget_type(dataset.id()), H5Tclose, where + " has no type");
  handle const space = need(H5Dget_space(dataset.id()), H5Sclose, where + " has no extent");
  handle const to(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  std::vector<char> fill(std::max<std::size_t>(H5Tget_size(type.id()), 1));
  if (H5Pget_fill_value(from.id(), type.id(), fill.data()) >= 0) H5Pset_fill_value(to.id(), type.id(), fill.data());
  H5Eclear2(H5E_DEFAULT);
  if (H5Pget_layout(from.id()) == H5D_VIRTUAL)
    rename_sources(files, object, from.id(), to.id(), depth);
  else
    rename_raw_files(object, from.id(), to.id());
  link_files_.push_back(std::make_unique<link_file>());
  handle const stored(H5Tcopy(type.id()), H5Tclose);  // which no name is tied to
  return need(
      H5Dcreate2(link_files_.back()->id(), substitute_name, stored.id(), space.id(), H5P_DEFAULT, to.id(), H5P_DEFAULT),
      H5Dclose, where + " cannot be named anew");
}

/// The name by which a source's own sources are found, too.
std::string source_access::name_of_substitute(file_cache& files, found_object const& object, int depth) {
  make_substitute(files, object, depth).close();
  H5Fflush(link_files_.back()->id(), H5F_SCOPE_LOCAL);
  return link_files_.back()->name();
}

void source_access::rename_sources(file_cache& files, found_object const& object, hid_t from, hid_t to, int depth) {
  for_each_mapping(from, where_of(object), [&](virtual_mapping const& m) {
    bool const own = m.file == ".";
    auto const& folder_of = object.file->path;
    std::string file = own ? escaped(absolute(folder_of)) : "";
    std::string dataset = m.dataset;
    if (m.numbered()) {
      auto const folder = fs::path(folder_of).parent_path();
      if (!own) file = moved_name(m.file, folder.string()).value_or(absolute((folder / m.file).string()));
    } else {
      auto const path = own ? folder_of : linked_file(folder_of, m.plain_file(), link_kind::virtual_source);
      auto const found = find_object(files, path, m.plain_dataset());
      bool const is_dataset = found && type_at(found.file->file.id(), found.path) == H5O_TYPE_DATASET;
      file = escaped(absolute(found ? found.file->path : path));
      if (found) dataset = escaped(found.path);
      if (is_dataset && draws_on_others(need_dataset(found).id())) {
        file = name_of_substitute(files, found, depth + 1);
        dataset = substitute_name;
      }
    }
    need(H5Pset_virtual(to, m.virtual_space.id(), file.c_str(), dataset.c_str(), m.source_space.id()),
         where_of(object) + " has a mapping that cannot be named anew");
  });
}

void source_access::rename_raw_files(found_object const& object, hid_t from, hid_t to) const {
  for (auto const& raw : raw_files_of(from, object.file->path, where_of(object)))
    need(H5Pset_external(to, absolute(raw.path).c_str(), static_cast<off_t>(raw.offset), raw.bytes),
         where_of(object) + " has raw files that cannot be named anew");
}

}  // namespace xrdct::hdf5
