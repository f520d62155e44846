#include "tests/support/shared_data.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace xrdct::test {

std::filesystem::path shared(std::filesystem::path const& relative) {
  char const* const elsewhere = std::getenv("XRDCT_SHARED");  // NOLINT(concurrency-mt-unsafe)
  return std::filesystem::path(elsewhere != nullptr ? elsewhere : XRDCT_SHARED_FOLDER) / relative;
}

std::filesystem::path own_data(std::filesystem::path const& relative) {
  return std::filesystem::path(XRDCT_TEST_DATA) / relative;
}

temporary_folder::temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "xrdct-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace xrdct::test
