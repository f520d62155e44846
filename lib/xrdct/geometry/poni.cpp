#include "xrdct/geometry/poni.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/geometry/detector_file.hpp"
#include "xrdct/geometry/pyfai_json.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace xrdct {
namespace {

using json = nlohmann::json;

/// The keys of a PONI file, in lower case, each with its last value, and what is said when one is wrong.
class poni_keys {
 public:
  poni_keys(std::string const& text, std::string file) : file_(std::move(file)) {
    for (std::string_view rest = text; !rest.empty();) {
      auto const end = rest.find('\n');
      take_line(trimmed(rest.substr(0, end)));
      rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    }
  }

  /// The PONI file.
  std::string const& file() const { return file_; }

  [[noreturn]] void fail(std::string const& why) const { throw input_error("PONI file " + file_ + ": " + why); }

  /// Nothing where the key is absent, empty or "None".
  std::optional<std::string> text(std::string const& key) const {
    auto const found = values_.find(key);
    if (found == values_.end() || found->second.empty() || lower(found->second) == "none") return {};
    return found->second;
  }

  std::optional<double> number(std::string const& key) const {
    auto const value = text(key);
    if (!value) return {};
    double parsed = 0;
    char const* const first = value->data() + (value->front() == '+' ? 1 : 0);
    char const* const last = value->data() + value->size();
    auto const [stop, status] = std::from_chars(first, last, parsed);
    if (status != std::errc() || stop != last || !std::isfinite(parsed))
      fail(key + " is '" + value->substr(0, 40) + "', not a finite number");
    return parsed;
  }

  std::optional<double> positive(std::string const& key) const {
    auto const value = number(key);
    if (value && *value <= 0) fail(key + " is " + *text(key) + "; it must be positive");
    return value;
  }

  double required(std::string const& key) const {
    auto const value = number(key);
    if (!value) fail("it has no " + key);
    return *value;
  }

 private:
  void take_line(std::string_view line) {
    auto const colon = line.find(':');
    if (line.starts_with('#') || colon == line.npos) return;
    std::string key = lower(trimmed(line.substr(0, colon)));
    if (key == "dist") key = "distance";
    // The detector of a later block comes without what an earlier block said of its own.
    if (key == "detector" && values_.contains("distance"))
      for (char const* old : {"detector_config", "pixelsize1", "pixelsize2", "splinefile"}) values_.erase(old);
    values_[key] = std::string(trimmed(line.substr(colon + 1)));
  }

