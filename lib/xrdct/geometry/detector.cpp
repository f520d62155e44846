#include "xrdct/geometry/detector.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <utility>

namespace xrdct {
namespace {

/// How a family of detectors is built of equal modules. The facts are Dectris's, as pyFAI's detectors/_dectris.py has
/// them.
struct module_family {
  std::string_view name;
  double pixel;  // metres, square
  bool negative_is_dead;
  int module_rows, module_columns;
  int gap_rows, gap_columns;
  int centre_before,
      centre_after;  // columns masked before and after the middle of a module: CdTe sensors are two halves
};

constexpr module_family pilatus{"Pilatus", 172e-6, true, 195, 487, 17, 7, 0, 0};
constexpr module_family pilatus_cdte{"Pilatus CdTe", 172e-6, true, 195, 487, 17, 7, 1, 2};
constexpr module_family eiger{"Eiger", 75e-6, true, 514, 1030, 37, 10, 0, 0};
constexpr module_family eiger2{"Eiger2", 75e-6, true, 512, 1028, 38, 12, 0, 0};
constexpr module_family eiger2_cdte{"Eiger2 CdTe", 75e-6, true, 512, 1028, 38, 12, 1, 1};

struct known_detector {
  module_family const* family;
  std::string_view size;
  int rows, columns;
};

constexpr std::array<known_detector, 33> known_detectors{{
    {&pilatus, "100k", 195, 487},        {&pilatus, "200k", 407, 487},        {&pilatus, "300k", 619, 487},
    {&pilatus, "300kw", 195, 1475},      {&pilatus, "900k", 619, 1475},       {&pilatus, "1M", 1043, 981},
    {&pilatus, "2M", 1679, 1475},        {&pilatus, "6M", 2527, 2463},        {&pilatus_cdte, "300k", 619, 487},
    {&pilatus_cdte, "300kw", 195, 1475}, {&pilatus_cdte, "900kw", 195, 4439}, {&pilatus_cdte, "1M", 1043, 981},
    {&pilatus_cdte, "2M", 1679, 1475},   {&eiger, "500k", 514, 1030},         {&eiger, "1M", 1065, 1030},
    {&eiger, "4M", 2167, 2070},          {&eiger, "9M", 3269, 3110},          {&eiger, "16M", 4371, 4150},
    {&eiger2, "250k", 512, 512},         {&eiger2, "500k", 512, 1028},        {&eiger2, "1M", 1062, 1028},
    {&eiger2, "1M-W", 512, 2068},        {&eiger2, "2M-W", 512, 4148},        {&eiger2, "4M", 2162, 2068},
    {&eiger2, "9M", 3262, 3108},         {&eiger2, "16M", 4362, 4148},        {&eiger2_cdte, "500k", 512, 1028},
    {&eiger2_cdte, "1M", 1062, 1028},    {&eiger2_cdte, "1M-W", 512, 2068},   {&eiger2_cdte, "2M-W", 512, 4148},
    {&eiger2_cdte, "4M", 2162, 2068},    {&eiger2_cdte, "9M", 3262, 3108},    {&eiger2_cdte, "16M", 4362, 4148},
}};

std::string full_name(known_detector const& known) {
  return std::string(known.family->name) + " " + std::string(known.size);
}

/// Lower case without spaces, '_' and '-', and with "cdte", which stands in different places, at the end.
std::string simplified(std::string_view name) {
  std::string made;
  for (char c : name)
    if (c != ' ' && c != '_' && c != '-') made += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (auto const at = made.find("cdte"); at != made.npos) made = made.erase(at, 4) + "cdte";
  return made;
}

std::string near_names(std::string const& key) {
  std::vector<std::pair<std::size_t, std::string>> names;
  names.reserve(known_detectors.size());
  for (auto const& known : known_detectors)
    names.emplace_back(edit_distance(key, simplified(full_name(known))), full_name(known));
  std::stable_sort(names.begin(), names.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  std::string listed;
  for (std::size_t i = 0; i < 5; ++i) listed += (i == 0 ? "" : ", ") + names[i].second;
  return listed;
}

/// Marks the lines of pixels between modules: those after every whole module.
std::vector<std::uint8_t> gap_lines(int lines, int module, int gap) {
  std::vector<std::uint8_t> marked(static_cast<std::size_t>(lines));
  for (int i = 0; i < lines; ++i) marked[static_cast<std::size_t>(i)] = i % (module + gap) >= module ? 1 : 0;
  return marked;
}

/// Marks the seam between the two halves of every module's sensor.
void mark_seams(std::vector<std::uint8_t>& columns, module_family const& family) {
  int const period = family.module_columns + family.gap_columns;
  int const middle = family.module_columns / 2;
  int const end = static_cast<int>(columns.size());
  for (int centre = middle; centre < end; centre += period) {
    for (int i = centre - family.centre_before; i < std::min(centre + family.centre_after, end); ++i)
      columns[static_cast<std::size_t>(i)] = 1;
  }
}

std::vector<std::uint8_t> gap_mask(module_family const& family, int rows, int columns) {
  auto const row_gaps = gap_lines(rows, family.module_rows, family.gap_rows);
  auto column_gaps = gap_lines(columns, family.module_columns, family.gap_columns);
  if (family.centre_before + family.centre_after > 0) mark_seams(column_gaps, family);
  std::vector<std::uint8_t> mask;
  mask.reserve(row_gaps.size() * column_gaps.size());
  for (std::uint8_t row : row_gaps)
    for (std::uint8_t column : column_gaps) mask.push_back(row | column);
  return mask;
}

detector build(module_family const& family, std::string name, int rows, int columns) {
  detector made;
  made.name = std::move(name);
  made.pixel1 = made.pixel2 = family.pixel;
  made.rows = rows;
  made.columns = columns;
  made.negative_is_dead = family.negative_is_dead;
  made.gaps = gap_mask(family, rows, columns);
  return made;
}

}  // namespace

detector make_detector(std::string const& name) { return make_detector(name, 0, 0); }

detector make_detector(std::string const& name, int rows, int columns) {
  std::string const key = simplified(name.substr(0, 100));
  bool const own_shape = rows == 0 && columns == 0;
  for (auto const& known : known_detectors) {
    if (simplified(full_name(known)) == key)
      return build(*known.family, full_name(known), own_shape ? known.rows : rows, own_shape ? known.columns : columns);
  }
  for (auto const* family : {&pilatus, &pilatus_cdte, &eiger, &eiger2, &eiger2_cdte}) {
    if (simplified(family->name) != key) continue;
    if (own_shape) throw input_error("detector '" + name + "' comes in many shapes; give max_shape or a full name");
    return build(*family, std::string(family->name), rows, columns);
  }
  throw input_error("detector '" + name.substr(0, 100) + "' is unknown; did you mean one of " + near_names(key) +
                    "? For others use the detector 'Detector' with pixel sizes and max_shape");
}

bool known_by_name(detector const& which) {
  std::string const key = simplified(which.name);
  return std::ranges::any_of(known_detectors, [&](known_detector const& known) {
    double const pixel = known.family->pixel;
    return simplified(full_name(known)) == key && which.rows == known.rows && which.columns == known.columns &&
           which.pixel1 == pixel && which.pixel2 == pixel;
  });
}

}  // namespace xrdct
