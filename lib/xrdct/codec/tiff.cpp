#include "xrdct/codec/image_formats.hpp"
#include "xrdct/codec/numbers.hpp"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <mutex>

namespace xrdct {
namespace {

/// What the library last complained of in this thread. Its handlers are the process's, so they are set once.
thread_local std::string last_complaint;

void keep_complaint(char const* /*module*/, char const* format, std::va_list arguments) {
  std::array<char, 200> text{};
  std::vsnprintf(text.data(), text.size(), format, arguments);
  last_complaint = text.data();
}

void silence_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    TIFFSetErrorHandler(keep_complaint);
    TIFFSetWarningHandler(nullptr);
  });
  last_complaint.clear();
}

[[noreturn]] void fail(image_source const& source, std::string const& why) {
  source.fail(last_complaint.empty() ? why : why + " (" + last_complaint + ")");
}

struct tiff_closer {
  void operator()(TIFF* file) const { TIFFClose(file); }
};
using tiff_file = std::unique_ptr<TIFF, tiff_closer>;

/// The value of a tag, or what the standard takes where it is absent.
template <class T>
T tag_or(TIFF* file, std::uint32_t tag, T absent) {
  T value = absent;
  return TIFFGetFieldDefaulted(file, tag, &value) == 1 ? value : absent;
}

number_type type_of(TIFF* file, image_source const& source) {
  auto const bits = tag_or<std::uint16_t>(file, TIFFTAG_BITSPERSAMPLE, 1);
  auto const format = tag_or<std::uint16_t>(file, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  bool const is_unsigned = format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID;
  if (is_unsigned && bits == 8) return number_type::u8;
  if (is_unsigned && bits == 16) return number_type::u16;
  if (is_unsigned && bits == 32) return number_type::u32;
  if (is_unsigned && bits == 64) return number_type::u64;
  if (format == SAMPLEFORMAT_INT && bits == 8) return number_type::i8;
  if (format == SAMPLEFORMAT_INT && bits == 16) return number_type::i16;
  if (format == SAMPLEFORMAT_INT && bits == 32) return number_type::i32;
  if (format == SAMPLEFORMAT_INT && bits == 64) return number_type::i64;
  if (format == SAMPLEFORMAT_IEEEFP && bits == 16) return number_type::f16;
  if (format == SAMPLEFORMAT_IEEEFP && bits == 32) return number_type::f32;
  if (format == SAMPLEFORMAT_IEEEFP && bits == 64) return number_type::f64;
  source.fail("TIFF samples of " + std::to_string(bits) + " bits, format " + std::to_string(format) +
              ", are not supported; use integers of 8 to 64 bits or floats of 16 to 64");
}

/// Where pieces of the image (strips: as wide as the image; tiles) lie, and how to read one.
struct pieces {
  bool tiled;
  std::uint64_t rows, columns;  // of a whole piece
  std::uint64_t bytes;          // of a whole piece, decoded
};

pieces pieces_of(TIFF* file, image const& made) {
  if (TIFFIsTiled(file) != 0) {
    return {true, tag_or<std::uint32_t>(file, TIFFTAG_TILELENGTH, 0), tag_or<std::uint32_t>(file, TIFFTAG_TILEWIDTH, 0),
            static_cast<std::uint64_t>(std::max<tmsize_t>(TIFFTileSize(file), 0))};
  }
  auto const all = static_cast<std::uint32_t>(made.rows);
  return {false, std::min(tag_or<std::uint32_t>(file, TIFFTAG_ROWSPERSTRIP, all), all),
          static_cast<std::uint64_t>(made.columns),
          static_cast<std::uint64_t>(std::max<tmsize_t>(TIFFStripSize(file), 0))};
}

void read_piece(TIFF* file, image_source const& source, bool tiled, std::uint32_t index, std::span<std::byte> bytes,
                std::uint64_t needed) {
  auto const size = static_cast<tmsize_t>(bytes.size());
  tmsize_t const got = tiled ? TIFFReadEncodedTile(file, index, bytes.data(), size)
                             : TIFFReadEncodedStrip(file, index, bytes.data(), size);
  if (got < 0 || static_cast<std::uint64_t>(got) < needed)
    fail(source, "its " + std::string(tiled ? "tile " : "strip ") + std::to_string(index) + " is truncated or corrupt");
}

void read_pieces(TIFF* file, image_source const& source, number_type type, std::uint64_t byte_limit, image& made) {
  pieces const piece = pieces_of(file, made);
  auto const rows = static_cast<std::uint64_t>(made.rows);
  auto const columns = static_cast<std::uint64_t>(made.columns);
  std::uint64_t const size = bytes_of(type);
  if (piece.rows == 0 || piece.columns == 0 || piece.bytes > byte_limit ||
      piece.bytes / size / piece.columns != piece.rows)
    fail(source, "its strips or tiles have an impossible size");
  std::vector<std::byte> bytes(piece.bytes);
  constexpr bool big_endian = std::endian::native == std::endian::big;  // the library swaps
  std::uint32_t index = 0;
  for (std::uint64_t top = 0; top < rows; top += piece.rows) {
    for (std::uint64_t left = 0; left < columns; left += piece.columns, ++index) {
      std::uint64_t const height = std::min(piece.rows, rows - top);
      std::uint64_t const width = std::min(piece.columns, columns - left);
      read_piece(file, source, piece.tiled, index, bytes, piece.tiled ? piece.bytes : height * width * size);
      for (std::uint64_t row = 0; row < height; ++row) {
        to_doubles(std::span(bytes).subspan(row * piece.columns * size, width * size), type, big_endian,
                   std::span(made.values).subspan((top + row) * columns + left, width));
      }
    }
  }
}

}  // namespace

image read_tiff(image_source& source) {
  silence_library();
  tiff_file const file(TIFFOpen(source.path().c_str(), "rm"));  // m: no memory mapping, which dies if the file shrinks
  if (!file) fail(source, "it is not a valid TIFF file");
  auto const samples = tag_or<std::uint16_t>(file.get(), TIFFTAG_SAMPLESPERPIXEL, 1);
  if (samples != 1) source.fail("it has " + std::to_string(samples) + " samples a pixel; grey images have one");
  number_type const type = type_of(file.get(), source);
  auto const rows = tag_or<std::uint32_t>(file.get(), TIFFTAG_IMAGELENGTH, 0);
  auto const columns = tag_or<std::uint32_t>(file.get(), TIFFTAG_IMAGEWIDTH, 0);
  // No compression of TIFF's packs better than about 1 : 1400, so that a larger shape is a lie.
  std::uint64_t const byte_limit = source.size() * 2000;
  if (count_pixels(source, rows, columns) * bytes_of(type) > byte_limit) {
    source.fail("it is truncated: " + std::to_string(source.size()) + " bytes cannot hold " + std::to_string(rows) +
                " × " + std::to_string(columns) + " pixels");
  }
  image made = make_image(rows, columns);
  read_pieces(file.get(), source, type, byte_limit, made);
  return made;
}

}  // namespace xrdct
