#include "xrdct/geometry/detector_file.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace xrdct {
namespace {

constexpr std::uint64_t most_pixels = std::uint64_t{1} << 27U;
constexpr float farthest = 1000;  // metres

/// The group of a detector in its file.
class detector_group {
 public:
  explicit detector_group(std::string const& path) : file_(path), opened_(hdf5::open_input(path)), group_(find()) {}

  [[noreturn]] void fail(std::string const& why) const { throw input_error("detector file '" + file_ + "': " + why); }

  std::string const& group() const { return group_; }
  std::string const& file() const { return file_; }
  std::string at(std::string const& name) const { return group_ + "/" + name; }
  bool has(std::string const& name) const { return dataset_exists(file_, at(name)); }

  /// Empty where there is no such dataset.
  std::vector<double> numbers(std::string const& name) const {
    return has(name) ? read_numbers(at(name), file_).values : std::vector<double>{};
  }

  std::optional<int> small_number(std::string const& name) const {
    auto const values = numbers(name);
    if (values.empty()) return {};
    if (values.size() != 1 || std::floor(values[0]) != values[0] || std::abs(values[0]) > 1000)
      fail(name + " is not a small whole number");
    return static_cast<int>(values[0]);
  }

  /// Truth values are an enumeration of one byte, as h5py writes them, or a number.
  bool flag(std::string const& name, bool otherwise) const {
    if (!has(name)) return otherwise;
    hdf5::handle const dataset(H5Dopen2(opened_->file.id(), at(name).c_str(), H5P_DEFAULT), H5Dclose);
    hdf5::handle const type(dataset ? H5Dget_type(dataset.id()) : H5I_INVALID_HID, H5Tclose);
    if (!type || H5Tget_class(type.id()) != H5T_ENUM) return small_number(name).value_or(otherwise ? 1 : 0) != 0;
    std::uint8_t value = 0;
    if (H5Tget_size(type.id()) != 1 || !hdf5::extent_of(dataset.id()).empty() ||
        H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) < 0)
      fail(name + " is not true or false");
    return value != 0;
  }

 private:
  std::vector<std::string> children(std::string const& group, std::string const& kind) const {
    std::vector<std::string> found;
    for (std::string const& name : hdf5::names_in(opened_->file.id(), group.empty() ? "/" : group)) {
      std::string path = group + "/" + name;
      if (hdf5::type_at(opened_->file.id(), path) == H5O_TYPE_GROUP &&
          read_text_attribute(file_, path, "NX_class") == kind)
        found.push_back(std::move(path));
    }
    return found;
  }

  std::string find() const {
    auto entries = children("", "NXentry");
    std::vector<std::pair<std::string, std::string>> by_time;
    for (auto const& entry : entries) by_time.emplace_back(read_text(file_, entry + "/start_time"), entry);
    std::stable_sort(by_time.begin(), by_time.end(), [](auto const& a, auto const& b) { return a.first > b.first; });
    for (auto const& [time, entry] : by_time)
      for (char const* kind : {"NXsubentry", "NXinstrument"})
        for (auto const& instrument : children(entry, kind))
          for (auto const& found : children(instrument, "NXdetector")) return found;
    fail("it describes no detector (an NXdetector, as pyFAI's detector2nexus writes it)");
  }

  std::string file_;
  std::shared_ptr<hdf5::input_file> opened_;
  std::string group_;
};

/// {0, 0} where the file gives none.
std::array<int, 2> shape_by(detector_group const& from, char const* name) {
  auto const values = from.numbers(name);
  if (values.empty()) return {0, 0};
  bool good = values.size() == 2;
  for (double value : values) good = good && value >= 1 && value <= 1e6 && std::floor(value) == value;
  if (!good || values[0] * values[1] > static_cast<double>(most_pixels)) from.fail(std::string(name) + " is no shape");
  return {static_cast<int>(values[0]), static_cast<int>(values[1])};
}

/// Twice the area of a pixel in the plane of the detector; positive for corners in the order of a regular grid.
double turned_area(float const* zyx, int corners) {
  double sum = 0;
  for (int k = 0; k < corners; ++k) {
    float const* const a = zyx + std::ptrdiff_t{3} * k;
    float const* const b = zyx + std::ptrdiff_t{3} * ((k + 1) % corners);
    sum +=
        static_cast<double>(a[1]) * static_cast<double>(b[2]) - static_cast<double>(b[1]) * static_cast<double>(a[2]);
  }
  return sum;
}

