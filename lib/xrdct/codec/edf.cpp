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
  std::map<std::string, std::string> values;                    // by lower-case key
  std::vector<std::pair<std::string, std::string>> as_written;  // in their order
  std::uint64_t end = 0;                                        // where the pixels begin
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

/// The bytes from `at` to the end of the header that begins there, and perhaps more; read in growing pieces, as there
/// may be many headers.
std::vector<std::byte> read_to_end(image_source const& source, std::uint64_t at, std::size_t& end) {
  for (std::uint64_t length = 4096;; length *= 16) {
    auto bytes = source.read(at, std::min(length, longest_header));
    end = find_end({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    if (end != std::string_view::npos) return bytes;
    if (length >= longest_header || bytes.size() < length)
      source.fail("its EDF header has no end ('}' and a line feed)");
  }
}

edf_header read_header(image_source const& source, std::uint64_t at) {
  std::size_t end = 0;
  auto const bytes = read_to_end(source, at, end);
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  edf_header header;
  header.end = at + end;
  std::size_t const begin = text.find('{') + 1;
  std::string_view rest = text.substr(begin, text.rfind('}', end) - begin);
  while (!rest.empty()) {
    auto const stop = rest.find(';');
    std::string_view const entry = rest.substr(0, stop);
    rest = stop == rest.npos ? std::string_view{} : rest.substr(stop + 1);
    auto const equals = entry.find('=');
    if (equals == entry.npos) continue;
    auto const key = trimmed(entry.substr(0, equals));
    auto const value = trimmed(entry.substr(equals + 1));
    header.values[lower(key)] = std::string(value);
    header.as_written.emplace_back(key, value);
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

/// A header and the pixels that belong to it.
struct edf_block {
  image_layout layout;
  bool big_endian = false;
  std::uint64_t begin = 0;
  std::uint64_t pixels_at = 0;
  std::uint64_t end = 0;  // where another block may begin
};

edf_block read_block(image_source const& source, std::uint64_t at) {
  edf_header const header = read_header(source, at);
  refuse_compression(source, header);
  edf_block block;
  block.layout.type = type_of(source, header);
  block.big_endian = is_big_endian(source, header);
  if (number(source, header, "dim_3").value_or(1) > 1) source.fail("it holds a stack (Dim_3), not an image");
  block.layout.rows = dimension(source, header, "dim_2");
  block.layout.columns = dimension(source, header, "dim_1");
  count_pixels(source, block.layout.rows, block.layout.columns);
  std::uint64_t const needed = block.layout.bytes();
  block.begin = at;
  block.pixels_at = header.end;
  block.end = header.end + needed;
  for (char const* key : {"size", "edf_binarysize"}) {
    auto const stated = number(source, header, key);
    if (!stated) continue;
    if (*stated < needed) {
      source.fail("EDF header: " + std::string(key) + " states " + std::to_string(*stated) +
                  " bytes, but the shape needs " + std::to_string(needed));
    }
    block.end = header.end + std::min(*stated, source.size() - std::min(source.size(), header.end));
  }
  return block;
}

/// Whether a header, perhaps after blanks, begins at `at`.
bool begins_block(image_source const& source, std::uint64_t at) {
  auto const bytes = source.read(at, 16);
  std::string_view const text(reinterpret_cast<char const*>(bytes.data()), bytes.size());
  auto const first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && text[first] == '{';
}

std::string text_of(image_layout const& layout) {
  return std::to_string(layout.rows) + " × " + std::to_string(layout.columns) + " pixels of " +
         std::to_string(bytes_of(layout.type)) + " bytes";
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (;;) {
    auto const begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    text.remove_prefix(begin);
    if (text.empty()) return words;
    auto const end = std::min(text.find_first_of(" \t\r\n"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// "motor_mne = rot dty" and "motor_pos = 10.0 1.5" (SPEC and BLISS), and numbers that have a key of their own.
header_fields fields_of(edf_header const& header) {
  header_fields fields;
  for (std::string const kind : {"motor", "counter"}) {
    auto const names = header.values.find(kind + "_mne");
    auto const positions = header.values.find(kind + "_pos");
    if (names == header.values.end() || positions == header.values.end()) continue;
    auto const name = words_of(names->second);
    auto const position = words_of(positions->second);
    for (std::size_t i = 0; i < std::min(name.size(), position.size()); ++i) {
      header_field field{std::string(name[i]), 0, ""};
      if (parse_quantity(position[i], field.value, field.unit)) fields.push_back(std::move(field));
    }
  }
  for (auto const& [key, value] : header.as_written) {
    header_field field{key, 0, ""};
    if (key.ends_with("_pos") || !parse_quantity(value, field.value, field.unit)) continue;
    if (words_of(value).size() <= (field.unit.empty() ? 1U : 2U)) fields.push_back(std::move(field));
  }
  return fields;
}

class edf_reader : public image_reader {
 public:
  edf_reader(image_source source, edf_block const& first)
      : image_reader(first.layout), source_(std::move(source)), blocks_{first} {}

  bool may_hold_several() const override { return true; }

  std::uint64_t count() override {
    while (!all_ && begins_block(source_, blocks_.back().end)) {
      auto const next = read_block(source_, blocks_.back().end);
      if (next.layout != layout_) {
        source_.fail("its images differ: " + text_of(layout_) + " in the first, " + text_of(next.layout) +
                     " in number " + std::to_string(blocks_.size() + 1));
      }
      require_bytes(source_, next.pixels_at, layout_.bytes());
      blocks_.push_back(next);
    }
    all_ = true;
    return blocks_.size();
  }

  bool is_compressed() const override { return source_.is_compressed(); }

  header_fields fields(std::uint64_t index) override { return fields_of(read_header(source_, block(index).begin)); }

  image read(std::uint64_t index) override {
    auto const& one = block(index);
    return make_image(layout_, read_pixels_at(source_, one.pixels_at, layout_.bytes()), one.big_endian);
  }

  frame_status read_pixels(std::uint64_t index, pixel_type type, bool verify, frame_buffer& pixels) override {
    auto const& one = block(index);
    if (!is_plain(layout_.type, one.big_endian, type)) return image_reader::read_pixels(index, type, verify, pixels);
    read_pixels_at(source_, one.pixels_at, layout_.bytes(), pixels);
    return frame_status::ok;
  }

 private:
  edf_block const& block(std::uint64_t index) {
    if (index >= blocks_.size() && index >= count())
      source_.fail("it holds " + std::to_string(blocks_.size()) + " images, not one numbered " + std::to_string(index));
    return blocks_[index];
  }

  image_source source_;
  std::vector<edf_block> blocks_;
  bool all_ = false;
};

}  // namespace

std::unique_ptr<image_reader> open_edf(image_source source) {
  auto const first = read_block(source, 0);
  require_bytes(source, first.pixels_at, first.layout.bytes());
  return std::make_unique<edf_reader>(std::move(source), first);
}

}  // namespace xrdct
