#include "xrdct/codec/image.hpp"

#include "tests/codec/image_file_fixture.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/codec/image_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <numeric>
#include <random>

namespace xrdct {
namespace {

using test::image_file;
using testing::HasSubstr;

/// Bytes of numbers, as a file of either byte order has them.
template <class T>
std::string bytes_of(std::vector<T> const& values, bool big_endian) {
  std::string bytes;
  for (T value : values) {
    auto one = std::bit_cast<std::array<char, sizeof(T)>>(value);
    if (big_endian) std::reverse(one.begin(), one.end());
    bytes.append(one.data(), one.size());
  }
  return bytes;
}

/// Values that reach both ends of the type.
template <class T>
std::vector<T> some_values(std::size_t count) {
  std::mt19937_64 random(sizeof(T) * 2 + std::is_signed_v<T>);
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(random());
  if constexpr (std::is_floating_point_v<T>)
    for (T& value : values) value /= 3e9F;
  values[0] = std::numeric_limits<T>::lowest();
  values[1] = std::numeric_limits<T>::max();
  return values;
}

template <class T>
std::vector<double> doubles(std::vector<T> const& values) {
  return {values.begin(), values.end()};
}

// ---------------------------------------------------------------------------------------------------------------- EDF

std::string edf_header(std::string const& entries, std::size_t length = 512) {
  std::string header = "{\n" + entries;
  header.resize(std::max(length, header.size() + 2) - 2, ' ');
  return header + "}\n";
}

std::string edf_entries(std::string const& type, std::string const& order, int columns, int rows) {
  return "HeaderID = EH:000001:000000:000000 ;\nImage = 1 ;\nByteOrder = " + order + " ;\nDataType = " + type +
         " ;\nDim_1 = " + std::to_string(columns) + " ;\nDim_2 = " + std::to_string(rows) + " ;\n";
}

template <class T, class reader>
void expect_edf(reader const& read, char const* type) {
  auto const values = some_values<T>(15);
  for (bool big : {false, true})
    for (std::size_t length : {std::size_t{512}, std::size_t{1024}, std::size_t{4096}}) {
      SCOPED_TRACE(std::string(type) + (big ? ", big-endian" : ", little-endian"));
      image const made = read(edf_header(edf_entries(type, big ? "HighByteFirst" : "LowByteFirst", 5, 3), length) +
                              bytes_of(values, big));
      EXPECT_EQ(made.rows, 3);
      EXPECT_EQ(made.columns, 5);
      EXPECT_EQ(made.values, doubles(values));
    }
}

TEST_F(image_file, edf_of_every_type_and_byte_order) {
  auto const reader = [this](std::string const& content) { return read(content); };
  expect_edf<std::uint8_t>(reader, "UnsignedByte");
  expect_edf<std::int8_t>(reader, "SignedByte");
  expect_edf<std::uint16_t>(reader, "UnsignedShort");
  expect_edf<std::int16_t>(reader, "SignedShort");
  expect_edf<std::uint32_t>(reader, "UnsignedInteger");
  expect_edf<std::int32_t>(reader, "SignedInteger");
  expect_edf<std::uint32_t>(reader, "UnsignedLong");  // long has 32 bits in EDF
  expect_edf<std::int32_t>(reader, "SignedLong");
  expect_edf<std::uint64_t>(reader, "Unsigned64");
  expect_edf<std::int64_t>(reader, "Signed64");
  expect_edf<float>(reader, "FloatValue");
  expect_edf<float>(reader, "FLOAT");
  expect_edf<double>(reader, "DoubleValue");
}

TEST_F(image_file, edf_as_others_write_it) {
  std::string const pixels = bytes_of(std::vector<std::uint16_t>{1, 2, 3, 4, 5, 6}, false);
  auto const expect = [&](std::string const& content) {
    EXPECT_THAT(read(content).values, testing::ElementsAre(1, 2, 3, 4, 5, 6));
  };
  std::string const entries = edf_entries("UnsignedShort", "LowByteFirst", 3, 2);
  expect("{\r\n" + entries + "}\r\n" + pixels);                               // not padded
  expect("\n" + edf_header("Title = a {brace} = b ;\n" + entries) + pixels);  // begins with an empty line
  expect(edf_header(entries + "Size = 12 ;\n") + pixels + "more");            // another image behind
  expect(edf_header(entries + "EDF_BinarySize = 512 ;\nCompression = None ;\n") + pixels + std::string(500, ' '));
  expect(edf_header("datatype=UnsignedShort;DIM_1=3;dim_2=2;byteorder=lowbytefirst;") + pixels);
}

TEST_F(image_file, edf_that_lies) {
  std::string const good = edf_entries("UnsignedShort", "LowByteFirst", 3, 2), pixels(12, 'x');
  EXPECT_THAT(complaint(edf_header(good) + pixels.substr(1)),
              HasSubstr("truncated: 12 bytes of pixels expected, 11 found"));
  EXPECT_THAT(complaint(edf_header(good)), HasSubstr("truncated"));
  EXPECT_THAT(complaint(edf_header(good + "Size = 11 ;\n") + pixels), HasSubstr("size states 11 bytes"));
  EXPECT_THAT(complaint(edf_header(good + "EDF_BinarySize = 1 ;\n") + pixels), HasSubstr("edf_binarysize states 1"));
  EXPECT_THAT(complaint(edf_header(good + "Dim_3 = 2 ;\n") + pixels), HasSubstr("a stack"));
  EXPECT_THAT(complaint(edf_header(good + "Compression = Gzip ;\n") + pixels), HasSubstr("compression"));
  EXPECT_THAT(complaint("{\n" + good), HasSubstr("no end"));
  EXPECT_THAT(complaint("{"), HasSubstr("no end"));
  EXPECT_THAT(complaint("{}\n"), HasSubstr("DataType"));
  EXPECT_THAT(complaint(edf_header("DataType = QuadrupleValue ;\n")), HasSubstr("'QuadrupleValue' is not supported"));
  EXPECT_THAT(complaint(edf_header("DataType = FloatValue ;\nDim_1 = 3 ;\n")), HasSubstr("no dim_2"));
  EXPECT_THAT(complaint(edf_header("DataType = FloatValue ;\nByteOrder = Any ;\n")), HasSubstr("'Any' is neither"));
}

TEST_F(image_file, edf_with_impossible_shapes) {
  auto const with = [&](std::string const& dim_1, std::string const& dim_2) {
    return complaint(edf_header("DataType = DoubleValue ;\nDim_1 = " + dim_1 + " ;\nDim_2 = " + dim_2 + " ;\n") +
                     "12345678");
  };
  EXPECT_THAT(with("0", "5"), HasSubstr("empty image"));
  EXPECT_THAT(with("5", "0"), HasSubstr("empty image"));
  EXPECT_THAT(with("-1", "5"), HasSubstr("not a whole number"));
  EXPECT_THAT(with("1.5", "5"), HasSubstr("not a whole number"));
  EXPECT_THAT(with("", "5"), HasSubstr("not a whole number"));
  EXPECT_THAT(with("99999999999999999999999", "5"), HasSubstr("not a whole number"));
  EXPECT_THAT(with("4294967296", "4294967296"), HasSubstr("more than any detector"));
  EXPECT_THAT(with("18446744073709551615", "18446744073709551615"), HasSubstr("more than any detector"));
  EXPECT_THAT(with("2305843009213693952", "1"), HasSubstr("more than any detector"));
  EXPECT_THAT(with("16384", "16384"), HasSubstr("truncated"));  // 2 GiB that are not there
}

// -------------------------------------------------------------------------------------------------------------- NumPy

std::string npy(std::string const& dictionary, int version = 1) {
  std::string text = "\x93NUMPY" + std::string(1, static_cast<char>(version)) + std::string(1, '\0');
  std::size_t const length = dictionary.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) text += static_cast<char>(length >> (8 * i) & 255);
  return text + dictionary;
}

std::string npy_dictionary(std::string const& type, std::string const& shape, bool fortran = false) {
  return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape +
         ", }    \n";
}

template <class T, class reader>
void expect_npy(reader const& read, std::string const& type) {
  auto const values = some_values<T>(15);
  for (bool big : {false, true})
    for (int version : {1, 2, 3}) {
      std::string named(1, sizeof(T) == 1 ? '|' : big ? '>' : '<');
      named += type;
      image const made = read(npy(npy_dictionary(named, "(3, 5)"), version) + bytes_of(values, big));
      EXPECT_EQ(made.rows, 3);
      EXPECT_EQ(made.columns, 5);
      EXPECT_EQ(made.values, doubles(values)) << type << " version " << version;
    }
}

TEST_F(image_file, npy_of_every_type_byte_order_and_version) {
  auto const reader = [this](std::string const& content) { return read(content); };
  expect_npy<std::uint8_t>(reader, "u1");
  expect_npy<std::int8_t>(reader, "i1");
  expect_npy<std::uint16_t>(reader, "u2");
  expect_npy<std::int16_t>(reader, "i2");
  expect_npy<std::uint32_t>(reader, "u4");
  expect_npy<std::int32_t>(reader, "i4");
  expect_npy<std::uint64_t>(reader, "u8");
  expect_npy<std::int64_t>(reader, "i8");
  expect_npy<float>(reader, "f4");
  expect_npy<double>(reader, "f8");
}

TEST_F(image_file, npy_of_bools_and_halves) {
  using namespace std::string_literals;
  EXPECT_THAT(read(npy(npy_dictionary("|b1", "(2, 2)")) + "\0\1\1\0"s).values, testing::ElementsAre(0, 1, 1, 0));
  // 1, −2, 65504 (the largest), 2⁻²⁴ (the smallest), ∞, 1/3 rounded
  std::vector<std::uint16_t> const halves{0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3555};
  auto const values = read(npy(npy_dictionary("<f2", "(2, 3)")) + bytes_of(halves, false)).values;
  EXPECT_THAT(values, testing::ElementsAre(1, -2, 65504, std::ldexp(1, -24), HUGE_VAL, 0.333251953125));
  auto const no_number = read(npy(npy_dictionary(">f2", "(1, 1)")) + "\x7e\x00"s).values;
  EXPECT_TRUE(std::isnan(no_number.at(0)));
}

TEST_F(image_file, npy_in_fortran_order) {
  std::vector<std::int32_t> const by_columns{1, 4, 2, 5, 3, 6};
  image const made = read(npy(npy_dictionary("<i4", "(2, 3)", true)) + bytes_of(by_columns, false));
  EXPECT_EQ(made.rows, 2);
  EXPECT_EQ(made.columns, 3);
  EXPECT_THAT(made.values, testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(image_file, npy_of_several_images) {
  std::vector<std::int32_t> values(2 * 2 * 2 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int32_t>(i);
  auto const images = open_images(write(npy(npy_dictionary("<i4", "(2, 2, 2, 3)")) + bytes_of(values, false)));
  ASSERT_EQ(images->count(), 4U);
  EXPECT_THAT(images->read(3).values, testing::ElementsAre(18, 19, 20, 21, 22, 23));
  frame_buffer pixels;
  ASSERT_EQ(images->read_pixels(2, pixel_type::i32, false, pixels), frame_status::ok);
  std::int32_t first = 0;
  std::memcpy(&first, pixels.data(), sizeof(first));
  EXPECT_EQ(first, 12);
  EXPECT_THAT(complaint(npy(npy_dictionary("<i4", "(2, 2, 3)", true)) + bytes_of(values, false)),
              HasSubstr("C order only"));
  EXPECT_THAT(complaint(npy(npy_dictionary("<i4", "(5, 2, 3)")) + bytes_of(values, false)), HasSubstr("truncated"));
}

TEST_F(image_file, npy_that_lies) {
  auto const with = [&](std::string const& type, std::string const& shape) {
    return complaint(npy(npy_dictionary(type, shape)) + "0123456789");
  };
  EXPECT_THAT(with("<i4", "(2, 3)"), HasSubstr("truncated: 24 bytes of pixels expected, 10 found"));
  for (char const* shape : {"(2)", "(2,)", "()", "(0, 2, 3)", "(-1, 2)", "(a, 2)", "5", "(2 3)", "(2,, 3)", "(,2)",
                            "(99999999999999999999, 2)"})
    EXPECT_THAT(with("|u1", shape), HasSubstr("not that of an image")) << shape;
  EXPECT_THAT(with("|u1", "(0, 3)"), HasSubstr("empty image"));
  EXPECT_THAT(with("|u1", "(4294967296, 4294967296)"), HasSubstr("more than any detector"));
  EXPECT_THAT(with("<f8", "(16384, 16384)"), HasSubstr("truncated"));
  for (char const* type : {"<f16", "<c8", "|O", "<M8", "|S5", "<i3", "i4", ""})
    EXPECT_THAT(with(type, "(1, 1)"), HasSubstr("not a plain integer")) << type;
  EXPECT_THAT(complaint(npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1, 1), }")),
              HasSubstr("NumPy type"));
  EXPECT_THAT(complaint(npy("{}")), HasSubstr("no 'descr'"));
  EXPECT_THAT(complaint(npy("{'descr'")), HasSubstr("no 'descr'"));
  EXPECT_THAT(complaint(npy("{'descr': ")), HasSubstr("ends early"));
  EXPECT_THAT(complaint(npy("{'descr': '<i4")), HasSubstr("ends early"));
  EXPECT_THAT(complaint(npy("{'descr': '<i4', 'shape': (1, 1)}")), HasSubstr("no 'fortran_order'"));
  EXPECT_THAT(complaint(npy("{'descr': '<i4', 'shape': (1, 1), 'fortran_order': 1}")),
              HasSubstr("neither True nor False"));
  EXPECT_THAT(complaint(npy("{}", 4)), HasSubstr("version 4"));
  EXPECT_THAT(complaint("\x93NUMPY"), HasSubstr("version 0"));
  std::string whole = npy(npy_dictionary("|u1", "(1, 1)")) + "x";
  EXPECT_THAT(complaint(whole.substr(0, 30)), HasSubstr("truncated within"));
  whole = npy(npy_dictionary("|u1", "(1, 1)"), 2);
  whole[11] = '\x7f';
  EXPECT_THAT(complaint(whole), HasSubstr("too long"));
}

// --------------------------------------------------------------------------------------------------------------- TIFF

struct tiff_layout {
  bool big_endian = false;
  std::uint32_t rows_per_strip = 3;
  std::uint32_t tile = 0;  // 0: strips
  std::uint16_t compression = COMPRESSION_NONE;
};

/// Writes rows × columns values with the genuine library.
template <class T>
void write_tiff(std::string const& path, std::vector<T> const& values, std::uint32_t rows, std::uint32_t columns,
                tiff_layout const& layout, std::uint16_t samples = 1) {
  std::unique_ptr<TIFF, decltype(&TIFFClose)> const file(TIFFOpen(path.c_str(), layout.big_endian ? "wb" : "wl"),
                                                         TIFFClose);
  ASSERT_TRUE(file);
  TIFF* const tiff = file.get();
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, columns);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8 * sizeof(T));
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
               std::is_floating_point_v<T> ? SAMPLEFORMAT_IEEEFP
               : std::is_signed_v<T>       ? SAMPLEFORMAT_INT
                                           : SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, layout.compression);
  if (layout.tile == 0) {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, layout.rows_per_strip);
    for (std::uint32_t row = 0; row < rows; ++row) {
      std::vector<T> line(values.begin() + row * columns * samples, values.begin() + (row + 1) * columns * samples);
      ASSERT_EQ(TIFFWriteScanline(tiff, line.data(), row), 1);
    }
    return;
  }
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, layout.tile);
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, layout.tile);
  for (std::uint32_t top = 0; top < rows; top += layout.tile)
    for (std::uint32_t left = 0; left < columns; left += layout.tile) {
      std::vector<T> tile(std::size_t{layout.tile} * layout.tile);
      for (std::uint32_t i = top; i < std::min(rows, top + layout.tile); ++i)
        for (std::uint32_t j = left; j < std::min(columns, left + layout.tile); ++j)
          tile[(i - top) * layout.tile + j - left] = values[i * columns + j];
      ASSERT_GT(TIFFWriteTile(tiff, tile.data(), left, top, 0, 0), 0);
    }
}

