#include "xrdct/geometry/pyfai_json.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

namespace xrdct {
namespace {

using json = nlohmann::json;

constexpr std::uintmax_t largest_file = 1U << 24U;
constexpr int deepest = 32;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

/// Puts words that only Python takes for numbers in quotes.
std::string with_quoted_words(std::string const& text) {
  std::string made;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\' && i + 1 < text.size()) {
      made.append(text, i, 2);
      ++i;
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    std::string_view const rest = std::string_view(text).substr(i);
    bool taken = false;
    for (std::string_view const word : {"NaN", "Infinity", "-Infinity"}) {
      if (quoted || !rest.starts_with(word) || (i > 0 && is_letter(text[i - 1]))) continue;
      made.append("\"").append(word).append("\"");
      i += word.size() - 1;
      taken = true;
      break;
    }
    if (!taken) made += text[i];
  }
  return made;
}

/// Refuses what no set-up has, while it is parsed: depth that would end in a crash, and keys of which one would be
/// lost.
class strict_builder {
 public:
  explicit strict_builder(std::string where) : where_(std::move(where)) {}

  bool operator()(int depth, json::parse_event_t event, json const& parsed) {
    using event_kind = json::parse_event_t;
    if (depth > deepest) throw input_error(where_ + ": its JSON is nested too deeply");
    if (event == event_kind::object_start || event == event_kind::array_start) keys_.emplace_back();
    if (event == event_kind::object_end || event == event_kind::array_end) keys_.pop_back();
    if (event != event_kind::key) return true;
    auto const& name = parsed.get_ref<std::string const&>();
    if (!keys_.back().insert(name).second)
      throw input_error(where_ + ": the key '" + name.substr(0, 60) + "' is given twice");
    return true;
  }

 private:
  std::string where_;
  std::vector<std::set<std::string>> keys_;
};

std::string line_of(std::string const& text, std::size_t byte) {
  auto const end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return std::to_string(std::count(text.begin(), end, '\n') + 1);
}

/// Lines of a PONI file.
class poni_lines {
 public:
  explicit poni_lines(std::string where) : where_(std::move(where)) {}

  void add(json const& from, std::string const& key, std::string const& as) {
    auto const found = from.find(key);
    if (found == from.end() || found->is_null()) return;
    if (found->is_string()) {
      auto const& value = found->get_ref<std::string const&>();
      if (value.find_first_of("\r\n") != value.npos) refuse(key);
      text_ += as + ": " + value + "\n";
    } else if (found->is_number() || found->is_object() || found->is_boolean()) {
      text_ += as + ": " + found->dump() + "\n";
    } else {
      refuse(key);
    }
  }
  void line(std::string const& text) { text_ += text + "\n"; }
  std::string take() { return std::move(text_); }

 private:
  [[noreturn]] void refuse(std::string const& key) const {
    throw input_error(where_ + ": '" + key + "' is not what a geometry has there");
  }
  std::string where_;
  std::string text_;
};

/// Position, orientation and wavelength.
void add_beam(poni_lines& lines, json const& from) {
  lines.add(from, "distance", "Distance");
  lines.add(from, "dist", "Distance");
  for (auto const& [key, as] : {std::pair{"poni1", "Poni1"},
                                {"poni2", "Poni2"},
                                {"rot1", "Rot1"},
                                {"rot2", "Rot2"},
                                {"rot3", "Rot3"},
                                {"wavelength", "Wavelength"}})
    lines.add(from, key, as);
}

std::string text_of_dictionary(json const& from, std::string const& where) {
  poni_lines lines(where);
  lines.add(from, "poni_version", "poni_version");
  lines.add(from, "detector", "Detector");
  lines.add(from, "detector_config", "Detector_config");
  for (auto const& [key, as] :
       {std::pair{"pixelsize1", "PixelSize1"}, {"pixelsize2", "PixelSize2"}, {"splinefile", "SplineFile"}})
    lines.add(from, key, as);
  add_beam(lines, from);
  lines.add(from, "parallax", "Parallax");
  return lines.take();
}

/// Version 1 has pixels beside the detector, of which only a plain one takes them; where it names none they are one.
std::string text_of_first_version(json const& from, std::string const& where) {
  poni_lines lines(where);
  auto const present = [&](char const* key) { return !from.value(key, json()).is_null(); };
  auto const name = from.value("detector", json(""));
  bool const unnamed = !name.is_string() || name == json("");
  bool const pixels = present("pixel1") && present("pixel2");
  if (!unnamed) lines.add(from, "detector", "Detector");
  if (unnamed && pixels && present("shape")) lines.line("Detector: Detector");
  if (unnamed || lower(name.get_ref<std::string const&>()) == "detector") {
    lines.add(from, "pixel1", "PixelSize1");
    lines.add(from, "pixel2", "PixelSize2");
    if (auto const shape = from.value("shape", json()); shape.is_array() && pixels)
      lines.line("Detector_config: " + json{{"max_shape", shape}}.dump());
  }
  for (char const* key : {"splineFile", "splinefile"})
    if (from.value(key, json("")) != json("")) lines.add(from, key, "SplineFile");
  add_beam(lines, from);
  return lines.take();
}

/// A geometry without a distance only amends that of a file.
bool is_whole_geometry(json const& setup) {
  return !setup.value("dist", json()).is_null() || !setup.value("distance", json()).is_null();
}

int version_of(json const& setup, std::string const& path) {
  auto const version = setup.value("version", json(1));
  if (!version.is_number()) throw input_error(path + ": its version is not a number");
  return static_cast<int>(std::clamp(version.get<double>(), 0.0, 99.0));
}

}  // namespace

