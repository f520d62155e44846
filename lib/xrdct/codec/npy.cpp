#include "xrdct/codec/image_formats.hpp"
#include "xrdct/codec/numbers.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

// The format: numpy/lib/format.py, "NumPy Enhancement Proposal 1": magic, version, length of the header (2 bytes in
// version 1, 4 since version 2, little-endian), the header as a Python dictionary literal, then the array.

namespace xrdct {
namespace {

constexpr std::uint64_t longest_header = 1U << 16U;

/// The text that stands for the value of `key` in the dictionary, up to the comma or brace that ends it.
std::string_view value_of(image_source const& source, std::string_view dictionary, std::string_view key) {
  std::string quoted(1, '\'');
  quoted.append(key).push_back('\'');
  auto at = dictionary.find(quoted);
  if (at != dictionary.npos) at = dictionary.find_first_not_of(' ', at + quoted.size());
  if (at == dictionary.npos || dictionary[at] != ':') source.fail("its NumPy header has no " + quoted);
  at = dictionary.find_first_not_of(' ', at + 1);
  if (at == dictionary.npos) source.fail("its NumPy header ends early");
  char const opening = dictionary[at];
  std::string_view const ends = opening == '(' ? ")" : opening == '\'' ? "'" : ",}";
  auto const stop = dictionary.find_first_of(ends, at + 1);
  if (stop == dictionary.npos) source.fail("its NumPy header ends early");
  return dictionary.substr(at, stop - at);
}

struct element {
  number_type type;
  bool big_endian;
};

element parse_type(image_source const& source, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, number_type>, 12> names{{
      {"b1", number_type::u8},
      {"u1", number_type::u8},
      {"i1", number_type::i8},
      {"u2", number_type::u16},
      {"i2", number_type::i16},
      {"u4", number_type::u32},
      {"i4", number_type::i32},
      {"u8", number_type::u64},
      {"i8", number_type::i64},
      {"f2", number_type::f16},
      {"f4", number_type::f32},
      {"f8", number_type::f64},
  }};
  if (text.size() == 4 && text[0] == '\'' && std::string_view("<>|=").find(text[1]) != text.npos) {
    for (auto const& [name, type] : names)
      if (text.substr(2) == name) return {type, text[1] == '>'};
  }
  source.fail("NumPy type " + std::string(text.substr(0, 40)) + " is not a plain integer, float or bool");
}

/// "(images, rows, columns" with an optional comma at the end; of two axes there is one image, of more as many as there
/// are along all but the last two.
std::array<std::uint64_t, 3> parse_shape(image_source const& source, std::string_view text) {
  constexpr std::uint64_t most = std::uint64_t{1} << 30U;
  std::vector<std::uint64_t> axes;
  char const* at = text.data() + 1;
  char const* const end = text.data() + text.size();
  auto const skip = [&](char c) {
    while (at != end && *at == c) ++at;
  };
  bool good = text.starts_with('(');
  for (skip(' '); good && at != end;) {
    std::uint64_t value = 0;
    auto const [stop, status] = std::from_chars(at, end, value);
    good = status == std::errc();
    axes.push_back(value);
    at = stop;
    skip(' ');
    if (at != end && *at != ',') good = false;
    if (at != end) ++at;
    skip(' ');
  }
  std::array<std::uint64_t, 3> shape{1, 0, 0};
  if (good = good && axes.size() >= 2; good) {
    shape = {1, axes[axes.size() - 2], axes.back()};
    axes.resize(axes.size() - 2);
    for (auto const n : axes) good = good && n > 0 && n <= most && (shape[0] *= n) <= most;
  }
  if (!good) source.fail("NumPy shape " + std::string(text.substr(0, 40)) + ") is not that of an image, or of several");
  return shape;
}

/// The dictionary and where the array begins.
std::pair<std::string, std::uint64_t> read_dictionary(image_source const& source) {
  auto const head = source.read(0, 12);
  auto const byte = [&](std::size_t i) { return i < head.size() ? std::to_integer<std::uint64_t>(head[i]) : 0; };
  std::uint64_t const version = byte(6);
  if (version < 1 || version > 3) source.fail("NumPy format version " + std::to_string(version) + " is unknown");
  std::uint64_t const start = version == 1 ? 10 : 12;
  std::uint64_t length = byte(8) | byte(9) << 8U;
  if (version > 1) length |= byte(10) << 16U | byte(11) << 24U;
  if (length > longest_header) source.fail("its NumPy header is too long for an image's");
  auto const bytes = source.read(start, length);
  if (bytes.size() < length) source.fail("it is truncated within its NumPy header");
  return {{reinterpret_cast<char const*>(bytes.data()), bytes.size()}, start + length};
}

/// Column by column into row by row.
std::vector<double> transposed(std::vector<double> const& values, std::size_t rows, std::size_t columns) {
  std::vector<double> made(values.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) made[i * columns + j] = values[j * rows + i];
  return made;
}

class npy_reader : public image_reader {
 public:
  npy_reader(image_source source, image_layout const& layout, std::uint64_t images, std::uint64_t start,
             bool big_endian, bool by_columns)
      : image_reader(layout),
        source_(std::move(source)),
        images_(images),
        start_(start),
        big_endian_(big_endian),
        by_columns_(by_columns) {}

  bool is_compressed() const override { return source_.is_compressed(); }
  std::uint64_t count() override { return images_; }
  bool may_hold_several() const override { return true; }

  frame_status read_pixels(std::uint64_t index, pixel_type type, bool verify, frame_buffer& pixels) override {
    if (by_columns_ || !is_plain(layout_.type, big_endian_, type))
      return image_reader::read_pixels(index, type, verify, pixels);
    read_pixels_at(source_, place_of(index), layout_.bytes(), pixels);
    return frame_status::ok;
  }

  image read(std::uint64_t index) override {
    if (index >= images_) source_.fail("it has no image " + std::to_string(index));
    image made = make_image(layout_, read_pixels_at(source_, place_of(index), layout_.bytes()), big_endian_);
    if (by_columns_) made.values = transposed(made.values, layout_.rows, layout_.columns);
    return made;
  }

 private:
  std::uint64_t place_of(std::uint64_t index) const { return start_ + index * layout_.bytes(); }

  image_source source_;
  std::uint64_t images_, start_;
  bool big_endian_;
  bool by_columns_;
};

}  // namespace

std::unique_ptr<image_reader> open_npy(image_source source) {
  auto const [dictionary, start] = read_dictionary(source);
  element const kind = parse_type(source, value_of(source, dictionary, "descr"));
  auto const [images, rows, columns] = parse_shape(source, value_of(source, dictionary, "shape"));
  std::string_view const order = value_of(source, dictionary, "fortran_order");
  if (order != "True" && order != "False") source.fail("its NumPy header's fortran_order is neither True nor False");
  count_pixels(source, rows, columns);
  image_layout const layout{rows, columns, kind.type};
  bool const by_columns = order == "True";
  if (by_columns && images > 1) source.fail("several images are read in C order only; save numpy.ascontiguousarray()");
  if (images > UINT64_MAX / layout.bytes()) source.fail("its header states more than any file holds");
  require_bytes(source, start, images * layout.bytes());
  return std::make_unique<npy_reader>(std::move(source), layout, images, start, kind.big_endian, by_columns);
}

}  // namespace xrdct
