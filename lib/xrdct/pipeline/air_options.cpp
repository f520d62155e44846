#include "xrdct/pipeline/air_options.hpp"

#include "xrdct/base/error.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>

namespace xrdct {
namespace {

[[noreturn]] void refuse(std::string const& text, std::string const& why) {
  throw usage_error("'" + text + "' does not say which frames show air: " + why +
                    "; give half-open ranges of frame numbers as 0:40,1900:1968, or columns:N, or flat");
}

std::uint64_t whole(std::string_view digits, std::string const& text) {
  std::uint64_t value = 0;
  auto const* const end = digits.data() + digits.size();
  auto const result = std::from_chars(digits.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end)
    refuse(text, "'" + std::string(digits) + "' is not a whole number");
  return value;
}

frame_range range_of(std::string_view words, std::string const& text) {
  auto const colon = words.find(':');
  if (colon == std::string_view::npos) refuse(text, "'" + std::string(words) + "' is not a range");
  auto const first = whole(words.substr(0, colon), text);
  auto const end = whole(words.substr(colon + 1), text);
  if (first >= end) refuse(text, "the range " + std::string(words) + " is empty");
  return {first, end - first};
}

}  // namespace

air_options parse_air(std::string const& text) {
  constexpr std::string_view by_columns = "columns:";
  constexpr std::uint64_t most_columns = 1'000'000;
  air_options parsed;
  if (text == "flat") {
    parsed.flat = true;
  } else if (text.starts_with(by_columns)) {
    auto const count = whole(std::string_view(text).substr(by_columns.size()), text);
    if (count < 1 || count > most_columns) refuse(text, "at least one column is needed, and not that many");
    parsed.columns = static_cast<int>(count);
  } else {
    std::string_view rest = text;
    for (bool more = true; more;) {
      auto const comma = rest.find(',');
      more = comma != std::string_view::npos;
      parsed.frames.push_back(range_of(rest.substr(0, comma), text));
      if (more) rest.remove_prefix(comma + 1);
    }
  }
  return parsed;
}

}  // namespace xrdct
