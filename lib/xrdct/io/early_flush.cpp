#include "xrdct/io/early_flush.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace xrdct {
namespace {

// Measured: 512 MB are on the disk 0.20 s after the last byte where nothing was sent before, 0.05 s after it in parts
// of 32 MB.
constexpr std::uint64_t part_bytes = std::uint64_t{1} << 25;

}  // namespace

// For reading, as closing what was opened for writing waits for the server on some network file systems.
early_flush::early_flush(std::string const& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

early_flush::~early_flush() {
  if (file_ >= 0) ::close(file_);
}

void early_flush::wrote(std::uint64_t bytes) noexcept {
  waiting_ += bytes;
  if (file_ < 0 || waiting_ < part_bytes) return;
  waiting_ = 0;
#ifdef SYNC_FILE_RANGE_WRITE
  // To the end of the file. What fails here fails, and is told, when the file is flushed.
  static_cast<void>(::sync_file_range(file_, 0, 0, SYNC_FILE_RANGE_WRITE));
#endif
}

}  // namespace xrdct
