// INPUT words: lists, templates and patterns; the names that they stand for, and their order.
#include "xrdct/io/input_files.hpp"

#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"

#include <algorithm>
#include <cctype>

namespace xrdct::fuzz {
namespace {

std::vector<std::string> take_lines(input const& from) {
  std::vector<std::string> lines{""};
  for (auto const b : from.rest()) {
    if (b == std::byte{'\n'})
      lines.emplace_back();
    else
      lines.back() += static_cast<char>(b);
  }
  return lines;
}

void check_names(input_files const& found) {
  require(!found.files.empty(), "a word stands for a file at least");
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(found.files.size(), 100); ++i)
    require(!found.files[i].empty(), "files have names");
}

void read_list(input const& from) {
  memory_file const file(from.rest());
  auto const found = expand_input("@" + file.path() + "::/data");
  check_names(found);
  require(found.files.size() <= take_lines(from).size(), "a line is one file");
}

/// Whether the range that the word may end with is long: names of so many files are not worth the time.
bool has_long_range(std::string const& word) {
  auto const is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  auto const minus = word.rfind('-');
  if (minus == word.npos) return false;
  auto const begin = std::find_if_not(word.rend() - static_cast<std::ptrdiff_t>(minus), word.rend(), is_digit).base();
  std::string const low(begin, word.begin() + static_cast<std::ptrdiff_t>(minus));
  std::string const high = word.substr(minus + 1);
  return high.size() > 4 &&
         (low.size() != high.size() || low.substr(0, low.size() - 3) != high.substr(0, high.size() - 3));
}

/// In a folder whose files are numbers.
void read_word(input const& from) {
  std::string word(reinterpret_cast<char const*>(from.rest().data()), from.rest().size());
  word = word.substr(0, 200);
  std::erase_if(word, [](char c) { return c == '/' || c == '\0'; });
  if (!has_long_range(word)) check_names(expand_input("/proc/self/fdinfo/" + word));
}

/// Names come back as they were added, and their order is one.
void sort_names(input const& from) {
  auto names = take_lines(from);
  file_list list;
  for (auto const& name : names) list.add(name);
  for (std::size_t i = 0; i < names.size(); ++i) require(list[i] == names[i], "a list holds the names added to it");
  if (names.size() > 8) names.resize(8);
  for (auto const& a : names)
    for (auto const& b : names) {
      require(!(natural_less(a, b) && natural_less(b, a)), "the order of two names is one");
      require(a == b || natural_less(a, b) || natural_less(b, a), "names that differ have an order");
      for (auto const& c : names)
        require(!natural_less(a, b) || !natural_less(b, c) || natural_less(a, c), "the order of three names is one");
    }
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace xrdct::fuzz;
  input from(data, size);
  try {
    switch (from.below(3)) {
      case 0: read_list(from); break;
      case 1: read_word(from); break;
      default: sort_names(from);
    }
  } catch (xrdct::input_error const&) {
  }
  return 0;
}
