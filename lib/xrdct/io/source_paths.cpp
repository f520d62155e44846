#include "xrdct/io/source_paths.hpp"

#include <filesystem>
#include <utility>

namespace xrdct::hdf5 {
namespace {

namespace fs = std::filesystem;

struct rule {
  moved_path path;
  bool used = false;
};

/// Read and changed by the one thread that works with HDF5.
std::vector<rule>& rules() {
  static std::vector<rule> all;
  return all;
}

/// Without "." and "..", repeated slashes, and one at the end.
std::string normal(std::string const& name) {
  auto text = fs::path(name).lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

/// What follows `top` in a name below it, with its slash.
std::optional<std::string> rest_below(std::string const& name, std::string const& top) {
  if (name == top) return "";
  std::string const folder = top.ends_with('/') ? top : top + "/";
  if (!name.starts_with(folder)) return {};
  return "/" + name.substr(folder.size());
}

}  // namespace

void set_moved_paths(std::vector<moved_path> moved) {
  rules().clear();
  for (auto& path : moved) rules().push_back({{normal(path.from), std::move(path.to)}, false});
}

bool any_moved_paths() { return !rules().empty(); }

std::optional<std::string> moved_name(std::string const& name, std::string const& folder) {
  if (rules().empty()) return {};
  std::error_code ignored;
  auto const as_named = normal(name);
  auto const from_there = normal((fs::absolute(folder, ignored) / name).string());
  for (auto& rule : rules()) {
    auto rest = rest_below(as_named, rule.path.from);
    if (!rest) rest = rest_below(from_there, rule.path.from);
    // Messages name files as seen from the working folder.
    if (!rest) rest = rest_below(from_there, normal(fs::absolute(rule.path.from, ignored).string()));
    if (!rest) continue;
    rule.used = true;
    auto const& to = rule.path.to;
    return to.ends_with('/') && !rest->empty() ? to + rest->substr(1) : to + *rest;
  }
  return {};
}

std::vector<moved_path> unused_moved_paths() {
  std::vector<moved_path> unused;
  for (auto const& rule : rules())
    if (!rule.used) unused.push_back(rule.path);
  return unused;
}

}  // namespace xrdct::hdf5
