#include "xrdct/codec/image.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/codec/image_formats.hpp"

#include <algorithm>
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

std::vector<std::byte> read_pixels(image_source& source, std::uint64_t offset, std::uint64_t count) {
  std::uint64_t const found = source.size() - std::min(offset, source.size());
  if (found < count) {
    source.fail("it is truncated: " + std::to_string(count) + " bytes of pixels expected, " + std::to_string(found) +
                " found");
  }
  return source.read(offset, count);
}

image make_image(std::uint64_t rows, std::uint64_t columns) {
  image made;
  made.rows = static_cast<int>(rows);
  made.columns = static_cast<int>(columns);
  made.values.resize(static_cast<std::size_t>(rows * columns));
  return made;
}

image read_image_file(std::string const& path) {
  image_source source(path);
  auto const head = source.read(0, 16);
  std::string_view const start(reinterpret_cast<char const*>(head.data()), head.size());
  using namespace std::string_view_literals;
  if (start.starts_with("\x93NUMPY"sv)) return read_npy(source);
  for (auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (start.starts_with(magic)) return read_tiff(source);
  if (start.starts_with("###CBF"sv)) return read_cbf(source);
  auto const first = start.find_first_not_of(" \t\r\n");
  if (first != start.npos && start[first] == '{') return read_edf(source);
  if (start.starts_with("\x89HDF"sv)) source.fail("it is an HDF5 file; name the dataset in it too (FILE::/dataset)");
  if (start.empty()) source.fail("it is empty");
  source.fail("its format is unknown; use CBF, EDF, TIFF, NumPy .npy, or FILE::/dataset for HDF5");
}

}  // namespace xrdct
