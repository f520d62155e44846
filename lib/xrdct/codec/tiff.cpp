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

/// Where the library is in a file.
struct tiff_position {
  image_source source;
  std::uint64_t at = 0;
};

tiff_position& position_of(thandle_t handle) { return *static_cast<tiff_position*>(handle); }

/// The library's calls come through C: nothing may be thrown. 0 bytes or −1 tell it of an error.
tmsize_t read_for_library(thandle_t handle, void* to, tmsize_t count) try {
  auto& file = position_of(handle);
  if (count < 0) return -1;
  auto const got = file.source.read_into(file.at, {static_cast<std::byte*>(to), static_cast<std::size_t>(count)});
  file.at += got;
  return static_cast<tmsize_t>(got);
} catch (...) {
  return -1;
}

tmsize_t refuse_to_write(thandle_t /*handle*/, void* /*from*/, tmsize_t /*count*/) { return -1; }

toff_t seek_for_library(thandle_t handle, toff_t offset, int whence) {
  auto& file = position_of(handle);
  auto const from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.at : file.source.size();
  return file.at = from + offset;
}

int leave_open(thandle_t /*handle*/) { return 0; }
toff_t size_for_library(thandle_t handle) { return position_of(handle).source.size(); }

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

/// Tiles at the image's edge reach beyond it, and may be all there is of it; but no program's are this much larger.
void check_tile(image_source const& source, std::uint64_t rows, std::uint64_t columns, image_layout const& layout) {
  constexpr std::uint64_t most_beyond = 4096;
  if (rows > layout.rows + most_beyond || columns > layout.columns + most_beyond)
    fail(source, "its tiles of " + std::to_string(rows) + " × " + std::to_string(columns) +
                     " pixels are larger by far than the image");
  count_pixels(source, rows, columns);
}

