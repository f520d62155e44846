#include "xrdct/codec/image_source.hpp"

#include "xrdct/codec/decompress.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace xrdct {
namespace {

constexpr std::size_t magic_bytes = 16;

/// All of `to` as far as the file goes, whatever signals and file systems do. Returns −1 on an error.
std::ptrdiff_t read_file(int file, std::uint64_t offset, std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    auto const got = ::pread(file, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<std::ptrdiff_t>(done);
}

byte_supply supply_of(int file) {
  return [file, at = std::uint64_t{0}](std::span<std::byte> to) mutable {
    auto const got = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, read_file(file, at, to)));
    at += got;
    return got;
  };
}

/// Without waiting for the other end of a pipe.
int open_file(std::string const& path) { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }

}  // namespace

file_handle::~file_handle() {
  if (file_ >= 0) ::close(file_);
}

image_source::image_source(std::string path, std::uint64_t limit) : path_(std::move(path)) {
  open();
  std::vector<std::byte> head(magic_bytes);
  head.resize(read_into(0, head));
  if (compression_of(head) != file_compression::none) decompress_all(limit);
}

image_source::image_source(std::string path, std::vector<std::byte> contents)
    : path_(std::move(path)), memory_(std::move(contents)), size_(memory_.size()), in_memory_(true) {}

void image_source::open() {
  file_ = file_handle(open_file(path_));
  if (file_.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) fail("there is no such file");
  if (file_.get() < 0)
    fail(std::string("it cannot be opened: ") + std::strerror(errno) + "; check its permissions");  // NOLINT
  struct stat found {};
  if (::fstat(file_.get(), &found) != 0) fail(std::strerror(errno));  // NOLINT
  if (!S_ISREG(found.st_mode)) fail("it is not a regular file");
  size_ = static_cast<std::uint64_t>(found.st_size);
}

void image_source::decompress_all(std::uint64_t limit) {
  std::vector<std::byte> head(magic_bytes);
  head.resize(read_into(0, head));
  auto const how = compression_of(head);
  std::string const name = how == file_compression::gzip ? "gzip" : "bzip2";
  auto const ended = decompress(how, supply_of(file_.get()), limit, memory_);
  if (ended == decompression::truncated)
    fail("it is truncated: the " + name + " file ends early", frame_status::truncated);
  if (ended == decompression::corrupt) fail("the " + name + " file is corrupt", frame_status::corrupt);
  if (ended == decompression::cut)
    fail("the " + name + " file decompresses to more than " + std::to_string(limit) + " bytes, which an image has not",
         frame_status::lying_header);
  file_ = file_handle();
  size_ = memory_.size();
  in_memory_ = true;
  compressed_ = true;
}

std::vector<std::byte> image_source::head_of(std::string const& path) {
  file_handle const file(open_file(path));
  struct stat found {};
  if (file.get() < 0 || ::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
  std::vector<std::byte> head(magic_bytes);
  head.resize(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, read_file(file.get(), 0, head))));
  auto const how = compression_of(head);
  if (how == file_compression::none) return head;
  std::vector<std::byte> decompressed;
  decompress(how, supply_of(file.get()), magic_bytes, decompressed);
  return decompressed;
}

std::size_t image_source::read_into(std::uint64_t offset, std::span<std::byte> to) const {
  if (offset >= size_) return 0;
  auto const count = static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), size_ - offset));
  if (in_memory_) {
    std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
    return count;
  }
  auto const got = read_file(file_.get(), offset, to.first(count));
  if (got < 0) fail("reading failed at byte " + std::to_string(offset) + ": " + std::strerror(errno));  // NOLINT
  if (static_cast<std::size_t>(got) < count)
    fail("it was cut while it was read, at byte " + std::to_string(offset), frame_status::truncated);
  return count;
}

std::vector<std::byte> image_source::read(std::uint64_t offset, std::uint64_t count) const {
  if (offset >= size_) return {};
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min(count, size_ - offset)));
  read_into(offset, bytes);
  return bytes;
}

void image_source::fail(std::string const& why, frame_status status) const {
  throw image_error("cannot read image " + path_ + ": " + why, status);
}

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
    source.fail(
        "it is truncated: " + std::to_string(count) + " bytes of pixels expected, " + std::to_string(found) + " found",
        frame_status::truncated);
  }
}

void read_pixels_at(image_source const& source, std::uint64_t offset, std::uint64_t count, frame_buffer& bytes) {
  require_bytes(source, offset, count);
  bytes.resize(count);
  source.read_into(offset, bytes);
}

frame_buffer read_pixels_at(image_source const& source, std::uint64_t offset, std::uint64_t count) {
  frame_buffer bytes;
  read_pixels_at(source, offset, count, bytes);
  return bytes;
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
