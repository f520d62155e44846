#include "xrdct/base/free_name.hpp"

#include "xrdct/base/error.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace xrdct {
namespace {

struct kind_of_file {
  char const* name;
  std::string_view start;
};

kind_of_file describe(output_kind kind) {
  switch (kind) {
    case output_kind::picture: return {"PNG picture", "\x89PNG\r\n\x1a\n"};
    case output_kind::page: return {"page for a browser", "<!DOCTYPE html>"};
    case output_kind::json: return {"JSON file", "{"};
  }
  return {};
}

/// Of a file, as many bytes as there are, up to those that tell the kind.
std::string first_bytes(std::string const& path, std::size_t count) {
  std::string bytes(count, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace

void require_free_name(std::string const& path, output_kind kind, bool overwrite) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored)) return;
  if (!overwrite) throw usage_error("'" + path + "' exists already: choose another name, or add --overwrite");
  if (std::filesystem::is_directory(path, ignored))
    throw usage_error("'" + path + "' is a folder: choose another name");
  if (!std::filesystem::is_regular_file(path, ignored)) return;  // /dev/null, a pipe
  auto const [name, start] = describe(kind);
  auto const found = first_bytes(path, start.size());
  if (found.empty() || found == start) return;
  throw usage_error("'" + path + "' is no " + name + ", so it is not replaced by one: choose another name");
}

}  // namespace xrdct
