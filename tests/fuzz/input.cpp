#include "tests/fuzz/input.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace xrdct::fuzz {
namespace {

int descriptor() {
  static int const made = ::memfd_create("input", MFD_CLOEXEC);
  return made;
}

void write_all(std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    auto const written = ::write(descriptor(), bytes.data(), bytes.size());
    require(written > 0, "a file in memory cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace

void require(bool holds, std::string const& what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what.c_str());
  std::abort();
}

memory_file::memory_file(std::span<std::byte const> bytes) {
  require(::ftruncate(descriptor(), 0) == 0 && ::lseek(descriptor(), 0, SEEK_SET) == 0, "there is a file in memory");
  write_all(bytes);
}

std::string const& memory_file::path() const {
  static std::string const name = "/proc/self/fd/" + std::to_string(descriptor());
  return name;
}

}  // namespace xrdct::fuzz