bool looks_like_json(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  auto const first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{';
}

std::string read_small_file(std::string const& path, std::string const& what) {
  std::error_code status;
  if (!std::filesystem::exists(path, status)) throw input_error(what + " " + path + ": there is no such file");
  auto const size = std::filesystem::is_regular_file(path, status) ? std::filesystem::file_size(path, status) : 0;
  if (size == 0 || size > largest_file || status)
    throw input_error(what + " " + path + ": it is not a text file of up to 16 MiB");
  std::string text(static_cast<std::size_t>(size), '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
    throw input_error(what + " " + path + ": it cannot be read; check its permissions");
  return text;
}

json parse_pyfai_json(std::string const& text, std::string const& where) {
  auto const plain = with_quoted_words(text);
  json parsed;
  try {
    parsed = json::parse(plain, strict_builder(where));
  } catch (json::parse_error const& e) {
    throw input_error(where + ": it is not JSON, though it begins so, by what stands in line " +
                      line_of(plain, e.byte) + "; is it the right file?");
  } catch (json::exception const&) {
    throw input_error(where + ": a number in its JSON is too large");
  }
  if (!parsed.is_object()) throw input_error(where + ": its JSON is not an object of keys and values");
  return parsed;
}

std::string found_beside(std::string const& given, std::string const& beside) {
  namespace fs = std::filesystem;
  std::error_code none;
  auto const file = given.substr(0, given.find("::"));
  if (file.empty() || fs::path(file).is_absolute() || fs::exists(file, none)) return given;
  auto const folder = fs::path(beside).parent_path();
  return fs::exists(folder / file, none) ? (folder / given).string() : given;
}

bool is_geometry_key(std::string_view key) {
  constexpr std::array keys{"dist",       "distance",   "poni1",           "poni2",        "rot1",       "rot2",
                            "rot3",       "detector",   "detector_config", "wavelength",   "pixel1",     "pixel2",
                            "splineFile", "splinefile", "parallax",        "poni_version", "pixelsize1", "pixelsize2"};
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::string poni_text_of(json const& whole, std::string const& path) {
  auto const ai = whole.value("ai", json());
  json const& setup = ai.is_object() ? ai : whole;
  auto const inner = setup.value("poni", json());
  std::string text = "# geometry of " + path + "\n";
  if (inner.is_object()) return text + text_of_dictionary(inner, path);
  if (!inner.is_null() && !inner.is_string())
    throw input_error(path + ": 'poni' is neither the name of a file nor a geometry");
  auto const file = inner.is_string() ? inner.get<std::string>() : "";
  bool const first_version = version_of(setup, path) < 2 && !setup.contains("detector_config");
  if (!file.empty() && (first_version || !is_whole_geometry(setup))) {
    auto base = read_small_file(found_beside(file, path), "PONI file");
    if (looks_like_json(base))
      throw input_error(path + ": its 'poni' " + file + " is JSON again; name a PONI file there");
    text += base + (base.ends_with('\n') ? "" : "\n");
  }
  return text + (first_version ? text_of_first_version(setup, path) : text_of_dictionary(setup, path));
}

}  // namespace xrdct
