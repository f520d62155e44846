#pragma once
/// \file A file's way to the disk, begun while more is still written to it.

#include <cstdint>
#include <string>

namespace xrdct {

/// What is written to a file is sent on its way to the disk, a good part at a time, which is waited for only where the
/// disk has too much to do already: at the end, when the file is flushed, little is left to wait for. Nothing depends
/// on it: where a system cannot do that, the flush at the end takes longer.
class early_flush {
 public:
  explicit early_flush(std::string const& path);
  ~early_flush();
  early_flush(early_flush const&) = delete;
  early_flush& operator=(early_flush const&) = delete;

  /// So many bytes more have been written, anywhere in the file.
  void wrote(std::uint64_t bytes) noexcept;

 private:
  int file_ = -1;
  std::uint64_t waiting_ = 0;
};

}  // namespace xrdct