pieces pieces_of(TIFF* file, image_source const& source, image_layout const& layout) {
  if (TIFFIsTiled(file) != 0) {
    auto const rows = tag_or<std::uint32_t>(file, TIFFTAG_TILELENGTH, 0);
    auto const columns = tag_or<std::uint32_t>(file, TIFFTAG_TILEWIDTH, 0);
    check_tile(source, rows, columns, layout);
    return {true, rows, columns, static_cast<std::uint64_t>(std::max<tmsize_t>(TIFFTileSize(file), 0))};
  }
  auto const all = static_cast<std::uint32_t>(layout.rows);
  return {false, std::min(tag_or<std::uint32_t>(file, TIFFTAG_ROWSPERSTRIP, all), all), layout.columns,
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

/// Decodes the current page into rows × columns numbers of the machine's byte order.
void read_pieces(TIFF* file, image_source const& source, image_layout const& layout, std::uint64_t byte_limit,
                 frame_buffer& pixels) {
  pieces const piece = pieces_of(file, source, layout);
  auto const [rows, columns, type] = layout;
  std::uint64_t const size = bytes_of(type);
  if (piece.rows == 0 || piece.columns == 0 || piece.bytes > byte_limit ||
      piece.bytes / size / piece.columns != piece.rows)
    fail(source, "its strips or tiles have an impossible size");
  std::vector<std::byte> bytes(piece.bytes);
  pixels.resize(layout.bytes());
  std::uint32_t index = 0;
  for (std::uint64_t top = 0; top < rows; top += piece.rows) {
    for (std::uint64_t left = 0; left < columns; left += piece.columns, ++index) {
      std::uint64_t const height = std::min(piece.rows, rows - top);
      std::uint64_t const width = std::min(piece.columns, columns - left);
      read_piece(file, source, piece.tiled, index, bytes, piece.tiled ? piece.bytes : height * width * size);
      for (std::uint64_t row = 0; row < height; ++row) {
        auto const line = std::span(bytes).subspan(row * piece.columns * size, width * size);
        std::copy(line.begin(), line.end(),
                  pixels.begin() + static_cast<std::ptrdiff_t>(((top + row) * columns + left) * size));
      }
    }
  }
}

// No compression of TIFF's packs better than about 1 : 1400, so that a larger shape is a lie.
std::uint64_t byte_limit_of(image_source const& source) { return source.size() * 2000; }

/// Of the current page.
image_layout layout_of(TIFF* file, image_source const& source) {
  auto const samples = tag_or<std::uint16_t>(file, TIFFTAG_SAMPLESPERPIXEL, 1);
  if (samples != 1) source.fail("it has " + std::to_string(samples) + " samples a pixel; grey images have one");
  image_layout const layout{tag_or<std::uint32_t>(file, TIFFTAG_IMAGELENGTH, 0),
                            tag_or<std::uint32_t>(file, TIFFTAG_IMAGEWIDTH, 0), type_of(file, source)};
  count_pixels(source, layout.rows, layout.columns);
  if (layout.bytes() > byte_limit_of(source)) {
    source.fail("it is truncated: " + std::to_string(source.size()) + " bytes cannot hold " +
                std::to_string(layout.rows) + " × " + std::to_string(layout.columns) + " pixels");
  }
  return layout;
}

class tiff_reader : public image_reader {
 public:
  tiff_reader(std::unique_ptr<tiff_position> position, tiff_file file)
      : image_reader(layout_of(file.get(), position->source)),
        position_(std::move(position)),
        source_(position_->source),
        file_(std::move(file)) {}

  bool is_compressed() const override { return source_.is_compressed(); }

  header_fields fields(std::uint64_t index) override {
    silence_library();
    go_to(index);
    header_fields found;
    char const* text = nullptr;
    if (TIFFGetField(file_.get(), TIFFTAG_IMAGEDESCRIPTION, &text) == 1 && text != nullptr)
      append_mini_header(text, found);
    return found;
  }

  frame_status read_pixels(std::uint64_t index, pixel_type type, bool verify, frame_buffer& pixels) override {
    constexpr bool big_endian = std::endian::native == std::endian::big;  // the library swaps
    if (!is_plain(layout_.type, big_endian, type)) return image_reader::read_pixels(index, type, verify, pixels);
    silence_library();
    go_to(index);
    read_pieces(file_.get(), source_, layout_, byte_limit_of(source_), pixels);
    return frame_status::ok;
  }

  bool may_hold_several() const override { return true; }

  std::uint64_t count() override {
    if (!pages_.empty()) return pages_.size();
    silence_library();
    std::vector<tdir_t> pages;
    if (TIFFSetDirectory(file_.get(), 0) != 1) fail(source_, "its first page cannot be read");
    do {
      auto const kind = tag_or<std::uint32_t>(file_.get(), TIFFTAG_SUBFILETYPE, 0);
      bool const smaller = (kind & FILETYPE_REDUCEDIMAGE) != 0;
      if (!pages.empty() && smaller) continue;
      if (layout_of(file_.get(), source_) != layout_)
        source_.fail("its pages differ in shape or type: page " +
                     std::to_string(TIFFCurrentDirectory(file_.get()) + 1) +
                     " is not as the first; write one image a file");
      pages.push_back(TIFFCurrentDirectory(file_.get()));
    } while (TIFFReadDirectory(file_.get()) == 1);
    if (!last_complaint.empty()) fail(source_, "one of its pages cannot be read");
    if (TIFFSetDirectory(file_.get(), 0) != 1) fail(source_, "its first page cannot be read");
    pages_ = std::move(pages);
    return pages_.size();
  }

  image read(std::uint64_t index) override {
    constexpr bool big_endian = std::endian::native == std::endian::big;  // the library swaps
    silence_library();
    go_to(index);
    frame_buffer pixels;
    read_pieces(file_.get(), source_, layout_, byte_limit_of(source_), pixels);
    return make_image(layout_, pixels, big_endian);
  }

  std::uint64_t stored_bytes(std::uint64_t /*index*/) override {
    return std::max<std::uint64_t>(1, source_.size() / count());
  }

 private:
  /// Page after page, each is found without walking through those before it again.
  void go_to(std::uint64_t index) {
    tdir_t wanted = 0;
    if (index > 0) {
      if (index >= count())
        source_.fail("it has " + std::to_string(count()) + " pages, not one numbered " + std::to_string(index));
      wanted = pages_[index];
    }
    auto const current = TIFFCurrentDirectory(file_.get());
    if (current == wanted) return;
    bool const there =
        wanted == current + 1 ? TIFFReadDirectory(file_.get()) == 1 : TIFFSetDirectory(file_.get(), wanted) == 1;
    if (!there || layout_of(file_.get(), source_) != layout_)
      fail(source_, "page " + std::to_string(wanted + 1) + " cannot be read");
  }

  std::unique_ptr<tiff_position> position_;  // file_ reads from it
  image_source const& source_;
  tiff_file file_;
  std::vector<tdir_t> pages_;
};

}  // namespace

std::unique_ptr<image_reader> open_tiff(image_source source) {
  silence_library();
  auto position = std::make_unique<tiff_position>(tiff_position{std::move(source), 0});
  auto const& path = position->source.path();
  // m: no memory mapping, which dies if the file shrinks
  tiff_file file(TIFFClientOpen(path.c_str(), "rm", position.get(), read_for_library, refuse_to_write, seek_for_library,
                                leave_open, size_for_library, nullptr, nullptr));
  if (!file) fail(position->source, "it is not a valid TIFF file");
  return std::make_unique<tiff_reader>(std::move(position), std::move(file));
}

}  // namespace xrdct
