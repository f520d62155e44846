#pragma once
/// \file A place for files that nobody wants to keep.

#include <string>

namespace xrdct {

/// A new folder below `parent`; below TMPDIR, or /tmp, where that is empty. Removed with all that is in it.
class temporary_folder {
 public:
  /// Throws runtime_failure that names the parent.
  explicit temporary_folder(std::string parent = "");
  ~temporary_folder();
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;

  std::string const& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace xrdct
