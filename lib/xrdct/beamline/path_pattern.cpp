#include "xrdct/beamline/path_pattern.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <unordered_set>

namespace xrdct {
namespace {

bool has_wildcard(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

std::string_view take_digits(std::string_view& text) {
  auto const end = std::min(text.find_first_not_of("0123456789"), text.size());
  auto digits = text.substr(0, end);
  text.remove_prefix(end);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

/// Names below `done` that fit the rest of a pattern are appended to `found`.
class expander {
 public:
  explicit expander(std::string const& file) : file_(file) {}

  bool exists(std::string const& path) { return static_cast<bool>(hdf5::find_object(files_, file_, path)); }

  void expand(std::string const& done, std::string_view rest, std::vector<std::string>& found) {
    rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
    if (rest.empty()) {
      if (exists(done)) found.push_back(done);
      return;
    }
    auto const slash = std::min(rest.find('/'), rest.size());
    std::string const name(rest.substr(0, slash));
    auto const after = rest.substr(slash);
    if (!has_wildcard(name)) return expand(done + "/" + name, after, found);
    for (auto const& one : names_in(done))
      if (::fnmatch(name.c_str(), one.c_str(), 0) == 0) expand(done + "/" + one, after, found);
  }

 private:
  std::vector<std::string> names_in(std::string const& group) {
    auto const object = hdf5::find_object(files_, file_, group);
    if (!object) return {};
    auto names = hdf5::names_in(object.file->file.id(), object.path);
    std::ranges::sort(names, number_less);
    return names;
  }

  std::string const& file_;
  hdf5::file_cache files_;
};

}  // namespace

bool number_less(std::string_view a, std::string_view b) {
  auto const whole_a = a;
  auto const whole_b = b;
  auto const is_digit = [](std::string_view text) { return !text.empty() && text[0] >= '0' && text[0] <= '9'; };
  while (!a.empty() && !b.empty()) {
    if (is_digit(a) && is_digit(b)) {
      auto const one = take_digits(a);
      auto const other = take_digits(b);
      if (one.size() != other.size()) return one.size() < other.size();
      if (one != other) return one < other;
      continue;
    }
    if (a[0] != b[0]) return a[0] < b[0];
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() != b.empty()) return a.empty();
  return whole_a < whole_b;
}

bool is_pattern(std::string_view path) { return has_wildcard(path) || path.find(',') != std::string_view::npos; }

std::vector<std::string> alternatives_of(std::string_view path) {
  std::vector<std::string> all;
  bool in_class = false;  // "[3,5]" is one name
  std::string one;
  auto const take = [&] {
    if (one.find_first_not_of("/ ") != std::string::npos) all.push_back(one);
    one.clear();
  };
  for (auto const c : path) {
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c == ',' && !in_class)
      take();
    else
      one += c;
  }
  take();
  return all;
}

std::vector<std::string> expand_path(std::string const& file, std::string const& pattern) {
  hdf5::open_input(file);
  expander walk(file);
  if (walk.exists(pattern)) return {pattern};
  std::vector<std::string> found;
  for (auto const& one : alternatives_of(pattern)) walk.expand("", one, found);
  std::unordered_set<std::string> seen;
  std::erase_if(found, [&](std::string const& path) { return !seen.insert(path).second; });
  return found;
}

}  // namespace xrdct
