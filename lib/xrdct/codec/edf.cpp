#include "xrdct/base/text.hpp"
#include "xrdct/codec/image_formats.hpp"
#include "xrdct/codec/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace xrdct {
namespace {

// Headers are padded to a multiple of 512 bytes; no instrument's is anywhere near this long.
constexpr std::uint64_t longest_header = 1U << 20U;

struct edf_header {
  std::map<std::string, std::string> values;  // by lower-case key
  std::uint64_t end = 0;                      // where the pixels begin
};

/// The byte after the header's closing brace and its line feed; npos where there is none.
std::size_t find_end(std::string_view text) {
  for (auto at = text.find('}'); at != text.npos; at = text.find('}', at + 1)) {
    std::string_view const rest = text.substr(at + 1, 2);
    if (rest.starts_with('\n')) return at + 2;
    if (rest == "\r\n") return at + 3;
  }
  return text.npos;
}

edf_header read_header(image_source& source) {
  auto const bytes = source.read(0, longest_header);
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  std::size_t const end = find_end(text);
  if (end == text.npos) source.fail("its EDF header has no end ('}' and a line feed)");
  edf_header header;
  header.end = end;
  std::size_t const begin = text.find('{') + 1;
  std::string_view rest = text.substr(begin, text.rfind('}', end) - begin);
  while (!rest.empty()) {
    auto const stop = rest.find(';');
    std::string_view const entry = rest.substr(0, stop);
    rest = stop == rest.npos ? std::string_view{} : rest.substr(stop + 1);
    auto const equals = entry.find('=');
    if (equals == entry.npos) continue;
    header.values[lower(trimmed(entry.substr(0, equals)))] = std::string(trimmed(entry.substr(equals + 1)));
  }
  return header;
}

std::optional<std::uint64_t> number(image_source const& source, edf_header const& header, std::string const& key) {
  auto const found = header.values.find(key);
  if (found == header.values.end()) return {};
  std::string const& text = found->second;
  std::uint64_t value = 0;
  auto const [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || stop != text.data() + text.size())
    source.fail("EDF header: " + key + " = '" + text.substr(0, 40) + "' is not a whole number");
  return value;
}

std::uint64_t dimension(image_source const& source, edf_header const& header, std::string const& key) {
  auto const value = number(source, header, key);
  if (!value) source.fail("its EDF header has no " + key);
  return *value;
}

/// The names that EDF writers use; "long" has 32 bits.
number_type type_of(image_source const& source, edf_header const& header) {
  static constexpr std::array<std::pair<std::string_view, number_type>, 33> names{{
      {"unsignedbyte", number_type::u8},   {"unsigned8", number_type::u8},
      {"signedbyte", number_type::i8},     {"signed8", number_type::i8},
      {"unsignedshort", number_type::u16}, {"unsignedshortinteger", number_type::u16},
      {"unsigned16", number_type::u16},    {"signedshort", number_type::i16},
      {"signed16", number_type::i16},      {"unsignedinteger", number_type::u32},
      {"unsignedint", number_type::u32},   {"unsigned32", number_type::u32},
      {"unsignedlong", number_type::u32},  {"signedinteger", number_type::i32},
      {"signedint", number_type::i32},     {"signed32", number_type::i32},
      {"signedlong", number_type::i32},    {"unsigned64", number_type::u64},
      {"unsignedint64", number_type::u64}, {"signed64", number_type::i64},
      {"signedint64", number_type::i64},   {"float", number_type::f32},
      {"floatvalue", number_type::f32},    {"floatieee32", number_type::f32},
      {"float32", number_type::f32},       {"real", number_type::f32},
      {"single", number_type::f32},        {"double", number_type::f64},
      {"doublevalue", number_type::f64},   {"doubleieee64", number_type::f64},
      {"floatieee64", number_type::f64},   {"float64", number_type::f64},
      {"real64", number_type::f64},
  }};
  auto const found = header.values.find("datatype");
  if (found == header.values.end()) source.fail("its EDF header has no DataType");
  for (auto const& [name, type] : names)
    if (lower(found->second) == name) return type;
  source.fail("EDF data type '" + found->second.substr(0, 40) + "' is not supported");
}

bool is_big_endian(image_source const& source, edf_header const& header) {
  auto const found = header.values.find("byteorder");
  if (found == header.values.end()) return false;
  std::string const order = lower(found->second);
  if (order == "highbytefirst") return true;
  if (order != "lowbytefirst")
    source.fail("EDF byte order '" + found->second.substr(0, 40) + "' is neither LowByteFirst nor HighByteFirst");
  return false;
}

void refuse_compression(image_source const& source, edf_header const& header) {
  for (char const* key : {"compression", "compressiontype", "edf_compression"}) {
    auto const found = header.values.find(key);
    if (found == header.values.end()) continue;
    std::string const value = lower(found->second);
    if (!value.empty() && value != "none" && value != "no" && value != "uncompressedspecific")
      source.fail("EDF compression '" + found->second.substr(0, 40) + "' is not supported; write it uncompressed");
  }
}

}  // namespace

image read_edf(image_source& source) {
  edf_header const header = read_header(source);
  refuse_compression(source, header);
  number_type const type = type_of(source, header);
  bool const big_endian = is_big_endian(source, header);
  if (number(source, header, "dim_3").value_or(1) > 1) source.fail("it holds a stack (Dim_3), not an image");
  std::uint64_t const rows = dimension(source, header, "dim_2");
  std::uint64_t const columns = dimension(source, header, "dim_1");
  std::uint64_t const needed = count_pixels(source, rows, columns) * bytes_of(type);
  for (char const* key : {"size", "edf_binarysize"}) {
    if (auto const stated = number(source, header, key); stated && *stated < needed) {
      source.fail("EDF header: " + std::string(key) + " states " + std::to_string(*stated) +
                  " bytes, but the shape needs " + std::to_string(needed));
    }
  }
  auto const bytes = read_pixels(source, header.end, needed);
  image made = make_image(rows, columns);
  to_doubles(bytes, type, big_endian, made.values);
  return made;
}

}  // namespace xrdct
