#include "xrdct/io/disk_space.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/result_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace xrdct {
namespace {

class descriptor {
 public:
  descriptor(std::string const& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  descriptor(descriptor const&) = delete;
  descriptor& operator=(descriptor const&) = delete;
  explicit operator bool() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

std::string text_of(int error) { return std::error_code(error, std::generic_category()).message(); }

[[noreturn]] void fail(std::string const& what, std::string const& path, int error) {
  throw runtime_failure("cannot " + what + " '" + path + "': " + text_of(error));
}

std::string folder_of(std::string const& path) {
  auto const folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

std::uint64_t free_disk_space(std::string const& path) {
  struct statvfs about {};
  if (::statvfs(folder_of(path).c_str(), &about) != 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

void reserve_disk_space(std::string const& path) {
  descriptor const file(path, O_RDWR);
  struct stat about {};
  if (!file || ::fstat(file.number(), &about) != 0) fail("reserve disk space for", path, errno);
  if (about.st_size == 0) return;
  int result = 0;
  do result = ::fallocate(file.number(), 0, 0, about.st_size);
  while (result != 0 && errno == EINTR);
  if (result == 0) return;
  int const error = errno;
  auto const there = static_cast<std::uint64_t>(about.st_blocks) * 512;
  auto const size = static_cast<std::uint64_t>(about.st_size);
  bool const cannot = error == EOPNOTSUPP || error == ENOSYS || error == EINVAL;
  if (cannot && (size <= there || size - there <= free_disk_space(path))) return;
  throw runtime_failure("cannot write '" + path + "', which needs " + std::to_string(size) +
                        " bytes: " + text_of(cannot ? ENOSPC : error));
}

std::string disk_space_hint(std::string const& path) {
  constexpr std::uint64_t nearly_full = 1 << 20;
  return free_disk_space(path) < nearly_full ? " (the disk is full)" : "";
}

std::string unfinished_name(std::string const& path) { return path + ".unfinished"; }

void publish(std::string const& unfinished, std::string const& path) {
  {
    descriptor const file(unfinished, O_RDONLY);
    if (!file || ::fsync(file.number()) != 0) fail("flush", unfinished, errno);
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) fail("rename '" + unfinished + "' to", path, errno);
  descriptor const folder(folder_of(path), O_RDONLY | O_DIRECTORY);
  // Some file systems cannot flush a folder; they say so by EINVAL.
  if (!folder || (::fsync(folder.number()) != 0 && errno != EINVAL)) fail("flush the folder of", path, errno);
}

}  // namespace xrdct
