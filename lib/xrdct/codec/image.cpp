#include "xrdct/codec/image.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/codec/image_formats.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace xrdct {

image_source::image_source(std::string path) : path_(std::move(path)) {
  std::error_code status;
  if (!std::filesystem::exists(path_, status)) fail("there is no such file");
  if (!std::filesystem::is_regular_file(path_, status)) fail("it is not a regular file");
  size_ = std::filesystem::file_size(path_, status);
  if (status) fail(status.message());
  file_.open(path_, std::ios::binary);
  if (!file_) fail("it cannot be opened; check its permissions");
}

std::vector<std::byte> image_source::read(std::uint64_t offset, std::uint64_t count) {
  if (offset >= size_) return {};
  std::vector<std::byte> bytes(std::min(count, size_ - offset));
  file_.seekg(static_cast<std::streamoff>(offset));
  file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file_) fail("reading failed at byte " + std::to_string(offset));
  return bytes;
}

void image_source::fail(std::string const& why) const { throw input_error("cannot read image " + path_ + ": " + why); }

std::uint64_t count_pixels(image_source const& source, std::uint64_t rows, std::uint64_t columns) {
  constexpr std::uint64_t most = std::uint64_t{1} << 28U;
  std::string const shape = std::to_string(rows) + " rows × " + std::to_string(columns) + " columns";
  if (rows == 0 || columns == 0) source.fail("its header states an empty image, " + shape);
  if (rows > most || columns > most / rows) source.fail("its header states " + shape + ", more than any detector has");
  return rows * columns;
}

void require_bytes(image_source const& source, std::uint64_t offset, std::uint64_t count) {
  std::uint64_t const found = source.size() - std::min(offset, source.size());
  if (found < count) {
    source.fail("it is truncated: " + std::to_string(count) + " bytes of pixels expected, " + std::to_string(found) +
                " found");
  }
}

std::vector<std::byte> read_pixels_at(image_source& source, std::uint64_t offset, std::uint64_t count) {
  require_bytes(source, offset, count);
  return source.read(offset, count);
}

image make_image(image_layout const& layout, std::span<std::byte const> bytes, bool big_endian) {
  image made;
  made.rows = static_cast<int>(layout.rows);
  made.columns = static_cast<int>(layout.columns);
  made.values.resize(static_cast<std::size_t>(layout.rows * layout.columns));
  made.type = frame_type(layout.type);
  to_doubles(bytes, layout.type, big_endian, made.values);
  return made;
}

frame_status image_reader::read_pixels(std::uint64_t index, pixel_type type, bool /*verify*/,
                                       std::vector<std::byte>& pixels) {
  return from_doubles(read(index).values, type, pixels) ? frame_status::ok : frame_status::corrupt;
}

namespace {

enum class image_format : std::uint8_t { cbf, edf, npy, tiff, unknown };

image_format format_of(image_source& source) {
  auto const head = source.read(0, 16);
  std::string_view const start(reinterpret_cast<char const*>(head.data()), head.size());
  using namespace std::string_view_literals;
  if (start.starts_with("\x93NUMPY"sv)) return image_format::npy;
  for (auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (start.starts_with(magic)) return image_format::tiff;
  if (start.starts_with("###CBF"sv)) return image_format::cbf;
  auto const first = start.find_first_not_of(" \t\r\n");
  if (first != start.npos && start[first] == '{') return image_format::edf;
  return image_format::unknown;
}

[[noreturn]] void refuse_format(image_source& source) {
  auto const head = source.read(0, 4);
  if (head.empty()) source.fail("it is empty");
  if (head.size() == 4 && std::memcmp(head.data(), "\x89HDF", 4) == 0)
    source.fail("it is an HDF5 file; name the dataset in it too (FILE::/dataset)");
  source.fail("its format is unknown; use CBF, EDF, TIFF, NumPy .npy, or FILE::/dataset for HDF5");
}

}  // namespace

std::unique_ptr<image_reader> open_images(std::string const& path) {
  image_source source(path);
  switch (format_of(source)) {
    case image_format::cbf: return open_cbf(std::move(source));
    case image_format::edf: return open_edf(std::move(source));
    case image_format::npy: return open_npy(std::move(source));
    case image_format::tiff: return open_tiff(std::move(source));
    case image_format::unknown: break;
  }
  refuse_format(source);
}

bool is_image_file(std::string const& path) {
  try {
    image_source source(path);
    return format_of(source) != image_format::unknown;
  } catch (input_error const&) {
    return false;
  }
}

image read_image_file(std::string const& path) { return open_images(path)->read(0); }

}  // namespace xrdct
