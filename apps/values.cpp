#include "apps/values.hpp"

#include "xrdct/base/error.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace xrdct::app {
namespace {

/// "+5" and " 5" are numbers too, but not for std::from_chars.
template <class Number>
bool parse(std::string const& text, Number& value) {
  std::size_t const start = text.starts_with('+') ? 1 : 0;
  char const* const end = text.data() + text.size();
  auto const result = std::from_chars(text.data() + start, end, value);
  return result.ec == std::errc() && result.ptr == end && text.size() > start;
}

std::string show(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return text.data();
}

}  // namespace

double real(std::string const& text) {
  double value = 0;
  if (!parse(text, value) || !std::isfinite(value)) throw usage_error("'" + text + "' is not a number");
  return value;
}

double positive(std::string const& text) {
  double const value = real(text);
  if (value <= 0) throw usage_error("'" + text + "' is not above 0");
  return value;
}

double not_negative(std::string const& text) {
  double const value = real(text);
  if (value < 0) throw usage_error("'" + text + "' is below 0");
  return value;
}

double within(std::string const& text, double lowest, double highest) {
  double const value = real(text);
  if (value < lowest || value > highest)
    throw usage_error("'" + text + "' is not between " + show(lowest) + " and " + show(highest));
  return value;
}

std::int64_t whole(std::string const& text, std::int64_t lowest, std::int64_t highest) {
  std::int64_t value = 0;
  if (!parse(text, value)) throw usage_error("'" + text + "' is not a whole number");
  if (value < lowest) throw usage_error("'" + text + "' is less than " + std::to_string(lowest));
  if (value > highest) throw usage_error("'" + text + "' is more than " + std::to_string(highest));
  return value;
}

int whole_int(std::string const& text, int lowest, int highest) {
  return static_cast<int>(whole(text, lowest, highest));
}

image_file image_of(std::string const& text) {
  auto const digits = text.find_first_not_of("0123456789");
  constexpr std::size_t most_digits = 4;
  bool const one = digits != std::string::npos && digits > 0 && digits <= most_digits && text[digits] == ':' &&
                   text[0] != '0' && !text.substr(digits).starts_with("::");
  if (!one) return {text, {}};
  return {text.substr(digits + 1), std::stoul(text.substr(0, digits)) - 1};
}

}  // namespace xrdct::app