/// [rows][columns][corners][3], checked.
std::vector<std::uint64_t> extent_of_corners(detector_group const& from) {
  auto extent = dataset_shape(from.file(), from.at("pixel_corners"));
  if (extent.size() != 4 || extent[3] != 3 || extent[0] < 1 || extent[1] < 1)
    from.fail("pixel_corners is not an array [rows][columns][corners][3]");
  if (extent[2] != 4 && extent[2] != 6)
    from.fail("pixels of " + std::to_string(extent[2]) + " corners are not supported; 4 and 6 are");
  if (extent[0] > most_pixels || extent[1] > most_pixels / extent[0]) from.fail("pixel_corners is absurdly large");
  return extent;
}

std::array<int, 2> shape_of_corners(detector_group const& from) {
  auto const extent = extent_of_corners(from);
  return {static_cast<int>(extent[0]), static_cast<int>(extent[1])};
}

/// All corners of all pixels, pixel by pixel.
pixel_corners read_corners(detector_group const& from) {
  auto const extent = extent_of_corners(from);
  pixel_corners made;
  made.rows = static_cast<int>(extent[0]);
  made.columns = static_cast<int>(extent[1]);
  made.corners = static_cast<int>(extent[2]);
  made.shared = false;
  // Piece by piece, so that a file that only declares pixels costs no more than one piece of memory.
  std::uint64_t const line = extent[1] * extent[2] * 3, lines = std::max<std::uint64_t>(1, (1U << 24U) / line);
  for (std::uint64_t row = 0; row < extent[0]; row += lines) {
    std::uint64_t const count = std::min(lines, extent[0] - row), start = made.positions.size();
    made.positions.resize(start + count * line);
    std::array const first{row, std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{0}};
    std::array const size{count, extent[1], extent[2], std::uint64_t{3}};
    auto const piece = std::span(made.positions).subspan(start);
    read_block(from.file(), from.at("pixel_corners"), first, size, piece);
    if (std::all_of(piece.begin(), piece.end(), [](float value) { return value == 0; }))
      from.fail("pixels have no extent from row " + std::to_string(row) + " on: pixel_corners holds zeros");
  }
  return made;
}

/// Gaps where a corner is not finite; says whether corners run the other way round.
void check_corners(detector_group const& from, pixel_corners& pixels, std::vector<std::uint8_t>& gaps) {
  std::size_t const values = static_cast<std::size_t>(pixels.corners) * 3, count = pixels.positions.size() / values;
  double turned = 0;
  bool flat = true;
  for (std::size_t pixel = 0; pixel < count; ++pixel) {
    auto const corners = std::span(pixels.positions).subspan(pixel * values, values);
    if (!std::all_of(corners.begin(), corners.end(), [](float value) { return std::isfinite(value); })) {
      if (gaps.empty()) gaps.resize(count);
      gaps[pixel] = 1;
      std::fill(corners.begin(), corners.end(), NAN);
      continue;
    }
    for (std::size_t i = 0; i < values; ++i) {
      if (std::abs(corners[i]) > farthest) from.fail("pixel_corners holds positions more than 1 km away");
      if (i % 3 == 0 && corners[i] != 0) flat = false;
    }
    turned += turned_area(corners.data(), pixels.corners);
  }
  if (turned == 0) from.fail("its pixels have no extent, or none has a position");
  pixels.reversed = turned < 0;
  pixels.flat = pixels.flat && flat;
}

/// Whether neighbouring pixels have their corners in common, to a thousandth of the largest pixel.
bool are_shared(pixel_corners const& pixels) {
  if (pixels.corners != 4) return false;
  auto const apart = [&](int row, int column, int k, int row2, int column2, int k2) {
    float const *const a = pixels.at(row, column, k), *const b = pixels.at(row2, column2, k2);
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  };
  for (int row = 0; row < pixels.rows; ++row)
    for (int column = 0; column < pixels.columns; ++column) {
      float const close = 1e-3F * apart(row, column, 0, row, column, 2);
      bool const right = column + 1 == pixels.columns || (apart(row, column, 3, row, column + 1, 0) <= close &&
                                                          apart(row, column, 2, row, column + 1, 1) <= close);
      bool const below = row + 1 == pixels.rows || (apart(row, column, 1, row + 1, column, 0) <= close &&
                                                    apart(row, column, 2, row + 1, column, 3) <= close);
      if (!right || !below) return false;  // also where a position is NaN
    }
  return true;
}

