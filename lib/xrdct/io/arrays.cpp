#include "xrdct/io/arrays.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/hdf5_text.hpp"
#include "xrdct/io/number_dataset.hpp"
#include "xrdct/io/text_numbers.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <numeric>

namespace xrdct {
namespace {

using hdf5::handle;
using hdf5::need;

// What a file declares and never wrote costs it nothing, but us memory.
constexpr std::uint64_t most_numbers = 100'000'000;            // of a list: one a frame
constexpr std::uint64_t most_pixels = std::uint64_t(1) << 28;  // of an image

bool is_hdf5(std::string const& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  return hdf5::try_open(path).is == hdf5::input_file::state::open;
}

number_list numbers_of_dataset(std::string const& file, std::string const& dataset) {
  hdf5::number_dataset const from(file, dataset);
  auto const& extent = from.extent();
  auto const longer = std::count_if(extent.begin(), extent.end(), [](hsize_t n) { return n > 1; });
  auto const n = hdf5::product(extent);
  if (longer > 1)
    throw input_error(from.where() + " has the extent " + hdf5::text_of(extent) + "; a list of numbers is needed");
  if (n > most_numbers)
    throw input_error(from.where() + " has the extent " + hdf5::text_of(extent) + ", which is absurdly long");
  number_list list;
  list.source = file + "::" + dataset;
  list.values.resize(n);
  from.read_all(list.values.data());
  for (auto const* const name : {"units", "unit"})
    if (list.unit.empty()) list.unit = read_text_attribute(file, dataset, name);
  return list;
}

}  // namespace

std::pair<std::string, std::string> split_file_dataset(std::string const& what) {
  auto const at = what.find("::");
  if (at == std::string::npos) return {what, ""};
  return {what.substr(0, at), what.substr(at + 2)};
}

number_list read_numbers(std::string const& what, std::string const& file) {
  if (what.empty()) throw input_error("no dataset or text file of numbers is named");
  if (auto const [own_file, dataset] = split_file_dataset(what); !dataset.empty() || own_file.size() != what.size())
    return numbers_of_dataset(own_file, dataset);
  std::string reason;
  if (!file.empty() && is_hdf5(file)) {
    hdf5::file_cache files;
    auto const object = hdf5::find_object(files, file, what);
    if (object) return numbers_of_dataset(file, what);
    reason = object.reason;
  }
  std::error_code ignored;
  if (std::filesystem::is_regular_file(what, ignored)) {
    if (is_hdf5(what)) throw input_error("'" + what + "' is an HDF5 file; name a dataset in it, as '" + what + "::/…'");
    return {read_text_numbers(what), "", what};
  }
  if (reason.empty()) reason = file.empty() ? "no HDF5 file is given" : "'" + file + "' is not an HDF5 file";
  throw input_error("no numbers at '" + what + "': " + reason + "; and there is no text file of that name");
}

std::vector<double> read_all_numbers(std::string const& file, std::string const& dataset) {
  hdf5::number_dataset const from(file, dataset);
  if (hdf5::product(from.extent()) > most_numbers)
    throw input_error(from.where() + " has the extent " + hdf5::text_of(from.extent()) + ", which is absurdly large");
  std::vector<double> values(hdf5::product(from.extent()));
  from.read_all(values.data());
  return values;
}

image read_image(std::string const& what) {
  auto const [file, dataset] = split_file_dataset(what);
  if (dataset.empty()) {
    if (is_hdf5(file)) throw input_error("'" + file + "' is an HDF5 file; name an image in it, as '" + file + "::/…'");
    return read_image_file(file);
  }
  hdf5::number_dataset const from(file, dataset);
  auto extent = from.extent();
  if (extent.size() == 3 && extent[0] == 1) extent.erase(extent.begin());
  constexpr auto most = static_cast<hsize_t>(std::numeric_limits<int>::max());
  if (extent.size() != 2 || extent[0] == 0 || extent[1] == 0 || extent[0] > most || extent[1] > most ||
      hdf5::product(extent) > most_pixels)
    throw input_error(from.where() + " has the extent " + hdf5::text_of(from.extent()) + "; an image is needed");
  image result{static_cast<int>(extent[0]), static_cast<int>(extent[1]), {}};
  result.values.resize(hdf5::product(extent));
  from.read_all(result.values.data());
  return result;
}

std::vector<std::uint64_t> dataset_shape(std::string const& file, std::string const& dataset) {
  hdf5::file_cache files;
  auto const opened = hdf5::need_dataset(hdf5::need_object(files, file, dataset));
  auto const extent = hdf5::extent_of(opened.id());
  return {extent.begin(), extent.end()};
}

bool dataset_exists(std::string const& file, std::string const& dataset) {
  hdf5::open_input(file);
  hdf5::file_cache files;
  auto const object = hdf5::find_object(files, file, dataset);
  return object && hdf5::type_at(object.file->file.id(), object.path) == H5O_TYPE_DATASET;
}

void read_block(std::string const& file, std::string const& dataset, std::span<std::uint64_t const> first,
                std::span<std::uint64_t const> count, std::span<float> into) {
  hdf5::number_dataset const from(file, dataset);
  auto const rank = from.extent().size();
  std::vector<hsize_t> const start(first.begin(), first.end());
  std::vector<hsize_t> const size(count.begin(), count.end());
  bool fits = start.size() == rank && size.size() == rank;
  for (std::size_t d = 0; fits && d < rank; ++d)
    fits = size[d] <= from.extent()[d] && start[d] <= from.extent()[d] - size[d];
  if (!fits)
    throw input_error(from.where() + " has the extent " + hdf5::text_of(from.extent()) + ", which does not hold " +
                      hdf5::text_of(size) + " from " + hdf5::text_of(start));
  auto const n = hdf5::product(size);
  if (n != into.size())
    throw input_error(from.where() + ": a block of " + std::to_string(n) + " values was to be read into " +
                      std::to_string(into.size()));
  if (n == 0) return;
  handle const space = need(H5Dget_space(from.id()), H5Sclose, from.where() + " has no extent");
  if (rank > 0)
    need(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr), from.where());
  hsize_t const all = n;
  handle const memory = need(H5Screate_simple(1, &all, nullptr), H5Sclose, from.where());
  from.read(H5T_NATIVE_FLOAT, memory.id(), space.id(), into.data());
}

std::string read_text(std::string const& file, std::string const& dataset) {
  hdf5::open_input(file);
  hdf5::file_cache files;
  auto const object = hdf5::find_object(files, file, dataset);
  if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) return "";
  return hdf5::text_in(hdf5::need_dataset(object).id());
}

std::vector<std::string> read_texts(std::string const& file, std::span<std::string const> datasets) {
  hdf5::file_cache files;
  files.get(file);
  std::vector<std::string> texts;
  for (auto const& dataset : datasets) try {
      auto const object = hdf5::find_object(files, file, dataset);
      bool const there = object && hdf5::type_at(object.file->file.id(), object.path) == H5O_TYPE_DATASET;
      texts.push_back(there ? hdf5::text_in(hdf5::need_dataset(object).id()) : "");
    } catch (error const&) {
      texts.emplace_back();
    }
  return texts;
}

std::string read_text_attribute(std::string const& file, std::string const& object, std::string const& attribute) {
  hdf5::open_input(file);
  hdf5::file_cache files;
  auto const found = hdf5::find_object(files, file, object);
  return found ? hdf5::text_attribute(found.file->file.id(), found.path, attribute) : "";
}

}  // namespace xrdct
