#include "xrdct/codec/cbf.hpp"

#include "kernels/common/byte_offset.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/codec/md5.hpp"
#include "xrdct/codec/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

namespace xrdct {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t longest_header = 1U << 20U;
constexpr std::string_view start_of_binary = "\x0c\x1a\x04\xd5"sv;
constexpr std::string_view section = "--CIF-BINARY-FORMAT-SECTION--"sv;

using entries = std::map<std::string, std::string>;  // by lower-case name

std::string_view text_of(std::vector<std::byte> const& bytes) {
  return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// The lines "Name: value" of a section. A line that begins with a blank continues the one before (RFC 822).
entries parse_entries(std::string_view text) {
  entries found;
  entries::iterator last = found.end();
  while (!text.empty()) {
    auto const stop = text.find('\n');
    std::string_view const line = text.substr(0, stop);
    text = stop == text.npos ? std::string_view{} : text.substr(stop + 1);
    if (last != found.end() && (line.starts_with(' ') || line.starts_with('\t'))) {
      last->second.append(" ").append(trimmed(line));
      continue;
    }
    auto const colon = line.find(':');
    if (colon == line.npos) continue;
    last = found.insert_or_assign(lower(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1))))
               .first;
  }
  return found;
}

std::string value_or(entries const& all, std::string const& name, std::string const& absent) {
  auto const found = all.find(name);
  return found == all.end() ? absent : found->second;
}

std::optional<std::uint64_t> number(image_source const& source, entries const& all, std::string const& name) {
  auto const found = all.find(lower(name));
  if (found == all.end()) return {};
  std::string const& text = found->second;
  std::uint64_t value = 0;
  auto const [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || stop != text.data() + text.size())
    source.fail("CBF header: " + name + " = '" + text.substr(0, 40) + "' is not a whole number");
  return value;
}

std::uint64_t needed_number(image_source const& source, entries const& all, std::string const& name) {
  auto const value = number(source, all, name);
  if (!value) source.fail("its CBF header has no " + name);
  return *value;
}

/// "conversions="x-CBF_BYTE_OFFSET"" within the content type.
std::string conversion_of(entries const& all) {
  std::string const type = value_or(all, "content-type", "");
  auto const at = lower(type).find("conversions");
  if (at == type.npos) return "";
  auto const sign = type.find('=', at);
  if (sign == type.npos) return "";
  std::string_view const value = trimmed(std::string_view(type).substr(sign + 1));
  std::string_view const open = value.starts_with('"') ? value.substr(1) : value;
  return std::string(trimmed(open.substr(0, open.find_first_of("\"; "))));
}

void require_byte_offset(image_source const& source, entries const& all) {
  std::string const transfer = value_or(all, "content-transfer-encoding", "BINARY");
  if (lower(transfer) != "binary")
    source.fail("CBF transfer encoding '" + transfer.substr(0, 40) + "' is not supported; use BINARY");
  std::string const conversion = conversion_of(all);
  if (lower(conversion) == "x-cbf_byte_offset") return;
  source.fail((conversion.empty() ? "CBF without compression" : "CBF compression '" + conversion.substr(0, 40) + "'") +
              " is not supported; use x-CBF_BYTE_OFFSET");
}

/// Integers with sign of all lengths become i32.
pixel_type type_of(image_source const& source, entries const& all) {
  static constexpr std::array<std::pair<std::string_view, pixel_type>, 6> names{{
      {"unsigned 8-bit integer", pixel_type::u8},
      {"signed 8-bit integer", pixel_type::i32},
      {"unsigned 16-bit integer", pixel_type::u16},
      {"signed 16-bit integer", pixel_type::i32},
      {"unsigned 32-bit integer", pixel_type::u32},
      {"signed 32-bit integer", pixel_type::i32},
  }};
  auto const order = value_or(all, "x-binary-element-byte-order", "LITTLE_ENDIAN");
  if (lower(order) != "little_endian")
    source.fail("CBF byte order '" + order.substr(0, 40) + "' is not supported; use LITTLE_ENDIAN");
  std::string stated = lower(value_or(all, "x-binary-element-type", "signed 32-bit integer"));
  std::erase(stated, '"');
  for (auto const& [name, type] : names)
    if (trimmed(stated) == name) return type;
  source.fail("CBF element type '" + stated.substr(0, 40) + "' is not supported; use integers of 8 to 32 bits");
}

/// Sets the shape, which must be one the payload can fill: a byte a pixel at least.
void take_shape(image_source const& source, entries const& all, cbf_header& header) {
  header.columns = needed_number(source, all, "X-Binary-Size-Fastest-Dimension");
  header.rows = needed_number(source, all, "X-Binary-Size-Second-Dimension");
  if (number(source, all, "X-Binary-Size-Third-Dimension").value_or(1) > 1)
    source.fail("it holds a stack (X-Binary-Size-Third-Dimension), not an image");
  auto const pixels = count_pixels(source, header.rows, header.columns);
  auto const stated = number(source, all, "X-Binary-Number-of-Elements").value_or(pixels);
  if (stated != pixels) {
    source.fail("CBF header: X-Binary-Number-of-Elements states " + std::to_string(stated) + ", but the shape is " +
                std::to_string(header.rows) + " rows × " + std::to_string(header.columns) + " columns");
  }
  if (header.payload_bytes < pixels) {
    source.fail("CBF header: X-Binary-Size states " + std::to_string(header.payload_bytes) + " bytes, too few for " +
                std::to_string(pixels) + " pixels");
  }
}

