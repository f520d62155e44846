#include "xrdct/codec/header_fields.hpp"

#include "xrdct/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace xrdct {
namespace {

constexpr std::string_view white = " \t\r\n\f\v";

std::string_view take_word(std::string_view& text, std::string_view ends) {
  auto const end = std::min(text.find_first_of(ends), text.size());
  auto const word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

void skip(std::string_view& text, std::string_view letters) {
  text.remove_prefix(std::min(text.find_first_not_of(letters), text.size()));
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Units are short words of letters and the signs of powers and ratios: deg, mm, s, ph/s, m^-1, %.
bool is_unit(std::string_view word) {
  constexpr std::size_t longest = 20;
  bool const begins =
      !word.empty() && (is_letter(word[0]) || word[0] == '%' || static_cast<unsigned char>(word[0]) > 127);
  return begins && word.size() <= longest && word.find_first_of("(),;=:") == word.npos;
}

}  // namespace

bool parse_quantity(std::string_view text, double& value, std::string& unit) {
  skip(text, white);
  auto word = take_word(text, white);
  if (word.starts_with('+')) word.remove_prefix(1);
  auto const parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size() || !std::isfinite(value)) return false;
  skip(text, white);
  auto follows = take_word(text, white);
  while (follows.ends_with('.') || follows.ends_with(',')) follows.remove_suffix(1);
  unit = is_unit(follows) ? std::string(follows) : "";
  return true;
}

void append_mini_header(std::string_view text, header_fields& fields) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = trimmed(line);
    if (!line.starts_with('#')) continue;
    line.remove_prefix(1);
    skip(line, "# \t");
    auto const name = take_word(line, " \t:=");
    skip(line, " \t:=");
    header_field field{std::string(name), 0, ""};
    if (!name.empty() && is_letter(name[0]) && parse_quantity(line, field.value, field.unit))
      fields.push_back(std::move(field));
  }
}

header_field const* find_field(header_fields const& fields, std::string_view name) {
  auto found = std::ranges::find(fields, name, &header_field::name);
  if (found == fields.end())
    found = std::ranges::find_if(fields, [&](auto const& f) { return lower(f.name) == lower(name); });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace xrdct