template <class T>
void expect_tiff(std::string const& path) {
  auto const values = some_values<T>(37 * 53);
  for (bool big : {false, true})
    for (std::uint16_t compression :
         {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS})
      for (std::uint32_t tile : {0U, 16U, 64U}) {
        SCOPED_TRACE("compression " + std::to_string(compression) + ", tile " + std::to_string(tile));
        write_tiff(path, values, 37, 53, {big, 5, tile, compression});
        image const made = read_image_file(path);
        EXPECT_EQ(made.rows, 37);
        EXPECT_EQ(made.columns, 53);
        EXPECT_EQ(made.values, doubles(values));
      }
}

TEST_F(image_file, tiff_of_every_type_and_layout) {
  expect_tiff<std::uint8_t>(path());
  expect_tiff<std::int8_t>(path());
  expect_tiff<std::uint16_t>(path());
  expect_tiff<std::int16_t>(path());
  expect_tiff<std::uint32_t>(path());
  expect_tiff<std::int32_t>(path());
  expect_tiff<std::uint64_t>(path());
  expect_tiff<std::int64_t>(path());
  expect_tiff<float>(path());
  expect_tiff<double>(path());
}

std::string content_of(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(image_file, tiff_that_is_not_grey) {
  std::string const colour = path();
  write_tiff(colour, some_values<std::uint8_t>(4 * 5 * 3), 4, 5, {}, 3);
  EXPECT_THAT(complaint(content_of(colour)), HasSubstr("3 samples a pixel"));
}

TEST_F(image_file, tiff_cut_anywhere_is_refused_or_whole) {
  std::string const whole_path = path();
  write_tiff(whole_path, some_values<std::uint16_t>(20 * 30), 20, 30, {});
  std::string const whole = content_of(whole_path);
  auto const values = read_image_file(whole_path).values;
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    std::string const cut = write(whole.substr(0, length));
    try {
      EXPECT_EQ(read_image_file(cut).values, values) << length;
    } catch (input_error const&) {
    }
  }
}

