#pragma once
/// \file A place for files that nobody wants to keep.

#include <sys/types.h>
#include <string>

namespace xrdct {

/// A new folder below `parent`; below TMPDIR, or /tmp, where that is empty. Removed with all that is in it, also where
/// this process is killed: a shell waits for that.
class temporary_folder {
 public:
  /// Throws runtime_failure that names the parent.
  explicit temporary_folder(std::string parent = "");
  ~temporary_folder();
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;

  std::string const& path() const { return path_; }

 private:
  void start_keeper();

  std::string path_;
  int lifeline_ = -1;  // a pipe to the keeper, which ends with this process
  pid_t keeper_ = -1;  // -1: none could be started
};

}  // namespace xrdct
