#pragma once
/// \file Where the tests' files are.

#include <filesystem>

namespace xrdct::test {

/// A file or folder of reference data that lives beside the repository, in ../shared (or in the folder that the
/// environment variable XRDCT_SHARED names).
std::filesystem::path shared(std::filesystem::path const& relative);

/// A file of the project's own tests/data.
std::filesystem::path own_data(std::filesystem::path const& relative);

/// A fresh, empty folder, removed with all it holds at the end of the scope.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;
  std::filesystem::path const& path() const { return path_; }
  std::filesystem::path operator/(std::filesystem::path const& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace xrdct::test

/// Skips the running test, visibly, where a file of ../shared is absent.
#define XRDCT_NEEDS_SHARED(relative)                           \
  if (!std::filesystem::exists(xrdct::test::shared(relative))) \
  GTEST_SKIP() << "reference data " << xrdct::test::shared(relative) << " are not on this machine"
