#include "xrdct/codec/image_source.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <filesystem>
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
  to_doubles(bytes, layout.type, big_endian, made.values);
  return made;
}

}  // namespace xrdct