  std::string file_;
  std::map<std::string, std::string> values_;
};

void check_version(poni_keys const& keys) {
  double const version = keys.number("poni_version").value_or(1);
  if (version < 1 || version >= 4)
    keys.fail("its version " + *keys.text("poni_version") + " is unknown; versions 1, 2, 2.1 and 3 are read");
}

json detector_configuration(poni_keys const& keys) {
  auto const text = keys.text("detector_config");
  if (!text) return json::object();
  constexpr int deepest = 32;  // what is nested much deeper than any detector is would end in a crash
  auto const not_too_deep = [&](int depth, json::parse_event_t /*event*/, json const& /*parsed*/) {
    if (depth > deepest) keys.fail("Detector_config is nested too deeply");
    return true;
  };
  json parsed = json::parse(*text, not_too_deep, false);
  if (parsed.is_null()) return json::object();
  if (!parsed.is_object()) keys.fail("Detector_config is not a JSON object");
  return parsed;
}

/// What would make positions differ from a plain grid of pixels must not be overlooked.
void refuse_distortion(poni_keys const& keys, json const& config) {
  for (char const* key : {"splineFile", "x_offset_file", "y_offset_file", "module_size"}) {
    if (config.contains(key) && !config[key].is_null())
      keys.fail("Detector_config has " + std::string(key) + ", which is not supported");
  }
  if (keys.text("splinefile")) keys.fail("SplineFile is not supported");
  if (auto const parallax = keys.text("parallax"); parallax && lower(*parallax) != "false" && *parallax != "0")
    keys.fail("Parallax is not supported");
  json const binning = config.value("binning", json());
  if (!binning.is_null() && binning != json(1) && binning != json({1, 1}))
    keys.fail("Detector_config has a binning, which is not supported; give pixel sizes and max_shape as binned");
}

/// {rows, columns}; {0, 0} where the configuration has none.
std::pair<int, int> configured_shape(poni_keys const& keys, json const& config) {
  json const shape = config.value("max_shape", json());
  if (shape.is_null()) return {0, 0};
  auto const is_length = [](json const& value) {
    return value.is_number_integer() && value.get<double>() >= 1 && value.get<double>() <= 1e6;
  };
  if (!shape.is_array() || shape.size() != 2 || !is_length(shape[0]) || !is_length(shape[1]) ||
      shape[0].get<std::int64_t>() * shape[1].get<std::int64_t>() > std::int64_t{1} << 28)
    keys.fail("max_shape in Detector_config is not a detector's [rows, columns]");
  return {shape[0].get<int>(), shape[1].get<int>()};
}

/// A pixel's size by the configuration, else by the older key, else what the detector has.
void set_pixel_size(poni_keys const& keys, json const& config, std::string const& name, std::string const& older,
                    double& size) {
  json const value = config.value(name, json());
  if (!value.is_null() && (!value.is_number() || !(value.get<double>() > 0) || !std::isfinite(value.get<double>())))
    keys.fail(name + " in Detector_config is not a positive number");
  if (!value.is_null()) {
    size = value.get<double>();
  } else if (auto const old = keys.positive(older)) {
    size = *old;
  }
  if (size <= 0)
    keys.fail("it gives no pixel size: neither a known Detector, nor " + name + " in Detector_config, nor " + older);
}

/// `otherwise` where there is none, or 0: not specified.
int configured_orientation(poni_keys const& keys, json const& config, int otherwise) {
  json const value = config.value("orientation", json());
  if (value.is_null()) return otherwise;
  if (!value.is_number_integer() || value.get<double>() < 0 || value.get<double>() > 4)
    keys.fail("orientation in Detector_config is not one of 1, 2, 3, 4");
  return value == 0 ? otherwise : value.get<int>();
}

/// A file that a PONI file names: beside that, or else where the program runs, as pyFAI has it.
std::string beside(std::string const& poni_file, std::string const& name) {
  std::error_code ignored;
  auto const near = std::filesystem::path(poni_file).parent_path() / name;
  return std::filesystem::exists(near, ignored) ? near.string() : name;
}

/// The file that describes the detector: that of a NexusDetector's configuration, or what Detector names if it is one.
std::optional<std::string> detector_file(poni_keys const& keys, json const& config, std::string const& name) {
  if (lower(name) == "nexusdetector") {
    json const file = config.value("filename", json());
    if (!file.is_string() || file.get<std::string>().empty())
      keys.fail("its NexusDetector needs a filename in Detector_config");
    return beside(keys.file(), file.get<std::string>());
  }
  std::error_code ignored;
  std::string const path = beside(keys.file(), name);
  bool const is_file = name.find('.') != name.npos && std::filesystem::is_regular_file(path, ignored);
  return is_file ? std::optional(path) : std::nullopt;
}

detector read_detector(poni_keys const& keys) {
  json const config = detector_configuration(keys);
  refuse_distortion(keys, config);
  std::string const name = keys.text("detector").value_or("Detector");
  if (auto const file = detector_file(keys, config, name)) {
    detector made = read_detector_file(*file);
    made.orientation = configured_orientation(keys, config, made.orientation);
    return made;
  }
  auto const [rows, columns] = configured_shape(keys, config);
  detector made;
  made.name = "Detector";
  made.rows = rows;
  made.columns = columns;
  if (lower(name) != "detector") {
    try {
      made = make_detector(name, rows, columns);
    } catch (input_error const& unknown) {
      keys.fail(unknown.what());
    }
  }
  set_pixel_size(keys, config, "pixel1", "pixelsize1", made.pixel1);
  set_pixel_size(keys, config, "pixel2", "pixelsize2", made.pixel2);
  made.orientation = configured_orientation(keys, config, 3);
  return made;
}

}  // namespace

poni parse_poni(std::string const& text, std::string const& name) {
  poni_keys const keys(text, name);
  if (!keys.text("distance")) keys.fail("it has no Distance; is it a PONI file?");
  check_version(keys);
  poni made;
  made.distance = *keys.positive("distance");
  made.poni1 = keys.required("poni1");
  made.poni2 = keys.required("poni2");
  made.rot1 = keys.number("rot1").value_or(0);
  made.rot2 = keys.number("rot2").value_or(0);
  made.rot3 = keys.number("rot3").value_or(0);
  made.wavelength = keys.positive("wavelength").value_or(0);
  made.detector = read_detector(keys);
  made.text = text;
  return made;
}

poni read_poni(std::string const& path) {
  auto const text = read_small_file(path, "PONI file");
  if (looks_like_json(text)) return parse_poni(poni_text_of(parse_pyfai_json(text, path), path), path);
  return parse_poni(text, path);
}

void fit_shape(poni& geometry, int rows, int columns) {
  detector& its = geometry.detector;
  if (its.rows == 0) {
    its.rows = rows;
    its.columns = columns;
  }
  if (its.rows != rows || its.columns != columns) {
    throw input_error("the frames have " + std::to_string(rows) + " rows × " + std::to_string(columns) +
                      " columns, but the detector '" + its.name + "' of the geometry has " + std::to_string(its.rows) +
                      " × " + std::to_string(its.columns) + "; check the PONI file and the dataset");
  }
}

}  // namespace xrdct
