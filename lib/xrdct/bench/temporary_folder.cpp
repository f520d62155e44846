#include "xrdct/bench/temporary_folder.hpp"

#include "xrdct/base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace xrdct {

temporary_folder::temporary_folder(std::string parent) {
  if (parent.empty()) {
    char const* const named = std::getenv("TMPDIR");
    parent = named != nullptr && *named != '\0' ? named : "/tmp";
  }
  std::string name = parent + "/xrdct-bench-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw runtime_failure("cannot make a temporary folder in '" + parent + "': " + std::strerror(errno) +
                          "; name another by TMPDIR");
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace xrdct
