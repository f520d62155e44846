#include "xrdct/beamline/detector_reader.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/io/hdf5_text.hpp"
#include "xrdct/io/number_dataset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace xrdct {
namespace {

std::optional<double> number_in(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

hdf5::found_object detector_reader::find(std::string const& name) const {
  return hdf5::find_object(files_, place_.file, place_.path + "/" + name);
}

std::string detector_reader::where(std::string const& name) const {
  return place_.file + "::" + place_.path + (name.empty() ? "" : "/" + name);
}

bool detector_reader::has(std::string const& name) const { return static_cast<bool>(find(name)); }

std::vector<std::string> detector_reader::names(std::string const& group) const {
  auto const object = find(group);
  if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_GROUP) return {};
  return hdf5::names_in(object.file->file.id(), object.path);
}

std::optional<std::vector<hsize_t>> detector_reader::extent(std::string const& name) const {
  auto const object = find(name);
  if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) return {};
  return hdf5::extent_of(hdf5::need_dataset(object).id());
}

std::vector<double> detector_reader::numbers(std::string const& name) const {
  constexpr std::uint64_t most = 10'000'000;
  auto const shape = extent(name);
  if (!shape || hdf5::product(*shape) == 0 || hdf5::product(*shape) > most) return {};
  if (auto const written = text(name); !written.empty()) {
    auto const value = number_in(written);
    return value ? std::vector{*value} : std::vector<double>();
  }
  hdf5::number_dataset const from(files_, place_.file, place_.path + "/" + name);
  std::vector<double> values(hdf5::product(*shape));
  from.read_all(values.data());
  return values;
}

std::optional<double> detector_reader::number(std::string const& name) const {
  auto const values = numbers(name);
  if (values.empty()) return {};
  double const first = values.front();
  bool const equal = std::all_of(values.begin(), values.end(),
                                 [&](double v) { return std::abs(v - first) <= 1e-9 * std::abs(first); });
  return equal && std::isfinite(first) ? std::optional(first) : std::nullopt;
}

std::optional<double> detector_reader::number(std::initializer_list<char const*> names, std::string* found) const {
  for (char const* name : names)
    if (auto const value = number(name)) {
      if (found != nullptr) *found = name;
      return value;
    }
  return {};
}

std::string detector_reader::text(std::string const& name) const {
  auto const object = find(name);
  if (!object || hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) return "";
  return std::string(trimmed(hdf5::text_in(hdf5::need_dataset(object).id())));
}

std::optional<bool> detector_reader::flag(std::initializer_list<char const*> names) const {
  for (char const* name : names) {
    auto const said = lower(text(name));
    if (said == "true" || said == "yes") return true;
    if (said == "false" || said == "no") return false;
    if (auto const value = number(name)) return *value != 0;
  }
  return {};
}

std::string detector_reader::unit(std::string const& name) const {
  auto const object = find(name);
  if (!object) return "";
  for (char const* attribute : {"units", "unit"})
    if (auto found = hdf5::text_attribute(object.file->file.id(), object.path, attribute); !found.empty()) return found;
  return "";
}

std::optional<double> detector_reader::positive(std::initializer_list<char const*> names, unit_scale scale,
                                                double usual) const {
  std::string found;
  auto const value = number(names, &found);
  if (!value || !(*value > 0)) return {};
  auto const stated = unit(found);
  if (stated.empty()) return *value * usual;
  auto const factor = scale(stated);
  if (!factor) throw input_error(where(found) + " is in units of '" + stated.substr(0, 40) + "', which are not known");
  return *value * *factor;
}

}  // namespace xrdct
