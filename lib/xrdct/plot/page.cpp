#include "xrdct/plot/page.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/plot/colour_map.hpp"
#include "xrdct/plot/page_template.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>

#include <nlohmann/json.hpp>

namespace xrdct {
namespace {

using json = nlohmann::ordered_json;

constexpr std::uint16_t no_number = 65535, largest_share = 65534;

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : digits[three >> (18 - 6 * k) & 63];
  }
  return text;
}

struct span_of_values {
  double least = 0, largest = 0;
};

span_of_values finite_span(value_map const& map) {
  span_of_values found;
  bool any = false;
  for (auto const v : map) {
    if (!std::isfinite(v)) continue;
    double const value = static_cast<double>(v);
    found = any ? span_of_values{std::min(found.least, value), std::max(found.largest, value)}
                : span_of_values{value, value};
    any = true;
  }
  return found;
}

/// Little-endian 16-bit shares of the range from the least to the largest value.
void append_shares(std::string& bytes, value_map const& map, span_of_values within) {
  double const range = within.largest - within.least;
  for (auto const v : map) {
    std::uint16_t share = no_number;
    if (std::isfinite(v)) {
      double const part = range > 0 ? (static_cast<double>(v) - within.least) / range : 0;
      share = static_cast<std::uint16_t>(std::lround(part * largest_share));
    }
    bytes += static_cast<char>(share & 0xff);
    bytes += static_cast<char>(share >> 8);
  }
}

json axis_of(map_axis const& axis) {
  auto name = axis.name;
  if (auto const theta = name.find('\1'); theta != std::string::npos) name.replace(theta, 1, "\u03b8");
  return {{"name", name}, {"unit", axis.unit}, {"values", axis.values}};
}

/// JSON has no NaN: null.
json numbers(auto const& values) {
  json list = json::array();
  for (auto const v : values) list.push_back(std::isfinite(v) ? json(v) : json());
  return list;
}

json colours() {
  json all = json::array();
  for (int i = 0; i < 256; ++i) {
    auto const c = map_colour(i / 255.0);
    for (float const part : {c.red, c.green, c.blue}) all.push_back(std::lround(255 * std::clamp(part, 0.0F, 1.0F)));
  }
  return all;
}

void add_maps(json& data, page_content const& content) {
  std::string shares;
  for (std::size_t g = 0; g < content.maps.size(); ++g) {
    auto const within = finite_span(content.maps[g]);
    data["groups"].push_back({content.groups[g].first, content.groups[g].last});
    data["least"].push_back(within.least);
    data["largest"].push_back(within.largest);
    append_shares(shares, content.maps[g], within);
  }
  data["maps"] = base64(shares);
}

json data_of(page_content const& content) {
  json data{{"title", content.title},
            {"part", content.part},
            {"x", axis_of(content.x)},
            {"y", axis_of(content.y)},
            {"channels", axis_of(content.channels)},
            {"pattern", numbers(content.pattern)},
            {"square", content.square},
            {"start", {content.start.first, content.start.second}},
            {"facts", content.facts},
            {"seconds", content.stage_seconds},
            {"colours", colours()}};
  auto const add = [&](char const* name, std::optional<scan_image> const& image) {
    if (image)
      data[name] = {{"rotation", axis_of(image->rotation)},
                    {"translation", axis_of(image->translation)},
                    {"values", numbers(image->values)}};
  };
  add("sinogram", content.sinogram);
  add("order", content.order);
  add_maps(data, content);
  return data;
}

[[noreturn]] void fail(std::string const& path, int why) {
  std::remove(path.c_str());
  throw runtime_failure("writing the page '" + path +
                        "' failed: " + std::strerror(why));  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

std::string page_text(page_content const& content) {
  // Text in a page ends at "</script": without '<' nothing that a file says can be taken for a part of the page.
  auto const text = data_of(content).dump(-1, ' ', false, json::error_handler_t::replace);
  std::string page(page_template);
  std::string safe;
  for (char const c : text) c == '<' ? safe += "\\u003c" : safe += c;
  constexpr std::string_view place = "@DATA@";
  return page.replace(page.find(place), place.size(), safe);
}

void write_page(std::string const& path, page_content const& content) {
  auto const unfinished = path + ".unfinished";
  {
    std::ofstream file(unfinished, std::ios::binary);
    if (!file) fail(unfinished, errno);
    file << page_text(content);
    file.close();
    if (!file) fail(unfinished, errno);
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) fail(unfinished, errno);
}

}  // namespace xrdct
