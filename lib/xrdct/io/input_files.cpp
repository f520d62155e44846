#include "xrdct/io/input_files.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"

#include <dirent.h>
#include <glob.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

/// More files than any scan has: a number in a name is then no counter, but a date or a serial number.
constexpr std::uint64_t most_numbers = 10'000'000;

/// Longer than the name of any file: what has such lines is no list, and may have no end (/dev/zero).
constexpr std::size_t longest_line = 65'536;

bool exists(std::string const& name) {
  std::error_code none;
  return fs::exists(name, none);
}

[[noreturn]] void nothing_found(std::string const& word, std::string const& why) {
  throw input_error("'" + word + "': " + why);
}

void take_list(std::string const& word, input_files& found) {
  auto const path = word.substr(1);
  std::error_code none;
  std::ifstream list(path);
  if (!list || fs::is_directory(path, none)) nothing_found(word, "the list '" + path + "' cannot be read");
  auto const folder = fs::path(path).parent_path();
  std::vector<char> text(longest_line);
  while (list.getline(text.data(), static_cast<std::streamsize>(text.size()))) {
    // What was counted includes the end of the line, except at the end of the file.
    std::string_view line(text.data(), static_cast<std::size_t>(list.gcount()) - (list.eof() ? 0 : 1));
    for (auto at = line.find('#'); at != line.npos; at = line.find('#', at + 1)) {
      if (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') continue;
      line = line.substr(0, at);
      break;
    }
    if (line.find('\0') != line.npos) nothing_found(word, "the list '" + path + "' is not a text file");
    line = trimmed(line);
    if (line.empty()) continue;
    found.files.add((folder / line).string());
  }
  if (list.bad()) nothing_found(word, "the list '" + path + "' cannot be read to its end");
  if (!list.eof()) nothing_found(word, "the list '" + path + "' is not a text file: it has a line without end");
  if (found.files.empty()) nothing_found(word, "the list '" + path + "' names no file");
  found.may_have_holes = true;
}

/// "scan_%05d.cbf:1-5000" in parts.
struct name_template {
  std::string folder;         // with the slash
  std::string before, after;  // the number, in the file's name
  std::size_t width = 0;      // of the number at least
  bool zeros = false;         // fill the width; else blanks
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range;

  std::string operator()(std::uint64_t number) const {
    auto digits = std::to_string(number);
    if (digits.size() < width) digits.insert(0, width - digits.size(), zeros ? '0' : ' ');
    return folder + before + digits + after;
  }
};

bool parse_number(std::string_view text, std::uint64_t& number) {
  auto const parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

/// Takes ":1-5000" off the end.
std::optional<std::pair<std::uint64_t, std::uint64_t>> take_range(std::string_view& word) {
  auto const colon = word.rfind(':');
  if (colon == word.npos) return {};
  auto const text = word.substr(colon + 1);
  auto const minus = text.find('-');
  std::pair<std::uint64_t, std::uint64_t> range;
  if (minus == text.npos || !parse_number(text.substr(0, minus), range.first) ||
      !parse_number(text.substr(minus + 1), range.second))
    return {};
  word = word.substr(0, colon);
  return range;
}

/// Nothing where the word is no template.
std::optional<name_template> parse_template(std::string_view word) {
  constexpr std::size_t widest = 20;
  name_template made;
  made.range = take_range(word);
  auto const slash = word.rfind('/');
  if (slash != word.npos) made.folder = word.substr(0, slash + 1);
  auto const name = slash == word.npos ? word : word.substr(slash + 1);
  auto const percent = name.find('%');
  if (percent == name.npos) return {};
  auto const type = name.find_first_not_of("0123456789", percent + 1);
  if (type == name.npos || (name[type] != 'd' && name[type] != 'i' && name[type] != 'u')) return {};
  auto const digits = name.substr(percent + 1, type - percent - 1);
  std::uint64_t width = 0;
  if (!digits.empty() && (!parse_number(digits, width) || width > widest)) return {};
  made.before = name.substr(0, percent);
  made.after = name.substr(type + 1);
  if (made.after.find('%') != made.after.npos) return {};
  made.width = static_cast<std::size_t>(width);
  made.zeros = digits.starts_with('0');
  return made;
}

struct folder_closer {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// The least and the greatest number of files that the template names.
std::optional<std::pair<std::uint64_t, std::uint64_t>> range_in_folder(name_template const& names) {
  std::unique_ptr<DIR, folder_closer> const folder(::opendir(names.folder.empty() ? "." : names.folder.c_str()));
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range;
  while (auto const* const entry = folder ? ::readdir(folder.get()) : nullptr) {  // NOLINT: nobody shares the folder
    std::string_view const name = entry->d_name;
    if (name.size() <= names.before.size() + names.after.size()) continue;
    if (!name.starts_with(names.before) || !name.ends_with(names.after)) continue;
    auto const text = name.substr(names.before.size(), name.size() - names.before.size() - names.after.size());
    std::uint64_t number = 0;
    if (!parse_number(text.substr(std::min(text.find_first_not_of(' '), text.size())), number)) continue;
    if (names(number) != names.folder + std::string(name)) continue;  // printf would write it in another way
    if (!range) range = {number, number};
    range = {std::min(range->first, number), std::max(range->second, number)};
  }
  return range;
}

void take_template(std::string const& word, name_template const& names, input_files& found) {
  auto const there = range_in_folder(names);
  auto const range = names.range ? names.range : there;
  if (!range) nothing_found(word, "there is no file of such a name with a number in it");
  if (range->first > range->second)
    nothing_found(word, "the range of numbers is empty: the first is greater than the last");
  if (range->second - range->first >= most_numbers)
    nothing_found(word, "numbers from " + std::to_string(range->first) + " to " + std::to_string(range->second) +
                            " are too many for a series of files; give a range, as NAME_%05d.cbf:1-5000");
  auto const count = range->second - range->first + 1;
  // Looking for millions of files one by one would take minutes.
  if (!there || there->second < range->first || there->first > range->second)
    nothing_found(
        word, "none of its " + std::to_string(count) + " files exists, as for instance '" + names(range->first) + "'");
  for (std::uint64_t i = 0; i < count; ++i) found.files.add(names(range->first + i));
  found.may_have_holes = true;
}

void take_pattern(std::string const& word, std::string const& pattern, input_files& found) {
  glob_t matched{};
  int const status = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matched);
  std::unique_ptr<glob_t, decltype(&::globfree)> const owner(&matched, ::globfree);
  if (status == GLOB_NOSPACE) throw runtime_failure("'" + word + "': too many files for this machine's memory");
  if (status != 0 || matched.gl_pathc == 0)
    nothing_found(word, "no file matches this pattern, nor is there one of this name");
  std::vector<std::string_view> names(matched.gl_pathv, matched.gl_pathv + matched.gl_pathc);
  std::ranges::sort(names, natural_less);
  for (auto const name : names) found.files.add(name);
}

}  // namespace

input_files expand_input(std::string const& word) {
  input_files found;
  found.name = word;
  auto const colons = exists(word) ? word.npos : word.find("::");
  auto const file = word.substr(0, colons);
  if (colons != word.npos) found.dataset = word.substr(colons + 2);
  if (exists(file))
    found.files.add(file);
  else if (file.starts_with('@'))
    take_list(file, found);
  else if (auto const names = parse_template(file))
    take_template(word, *names, found);
  else if (file.find_first_of("*?[") != file.npos)
    take_pattern(word, file, found);
  else
    found.files.add(file);
  return found;
}

}  // namespace xrdct
