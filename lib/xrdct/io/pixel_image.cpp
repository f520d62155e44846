#include "xrdct/io/pixel_image.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/codec/image_reader.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/find_images.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_links.hpp"
#include "xrdct/io/mean_image.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace xrdct {
namespace {

std::string last_name(std::string const& path) {
  auto const end = path.find_last_not_of('/');
  return end == path.npos ? "" : path.substr(0, end + 1).substr(path.substr(0, end + 1).rfind('/') + 1);
}

std::string in_quotes(std::vector<std::string> const& names) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i > 0 ? ", '" : "'") + names[i] + "'";
  return names.size() > most ? text + ", …" : text;
}

std::string shape_text(wanted_image const& wanted) {
  return std::to_string(wanted.rows) + " x " + std::to_string(wanted.columns);
}

/// The dataset that can be meant by an HDF5 file alone.
std::string only_image(std::string const& file, wanted_image const& wanted) {
  auto names = find_images(file, wanted.rows, wanted.columns, wanted.mean);
  if (names.empty())
    throw input_error("'" + file + "' is an HDF5 file without an image of " + shape_text(wanted) +
                      " pixels that could be the " + wanted.meaning + "; name one in it, as '" + file + "::/…'");
  if (names.size() == 1) return names.front();
  std::vector<std::string> named;
  std::copy_if(names.begin(), names.end(), std::back_inserter(named),
               [&](auto const& name) { return lower(last_name(name)).find(wanted.meaning) != std::string::npos; });
  if (named.size() == 1) return named.front();
  throw input_error("'" + file + "' holds " + std::to_string(names.size()) + " images of " + shape_text(wanted) +
                    " pixels that may be the " + wanted.meaning + "; name one, as '" + file +
                    "::/…': " + in_quotes(named.empty() ? names : named));
}

bool is_hdf5(std::string const& file) { return hdf5::try_open(file).is == hdf5::input_file::state::open; }

pixel_image from_image_file(std::string const& file, wanted_image const& wanted) {
  if (!wanted.mean) {
    auto const images = open_images(file);
    if (auto const count = images->count(); count > 1)
      throw input_error(file + " holds " + std::to_string(count) + " images; the " + wanted.meaning + " is one");
    return {images->read(0), file, 1, false};
  }
  auto made = mean_of_image_file(file);
  return {std::move(made.pixels), file, made.images, false};
}

bool holds_integers(std::string const& file, std::string const& dataset) {
  hdf5::file_cache files;
  auto const opened = hdf5::need_dataset(hdf5::need_object(files, file, dataset));
  hdf5::handle const type(H5Dget_type(opened.id()), H5Tclose);
  return H5Tget_class(type.id()) == H5T_INTEGER;
}

/// Whether the dataset, by the name given or by that which links lead to, is a mask of bits.
bool is_mask_of_bits(std::string const& file, std::string const& dataset) {
  hdf5::file_cache files;
  auto const object = hdf5::find_object(files, file, dataset);
  return object && (names_mask_of_bits(last_name(dataset)) || names_mask_of_bits(last_name(object.path))) &&
         hdf5::type_at(object.file->file.id(), object.path) == H5O_TYPE_DATASET && holds_integers(file, dataset);
}

}  // namespace

bool bits_exclude(double value) {
  constexpr std::uint64_t excluding = 0xffff;
  if (!(std::abs(value) < 0x1p53)) return value != 0;  // no bits at all
  return (static_cast<std::uint64_t>(static_cast<std::int64_t>(value)) & excluding) != 0;
}

bool names_mask_of_bits(std::string const& dataset) {
  constexpr std::string_view plain = "pixel_mask";
  if (!dataset.starts_with(plain)) return false;
  std::string_view const rest = std::string_view(dataset).substr(plain.size());
  return rest.empty() || (rest.size() > 1 && rest[0] == '_' && rest.find_first_not_of("0123456789", 1) == rest.npos);
}

pixel_image read_pixel_image(std::string const& what, wanted_image const& wanted) {
  auto [file, dataset] = split_file_dataset(what);
  if (dataset.empty()) {
    if (!is_hdf5(file)) return from_image_file(file, wanted);
    dataset = only_image(file, wanted);
  }
  pixel_image made;
  made.source = file + "::" + dataset;
  made.bits = is_mask_of_bits(file, dataset);
  if (wanted.mean && is_stack(file, dataset)) {
    auto mean = mean_of_stack(file, dataset);
    made.pixels = std::move(mean.pixels);
    made.images = mean.images;
  } else {
    made.pixels = read_image(file + "::" + dataset);
  }
  return made;
}

std::string mask_without_prefix(std::string const& what) {
  constexpr std::string_view prefix = "bits:";
  return what.starts_with(prefix) ? what.substr(prefix.size()) : what;
}

pixel_image read_mask_image(std::string const& what, int rows, int columns) {
  auto const name = mask_without_prefix(what);
  auto made = read_pixel_image(name, {"mask", rows, columns, false});
  made.bits = made.bits || name != what;
  for (auto& value : made.pixels.values) {
    bool const out = made.bits ? bits_exclude(value) : value != 0;
    value = out ? 1 : 0;
  }
  return made;
}

}  // namespace xrdct