/// Puts another value into an entry of a little-endian file's directory, which must have it once.
void change_tag(std::string& content, std::uint16_t tag, std::uint16_t type, std::uint32_t value) {
  std::string const entry{
      static_cast<char>(tag & 0xff), static_cast<char>(tag >> 8), static_cast<char>(type), 0, 1, 0, 0, 0};
  auto const at = content.find(entry);
  ASSERT_NE(at, content.npos);
  ASSERT_EQ(content.find(entry, at + 1), content.npos);
  std::memcpy(content.data() + at + entry.size(), &value, sizeof value);
}

TEST_F(image_file, tiff_with_tiles_that_are_a_lie) {
  std::string const file = path();
  write_tiff(file, some_values<std::uint16_t>(20 * 30), 20, 30, {false, 0, 64});
  auto const values = read_image_file(file).values;
  auto const with_tiles = [&](std::uint32_t rows, std::uint32_t columns) {
    std::string changed = content_of(file);
    change_tag(changed, TIFFTAG_TILELENGTH, TIFF_SHORT, rows);
    change_tag(changed, TIFFTAG_TILEWIDTH, TIFF_SHORT, columns);
    return complaint(changed + std::string(1 << 18, '\0'));  // long enough that so large a tile might be in it
  };
  EXPECT_EQ(with_tiles(64, 64), "");
  EXPECT_THAT(with_tiles(8192, 16384), HasSubstr("tiles of 8192 × 16384 pixels are larger by far than the image"));
  EXPECT_THAT(with_tiles(16, 4128), HasSubstr("larger by far"));
  EXPECT_THAT(with_tiles(4128, 16), HasSubstr("larger by far"));
  EXPECT_THAT(with_tiles(4112, 4112), HasSubstr("truncated or corrupt"));
}

