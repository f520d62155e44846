#include "xrdct/io/text_numbers.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

namespace xrdct {
namespace {

constexpr std::string_view white = " \t\r\f\v";

/// A word as a message can show it: short and on one line.
std::string printable(std::string_view word) {
  std::string text(word.substr(0, 40));
  for (auto& c : text)
    if (c < ' ' || c == 0x7f || static_cast<unsigned char>(c) > 0x7f) c = '?';  // of binary files too
  return text;
}

double parse(std::string_view word, std::string const& path, std::size_t line) {
  std::string_view const digits = word.starts_with('+') ? word.substr(1) : word;
  double value = 0;
  auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size())
    throw input_error("'" + path + "' line " + std::to_string(line) + ": '" + printable(word) + "' is not a number");
  return value;
}

}  // namespace

std::vector<double> read_text_numbers(std::string const& path) {
  std::ifstream file(path);
  if (!file) throw input_error("'" + path + "' cannot be opened");
  std::vector<double> values;
  std::string text;
  for (std::size_t line = 1; std::getline(file, text); ++line) {
    std::string_view rest(text);
    rest = rest.substr(0, std::min(rest.find('#'), rest.size()));
    for (;;) {
      auto const begin = rest.find_first_not_of(white);
      if (begin == std::string_view::npos) break;
      auto const end = std::min(rest.find_first_of(white, begin), rest.size());
      values.push_back(parse(rest.substr(begin, end - begin), path, line));
      rest.remove_prefix(end);
    }
  }
  if (file.bad()) throw input_error("'" + path + "' cannot be read to its end");
  if (values.empty()) throw input_error("'" + path + "' holds no numbers");
  return values;
}

}  // namespace xrdct