/// The header, and perhaps more: most are short, and the payload is read by itself.
std::vector<std::byte> read_to_payload(image_source const& source) {
  constexpr std::uint64_t usual_header = 8192;
  auto bytes = source.read(0, usual_header);
  auto const begin = text_of(bytes).find(section);
  bool const whole =
      begin != std::string_view::npos && text_of(bytes).find(start_of_binary, begin) != std::string_view::npos;
  return whole || bytes.size() < usual_header ? bytes : source.read(0, longest_header);
}

void require_whole(image_source const& source, cbf_header const& header) {
  require_bytes(source, header.payload_at, header.payload_bytes);
  auto const rest = source.read(header.payload_at + header.payload_bytes, longest_header);
  if (text_of(rest).find(start_of_binary) != std::string_view::npos)
    source.fail("it holds more than one image; write one a file");
}

template <class T>
frame_status decode(std::span<std::byte const> payload, frame_buffer& pixels) {
  return decode_byte_offset(payload, std::span(reinterpret_cast<T*>(pixels.data()), pixels.size() / sizeof(T)));
}

bool has_checksum(std::span<std::byte const> payload, cbf_header const& header) {
  return header.md5.empty() || base64_md5(payload) == header.md5;
}

number_type plain_type(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return number_type::u8;
    case pixel_type::u16: return number_type::u16;
    case pixel_type::u32: return number_type::u32;
    default: return number_type::i32;
  }
}

}  // namespace

cbf_header read_cbf_header(image_source const& source) {
  auto const bytes = read_to_payload(source);
  std::string_view const text = text_of(bytes);
  auto const begin = text.find(section);
  if (begin == text.npos) source.fail("its CBF header has no binary section");
  auto const end = std::min(text.find(start_of_binary, begin), text.size());
  auto const all = parse_entries(text.substr(begin + section.size(), end - begin - section.size()));
  require_byte_offset(source, all);
  if (end == text.size()) source.fail("its CBF header has no end (the bytes 0C 1A 04 D5)");
  cbf_header header;
  header.type = type_of(source, all);
  header.payload_at = end + start_of_binary.size();
  header.payload_bytes = needed_number(source, all, "X-Binary-Size");
  header.md5 = value_or(all, "content-md5", "");
  std::erase(header.md5, '"');
  take_shape(source, all, header);
  require_whole(source, header);
  append_mini_header(text.substr(0, begin), header.fields);
  return header;
}

frame_buffer read_cbf_payload(image_source const& source, cbf_header const& header) {
  return read_pixels_at(source, header.payload_at, header.payload_bytes);
}

frame_status decode_cbf(std::span<std::byte const> payload, cbf_header const& header, bool verify,
                        frame_buffer& pixels) {
  if (verify && !has_checksum(payload, header)) return frame_status::wrong_checksum;
  pixels.resize(header.rows * header.columns * bytes_of(header.type));
  switch (header.type) {
    case pixel_type::u8: return decode<std::uint8_t>(payload, pixels);
    case pixel_type::u16: return decode<std::uint16_t>(payload, pixels);
    case pixel_type::u32: return decode<std::uint32_t>(payload, pixels);
    default: return decode<std::int32_t>(payload, pixels);
  }
}

namespace {

class cbf_reader : public image_reader {
 public:
  cbf_reader(image_source source, cbf_header header)
      : image_reader({header.rows, header.columns, plain_type(header.type)}),
        source_(std::move(source)),
        header_(std::move(header)) {}

  bool is_compressed() const override { return source_.is_compressed(); }
  std::uint64_t count() override { return 1; }
  std::uint64_t stored_bytes(std::uint64_t /*index*/) override { return header_.payload_bytes; }
  header_fields fields(std::uint64_t /*index*/) override { return header_.fields; }

  encoding code() const override { return encoding::byte_offset; }
  bool is_encoded_as(encoding code, pixel_type type) const override {
    return code == encoding::byte_offset && type == header_.type;
  }
  frame_status read_encoded(std::uint64_t /*index*/, bool verify, frame_buffer& bytes) override {
    read_pixels_at(source_, header_.payload_at, header_.payload_bytes, bytes);
    return verify && !has_checksum(bytes, header_) ? frame_status::wrong_checksum : frame_status::ok;
  }

  image read(std::uint64_t /*index*/) override {
    frame_buffer pixels;
    auto const status = decode_cbf(read_cbf_payload(source_, header_), header_, false, pixels);
    if (status == frame_status::corrupt) source_.fail("a pixel's value is beyond its type: the file is corrupt");
    if (status == frame_status::truncated) source_.fail("its compressed pixels end too early: the file is corrupt");
    if (status == frame_status::lying_header) source_.fail("it has more compressed pixels than its header states");
    if (status != frame_status::ok) source_.fail(std::string(describe(status)));
    return make_image(layout_, pixels, false);
  }

  frame_status read_pixels(std::uint64_t index, pixel_type type, bool verify, frame_buffer& pixels) override {
    // Files come and go, but their payloads need about the same memory: to get it anew takes as long as to decode.
    thread_local frame_buffer payload;
    read_pixels_at(source_, header_.payload_at, header_.payload_bytes, payload);
    if (type == header_.type) return decode_cbf(payload, header_, verify, pixels);
    if (verify && !has_checksum(payload, header_)) return frame_status::wrong_checksum;
    return image_reader::read_pixels(index, type, verify, pixels);
  }

 private:
  image_source source_;
  cbf_header header_;
};

}  // namespace

std::unique_ptr<image_reader> open_cbf(image_source source) {
  auto header = read_cbf_header(source);
  return std::make_unique<cbf_reader>(std::move(source), std::move(header));
}

}  // namespace xrdct