/// Whatever bytes are changed: an image or an input_error, without a crash, a hang or absurd memory.
TEST_F(image_file, survives_random_damage) {
  std::vector<std::string> files;
  for (tiff_layout const& layout : {tiff_layout{}, tiff_layout{true, 5, 0, COMPRESSION_LZW}, tiff_layout{false, 5, 16},
                                    tiff_layout{false, 20, 0, COMPRESSION_ADOBE_DEFLATE}}) {
    std::string const file = path();
    write_tiff(file, some_values<std::uint16_t>(20 * 30), 20, 30, layout);
    files.push_back(content_of(file));
  }
  files.push_back(edf_header(edf_entries("UnsignedShort", "LowByteFirst", 30, 20)) + std::string(1200, 'p'));
  files.push_back(npy(npy_dictionary("<u2", "(20, 30)")) + std::string(1200, 'p'));
  std::mt19937 random(5);
  std::string const damaged = path();
  int refused = 0;
  for (std::string const& file : files)
    for (int trial = 0; trial < 400; ++trial) {
      std::string bytes = file;
      // Headers are where the harm is: the first bytes, and in TIFF the last.
      for (int i = 0; i < 1 + trial % 4; ++i) {
        std::size_t const at = random() % 200;
        bytes[trial % 2 == 0 ? at : bytes.size() - 1 - at] = static_cast<char>(random());
      }
      std::ofstream(damaged, std::ios::binary) << bytes;
      try {
        image const made = read_image_file(damaged);
        EXPECT_EQ(made.values.size(), static_cast<std::size_t>(made.rows) * static_cast<std::size_t>(made.columns));
      } catch (input_error const&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, 100);
}

// ------------------------------------------------------------------------------------------- Several images, as frames

/// Appends a page.
template <class T>
void append_page(std::string const& path, std::vector<T> const& values, std::uint32_t rows, std::uint32_t columns,
                 std::uint32_t kind = 0) {
  std::unique_ptr<TIFF, decltype(&TIFFClose)> const file(TIFFOpen(path.c_str(), "a"), TIFFClose);
  ASSERT_TRUE(file);
  TIFFSetField(file.get(), TIFFTAG_SUBFILETYPE, kind);
  TIFFSetField(file.get(), TIFFTAG_IMAGEWIDTH, columns);
  TIFFSetField(file.get(), TIFFTAG_IMAGELENGTH, rows);
  TIFFSetField(file.get(), TIFFTAG_BITSPERSAMPLE, 8 * sizeof(T));
  TIFFSetField(file.get(), TIFFTAG_SAMPLEFORMAT, std::is_signed_v<T> ? SAMPLEFORMAT_INT : SAMPLEFORMAT_UINT);
  TIFFSetField(file.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(file.get(), TIFFTAG_ROWSPERSTRIP, rows);
  auto copy = values;
  ASSERT_GT(TIFFWriteEncodedStrip(file.get(), 0, copy.data(), static_cast<tmsize_t>(copy.size() * sizeof(T))), 0);
  TIFFWriteDirectory(file.get());
}

/// A page's, or block's, values: they begin with its number.
std::vector<std::int32_t> numbered(int image) {
  auto values = some_values<std::int32_t>(15);
  values[0] = image;
  return values;
}

/// Reads all images in several orders.
void expect_numbered(image_reader& file, std::uint64_t count) {
  ASSERT_EQ(file.count(), count);
  for (std::uint64_t const step : {1, 3, 7})
    for (std::uint64_t i = 0; i < 2 * count; ++i) {
      auto const index = i * step % count;
      EXPECT_EQ(file.read(index).values, doubles(numbered(static_cast<int>(index)))) << index;
    }
  EXPECT_THROW(file.read(count), input_error);
}

TEST_F(image_file, tiff_with_pages) {
  std::string const file = path();
  for (int page = 0; page < 12; ++page) {
    append_page(file, numbered(page), 3, 5);
    append_page(file, std::vector<std::int32_t>{1, 2}, 1, 2, FILETYPE_REDUCEDIMAGE);
  }
  expect_numbered(*open_images(file), 12);
  EXPECT_EQ(read_image_file(file).values, doubles(numbered(0)));
  append_page(file, numbered(12), 5, 3);
  auto const other_shape = open_images(file);
  EXPECT_EQ(other_shape->read(0).values, doubles(numbered(0)));
  EXPECT_THROW(other_shape->count(), input_error);
}

TEST_F(image_file, edf_with_blocks) {
  std::string content;
  for (int block = 0; block < 11; ++block) {
    std::string const padding(block % 3 == 0 ? 452 : 0, '\0');
    std::string const size = padding.empty() ? "" : "EDF_BinarySize = 512 ;\n";
    content += edf_header(edf_entries("SignedInteger", "HighByteFirst", 5, 3) + size, block == 4 ? 9216 : 512) +
               bytes_of(numbered(block), true) + padding;
    if (block % 4 == 1) content += "\n";
  }
  expect_numbered(*open_images(write(content)), 11);
  expect_numbered(*open_images(write(content + "rubbish")), 11);
  std::string const other = edf_header(edf_entries("SignedInteger", "LowByteFirst", 3, 5)) + std::string(60, ' ');
  auto const differs = open_images(write(content + other));
  EXPECT_THROW(differs->count(), input_error);
  EXPECT_EQ(read_image_file(write(content + other)).values, doubles(numbered(0)));
  auto const cut = open_images(write(content.substr(0, content.size() - 1)));
  EXPECT_THROW(cut->count(), input_error);
}

template <class T>
void expect_frames(std::string const& path, char const* edf_type, pixel_type type) {
  auto const values = some_values<T>(15);
  std::ofstream(path, std::ios::binary) << edf_header(edf_entries(edf_type, "LowByteFirst", 5, 3)) +
                                               bytes_of(values, false);
  auto const file = open_images(path);
  EXPECT_EQ(frame_type(file->layout().type), type) << edf_type;
  frame_buffer pixels;
  ASSERT_EQ(file->read_pixels(0, type, true, pixels), frame_status::ok);
  ASSERT_EQ(pixels.size(), 15 * xrdct::bytes_of(type));
  auto const compare = [&](auto zero) {
    using P = decltype(zero);
    for (std::size_t i = 0; i < values.size(); ++i) {
      P pixel;
      std::memcpy(&pixel, pixels.data() + i * sizeof(P), sizeof(P));
      EXPECT_EQ(pixel, static_cast<P>(values[i])) << edf_type << " " << i;
    }
  };
  if (type == pixel_type::u8) compare(std::uint8_t{});
  if (type == pixel_type::u16) compare(std::uint16_t{});
  if (type == pixel_type::u32) compare(std::uint32_t{});
  if (type == pixel_type::i32) compare(std::int32_t{});
  if (type == pixel_type::f32) compare(float{});
}

TEST_F(image_file, pixels_become_those_of_frames) {
  expect_frames<std::uint8_t>(path(), "UnsignedByte", pixel_type::u8);
  expect_frames<std::int8_t>(path(), "SignedByte", pixel_type::i32);
  expect_frames<std::uint16_t>(path(), "UnsignedShort", pixel_type::u16);
  expect_frames<std::int16_t>(path(), "SignedShort", pixel_type::i32);
  expect_frames<std::uint32_t>(path(), "UnsignedInteger", pixel_type::u32);
  expect_frames<std::int32_t>(path(), "SignedInteger", pixel_type::i32);
  expect_frames<float>(path(), "Float", pixel_type::f32);
}

TEST_F(image_file, integers_of_64_bits_become_pixels_where_they_fit) {
  auto const status_of = [&](std::vector<std::int64_t> const& values, pixel_type type) {
    auto const file =
        open_images(write(edf_header(edf_entries("Signed64", "LowByteFirst", 2, 1)) + bytes_of(values, false)));
    EXPECT_EQ(frame_type(file->layout().type), std::nullopt);
    frame_buffer pixels;
    return file->read_pixels(0, type, false, pixels);
  };
  EXPECT_EQ(status_of({-2147483648, 2147483647}, pixel_type::i32), frame_status::ok);
  EXPECT_EQ(status_of({0, 2147483648}, pixel_type::i32), frame_status::corrupt);
  EXPECT_EQ(status_of({-2147483649, 0}, pixel_type::i32), frame_status::corrupt);
  EXPECT_EQ(status_of({0, 65536}, pixel_type::u16), frame_status::corrupt);
  EXPECT_EQ(status_of({-1, 0}, pixel_type::u32), frame_status::corrupt);
}

// -------------------------------------------------------------------------------------------------------------- Others

TEST_F(image_file, is_known_by_its_first_bytes) {
  EXPECT_TRUE(is_image_file(write("{")));
  EXPECT_TRUE(is_image_file(write("###CBF: VERSION 1.5\n")));
  EXPECT_TRUE(is_image_file(write("\x93NUMPY")));
  EXPECT_TRUE(is_image_file(write(std::string("MM\0*", 4))));
  EXPECT_FALSE(is_image_file(write("\x89HDF\r\n\x1a\n")));
  EXPECT_FALSE(is_image_file(write("")));
  EXPECT_FALSE(is_image_file("/nowhere/at/all.cbf"));
  EXPECT_FALSE(is_image_file("/dev/zero"));
}

TEST_F(image_file, what_is_no_image) {
  EXPECT_THAT(complaint(""), HasSubstr("empty"));
  EXPECT_THAT(complaint("hello, world"), HasSubstr("format is unknown"));
  EXPECT_THAT(complaint("\x89HDF\r\n\x1a\n"), HasSubstr("FILE::/dataset"));
  EXPECT_THAT(complaint("II*"), HasSubstr("unknown"));
  EXPECT_THAT(complaint(std::string("II*\0", 4)), HasSubstr("TIFF"));
  EXPECT_THROW(read_image_file("/nowhere/at/all.edf"), input_error);
  EXPECT_THROW(read_image_file("/dev/zero"), input_error);
  EXPECT_THROW(read_image_file(std::filesystem::temp_directory_path().string()), input_error);
}

TEST(real_images, edf_mask_of_a_pilatus_2m) {
  XRDCT_NEEDS_SHARED("data/cbf/pilatus2m_CeO2/mask.edf");
  image const mask = read_image_file(test::shared("data/cbf/pilatus2m_CeO2/mask.edf").string());
  EXPECT_EQ(mask.rows, 1679);
  EXPECT_EQ(mask.columns, 1475);
  EXPECT_EQ(std::count_if(mask.values.begin(), mask.values.end(), [](double v) { return v != 0; }), 261152);
}

TEST(real_images, tiff_of_a_pilatus_1m) {
  XRDCT_NEEDS_SHARED("data/tiff/CeO2_Pilatus1M.tif");
  image const powder = read_image_file(test::shared("data/tiff/CeO2_Pilatus1M.tif").string());
  EXPECT_EQ(powder.rows, 1043);
  EXPECT_EQ(powder.columns, 981);
  EXPECT_EQ(*std::min_element(powder.values.begin(), powder.values.end()), -2);
  EXPECT_EQ(*std::max_element(powder.values.begin(), powder.values.end()), 621698);
  EXPECT_EQ(std::accumulate(powder.values.begin(), powder.values.end(), 0.0), 126770499);
}

}  // namespace
}  // namespace xrdct
