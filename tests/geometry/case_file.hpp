#pragma once
/// \file A file of solved integration cases: one group a case.

#include "xrdct/kernels/frame.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace xrdct::test {

/// Reads what a case needs from an HDF5 file; paths are "case000/image". Whatever fails throws std::runtime_error.
class case_file {
 public:
  explicit case_file(std::filesystem::path const& path);

  /// The folder that the file is in.
  std::filesystem::path const& folder() const { return folder_; }
  std::vector<std::string> cases() const;
  bool has(std::string const& path) const;
  /// {rows, columns} of an image.
  std::array<int, 2> shape(std::string const& path) const;
  /// Of an image's pixels; one that frames do not have throws.
  pixel_type type(std::string const& path) const;
  /// Any number type, as doubles.
  std::vector<double> numbers(std::string const& path) const;
  /// A scalar dataset that is a string.
  std::string text(std::string const& path) const;
  /// An attribute of the file that is a string; "" where there is none.
  std::string root_attribute(std::string const& name) const;
  /// An attribute of a group that is a string.
  std::string attribute(std::string const& group, std::string const& name) const;

 private:
  std::filesystem::path folder_;
  std::shared_ptr<void> file_;
};

}  // namespace xrdct::test