/// The same with every corner kept once.
pixel_corners shared(pixel_corners const& pixels) {
  pixel_corners made{pixels.rows, pixels.columns, 4, true, pixels.flat, pixels.reversed, {}};
  made.positions.reserve((static_cast<std::size_t>(pixels.rows) + 1) * (static_cast<std::size_t>(pixels.columns) + 1) *
                         3);
  for (int line = 0; line <= pixels.rows; ++line)
    for (int edge = 0; edge <= pixels.columns; ++edge) {
      bool const last_row = line == pixels.rows, last_column = edge == pixels.columns;
      int const k = last_row ? (last_column ? 2 : 1) : (last_column ? 3 : 0);
      float const* const zyx = pixels.at(last_row ? line - 1 : line, last_column ? edge - 1 : edge, k);
      made.positions.insert(made.positions.end(), zyx, zyx + 3);
    }
  return made;
}

void take_corners(detector_group const& from, detector& made) {
  auto const [rows, columns] = shape_of_corners(from);
  if (rows != made.rows || columns != made.columns)
    from.fail("pixel_corners has " + std::to_string(rows) + " × " + std::to_string(columns) +
              " pixels, but the detector " + std::to_string(made.rows) + " × " + std::to_string(made.columns) +
              "; binned ones are not supported");
  pixel_corners pixels = read_corners(from);
  pixels.flat = from.flag("IS_FLAT", true);
  check_corners(from, pixels, made.gaps);
  made.corners = std::make_shared<pixel_corners const>(are_shared(pixels) ? shared(pixels) : std::move(pixels));
}

void take_mask(detector_group const& from, detector& made) {
  if (!from.has("mask")) return;
  image const mask = read_image(from.file() + "::" + from.at("mask"));
  if (made.rows == 0) {
    made.rows = mask.rows;
    made.columns = mask.columns;
  }
  if (mask.rows != made.rows || mask.columns != made.columns) from.fail("its mask has another shape than the detector");
  made.gaps.reserve(mask.values.size());
  for (double value : mask.values) made.gaps.push_back(value != 0 ? 1 : 0);
}

void take_pixel_size(detector_group const& from, detector& made) {
  auto const size = from.numbers("pixel_size");
  bool const good = size.size() == 2 && size[0] > 0 && size[1] > 0 && std::isfinite(size[0]) && std::isfinite(size[1]);
  if (!good && !from.has("pixel_corners")) from.fail("it gives neither pixel_corners nor a positive pixel_size");
  if (!good) return;
  made.pixel1 = size[0];
  made.pixel2 = size[1];
}

}  // namespace

detector read_detector_file(std::string const& path) {
  detector_group const from(path);
  detector made;
  made.file = path;
  made.name = from.group().substr(from.group().rfind('/') + 1);
  std::replace(made.name.begin(), made.name.end(), '_', ' ');
  auto shape = shape_by(from, "shape");
  if (shape[0] == 0) shape = shape_by(from, "max_shape");
  if (shape[0] == 0 && from.has("pixel_corners")) shape = shape_of_corners(from);
  made.rows = shape[0];
  made.columns = shape[1];
  made.orientation = from.small_number("orientation").value_or(3);
  if (made.orientation == 0) made.orientation = 3;
  if (made.orientation < 1 || made.orientation > 4) from.fail("its orientation is not one of 1, 2, 3, 4");
  take_pixel_size(from, made);
  take_mask(from, made);
  if (from.has("pixel_corners")) take_corners(from, made);
  for (char const* image : {"flatfield", "darkcurrent"})
    if (from.has(image))
      log_warning("detector file '" + path + "': its " + image + " is not applied; give '" + path +
                  "::" + from.at(image) + "' as an image where it is wanted");
  return made;
}

}  // namespace xrdct
