#include "xrdct/io/checkpoint_shard.hpp"

#include "xrdct/base/checksum.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/failpoint.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace xrdct {
namespace {

constexpr std::size_t head_bytes = 48;
constexpr std::uint32_t head_mark = 0x4B435258;  // "XRCK"
using head = std::array<std::byte, head_bytes>;

template <class Number>
void put(head& to, std::size_t at, Number value) {
  for (std::size_t byte = 0; byte < sizeof value; ++byte)
    to[at + byte] = static_cast<std::byte>((value >> (8 * byte)) & 0xFFU);
}

template <class Number>
Number get(head const& from, std::size_t at) {
  Number value = 0;
  for (std::size_t byte = 0; byte < sizeof value; ++byte)
    value |= std::to_integer<Number>(from[at + byte]) << (8 * byte);
  return value;
}

std::uint64_t sum_of_head(head const& bytes) { return checksum(std::span(bytes).first(head_bytes - 8)); }

head make_head(shard_record const& record, std::uint64_t length, std::uint64_t sum_of_payload) {
  head bytes{};
  put(bytes, 0, head_mark);
  put(bytes, 4, record.kind);
  put(bytes, 8, record.run);
  put(bytes, 16, record.key);
  put(bytes, 24, length);
  put(bytes, 32, sum_of_payload);
  put(bytes, 40, sum_of_head(bytes));
  return bytes;
}

std::string text_of(int error) { return std::error_code(error, std::generic_category()).message(); }

/// 0, or the error that kept it from being written whole.
int write_all(int file, std::uint64_t place, std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    auto const written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    place += static_cast<std::uint64_t>(written);
  }
  return 0;
}

}  // namespace

shard_writer::shard_writer(std::string path, std::uint64_t run)
    : path_(std::move(path)), run_(run), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
  if (file_ < 0) throw runtime_failure("the checkpoint " + path_ + " cannot be made: " + text_of(errno));
}

shard_writer::~shard_writer() { ::close(file_); }

void shard_writer::append(std::uint32_t kind, std::uint64_t key, std::span<std::span<std::byte const> const> payload) {
  std::uint64_t length = 0;
  std::uint64_t sum = 0;
  for (auto const part : payload) {
    length += part.size();
    sum = checksum(part, sum);
  }
  auto const first = make_head({run_, kind, key}, length, sum);
  auto place = end_;
  int error = write_all(file_, place, first);
  place += first.size();
  for (auto part : payload) {
    if (failpoints_armed && part.size() > 1) {  // in the middle of a record
      if (error == 0) error = write_all(file_, place, part.first(part.size() / 2));
      place += part.size() / 2;
      part = part.subspan(part.size() / 2);
      failpoint("checkpoint");
    }
    if (error == 0) error = write_all(file_, place, part);
    place += part.size();
  }
  if (error == 0) {
    end_ = place;
    return;
  }
  // If not even that works, the next record overwrites it, or a reader finds it torn.
  if (::ftruncate(file_, static_cast<off_t>(end_)) != 0) errno = 0;
  throw runtime_failure("the checkpoint " + path_ + " cannot be written: " + text_of(error));
}

void shard_writer::flush() {
  int result = 0;
  do result = ::fdatasync(file_);
  while (result != 0 && errno == EINTR);
  if (result != 0) throw runtime_failure("the checkpoint " + path_ + " cannot be written: " + text_of(errno));
}

shard_reader::shard_reader(std::string const& path, std::uint64_t longest)
    : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), longest_(longest) {
  struct stat about {};
  if (file_ < 0 || ::fstat(file_, &about) != 0)
    problem_ = text_of(errno);
  else if (!S_ISREG(about.st_mode))
    problem_ = "it is no regular file";
  else
    size_ = static_cast<std::uint64_t>(about.st_size);
}

shard_reader::~shard_reader() {
  if (file_ >= 0) ::close(file_);
}

bool shard_reader::read_bytes(std::uint64_t place, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    auto const count = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    place += static_cast<std::uint64_t>(count);
  }
  return true;
}

shard_reader::finding shard_reader::read(std::uint64_t place, shard_record& record, std::uint64_t& length,
                                         std::vector<std::byte>& payload) {
  if (place > size_ || size_ - place < head_bytes) return finding::torn;
  head first{};
  if (!read_bytes(place, first)) return finding::damaged_head;
  if (get<std::uint32_t>(first, 0) != head_mark || get<std::uint64_t>(first, 40) != sum_of_head(first))
    return finding::damaged_head;
  record = {get<std::uint64_t>(first, 8), get<std::uint32_t>(first, 4), get<std::uint64_t>(first, 16)};
  length = get<std::uint64_t>(first, 24);
  auto const there = size_ - place - head_bytes;
  if (length > there) return finding::torn;
  if (length > longest_) return finding::damaged_payload;
  payload.resize(length);
  if (!read_bytes(place + head_bytes, payload)) return finding::damaged_payload;
  return checksum(payload) == get<std::uint64_t>(first, 32) ? finding::good : finding::damaged_payload;
}

std::optional<shard_record> shard_reader::next(std::vector<std::byte>& payload) {
  shard_record record;
  while (end_ < size_) {
    std::uint64_t length = 0;
    auto const found = read(end_, record, length, payload);
    torn_ = found == finding::torn;
    if (torn_ || found == finding::damaged_head) return {};
    place_ = end_;
    end_ += head_bytes + length;
    if (found == finding::good) return record;
    ++damaged_;
  }
  return {};
}

std::optional<shard_record> shard_reader::at(std::uint64_t place, std::vector<std::byte>& payload) {
  shard_record record;
  std::uint64_t length = 0;
  if (read(place, record, length, payload) != finding::good) return {};
  return record;
}

}  // namespace xrdct
