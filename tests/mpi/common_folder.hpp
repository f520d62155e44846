#pragma once
/// \file Where ranks write together.

#include "tests/mpi/world.hpp"
#include "tests/support/shared_data.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace xrdct::test {

/// A folder that all ranks share, and rank 0 removes.
class common_folder {
 public:
  common_folder() {
    if (world().root()) owned_.emplace();
    std::string path = owned_ ? owned_->path().string() : "";
    world().share(path);
    path_ = path;
  }
  ~common_folder() { world().barrier(); }
  std::filesystem::path const& path() const { return path_; }
  std::string operator/(std::string const& name) const { return (path_ / name).string(); }

 private:
  std::optional<temporary_folder> owned_;
  std::filesystem::path path_;
};

}  // namespace xrdct::test
