#include "tests/support/image_files.hpp"

#include "xrdct/codec/byte_offset.hpp"
#include "xrdct/codec/md5.hpp"

#include <bzlib.h>
#include <tiffio.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>

namespace xrdct::test {
namespace {

template <class T>
void append(std::string& bytes, std::int64_t value, bool big_endian) {
  auto const number = static_cast<T>(value);
  std::string one(reinterpret_cast<char const*>(&number), sizeof number);
  if (big_endian) std::reverse(one.begin(), one.end());
  bytes += one;
}

std::string bytes_of(made_image const& image, std::string const& type) {
  bool const big = type[0] == '>';
  std::string const kind = type.substr(1);
  std::string bytes;
  for (auto const value : image.values) {
    if (kind == "u1") append<std::uint8_t>(bytes, value, big);
    if (kind == "u2") append<std::uint16_t>(bytes, value, big);
    if (kind == "i2") append<std::int16_t>(bytes, value, big);
    if (kind == "u4") append<std::uint32_t>(bytes, value, big);
    if (kind == "i4") append<std::int32_t>(bytes, value, big);
    if (kind == "u8") append<std::uint64_t>(bytes, value, big);
    if (kind == "i8") append<std::int64_t>(bytes, value, big);
    if (kind == "f4") append<float>(bytes, value, big);
    if (kind == "f8") append<double>(bytes, value, big);
  }
  if (bytes.empty()) throw std::runtime_error("no such type: " + type);
  return bytes;
}

template <class T>
void append_page(std::filesystem::path const& path, made_image const& image, std::string const& description) {
  std::unique_ptr<TIFF, decltype(&TIFFClose)> const file(TIFFOpen(path.c_str(), "a"), TIFFClose);
  if (!file) throw std::runtime_error("cannot write " + path.string());
  TIFFSetField(file.get(), TIFFTAG_IMAGEWIDTH, image.columns);
  TIFFSetField(file.get(), TIFFTAG_IMAGELENGTH, image.rows);
  TIFFSetField(file.get(), TIFFTAG_BITSPERSAMPLE, 8 * sizeof(T));
  TIFFSetField(file.get(), TIFFTAG_SAMPLEFORMAT, std::is_signed_v<T> ? SAMPLEFORMAT_INT : SAMPLEFORMAT_UINT);
  TIFFSetField(file.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(file.get(), TIFFTAG_ROWSPERSTRIP, image.rows);
  if (!description.empty()) TIFFSetField(file.get(), TIFFTAG_IMAGEDESCRIPTION, description.c_str());
  std::vector<T> values(image.values.begin(), image.values.end());
  if (TIFFWriteEncodedStrip(file.get(), 0, values.data(), static_cast<tmsize_t>(values.size() * sizeof(T))) < 0)
    throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

void write_cbf(std::filesystem::path const& path, made_image const& image, std::string const& checksum,
               std::string const& comments, std::string const& type) {
  std::vector<std::byte> payload;
  encode_byte_offset(image.values, payload);
  std::ofstream file(path, std::ios::binary);
  file << "###CBF: VERSION 1.5\r\n\r\ndata_image\r\n\r\n_array_data.header_convention \"PILATUS_1.2\"\r\n"
          "_array_data.header_contents\r\n;\r\n"
       << comments
       << ";\r\n\r\n_array_data.data\r\n;\r\n--CIF-BINARY-FORMAT-SECTION--\r\n"
          "Content-Type: application/octet-stream;\r\n     conversions=\"x-CBF_BYTE_OFFSET\"\r\n"
          "Content-Transfer-Encoding: BINARY\r\nX-Binary-Size: "
       << payload.size() << "\r\nX-Binary-Element-Type: \"" << type
       << "\"\r\nContent-MD5: " << (checksum.empty() ? base64_md5(payload) : checksum)
       << "\r\nX-Binary-Number-of-Elements: " << image.values.size()
       << "\r\nX-Binary-Size-Fastest-Dimension: " << image.columns
       << "\r\nX-Binary-Size-Second-Dimension: " << image.rows << "\r\n\r\n\x0c\x1a\x04\xd5";
  file.write(reinterpret_cast<char const*>(payload.data()), static_cast<std::streamsize>(payload.size()));
  file << "\r\n--CIF-BINARY-FORMAT-SECTION----\r\n;\r\n\r\n";
}

void write_npy(std::filesystem::path const& path, made_image const& image, std::string const& type) {
  std::string const dictionary = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" +
                                 std::to_string(image.rows) + ", " + std::to_string(image.columns) + "), }\n";
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY\x01" << '\0' << static_cast<char>(dictionary.size()) << '\0' << dictionary
       << bytes_of(image, type);
}

void append_edf(std::filesystem::path const& path, made_image const& image, std::string const& type,
                std::string const& entries) {
  static std::map<std::string, std::string> const names{
      {"u1", "UnsignedByte"},    {"u2", "UnsignedShort"}, {"i2", "SignedShort"},
      {"u4", "UnsignedInteger"}, {"i4", "SignedInteger"}, {"u8", "Unsigned64"},
      {"i8", "Signed64"},        {"f4", "FloatValue"},    {"f8", "DoubleValue"}};
  std::string header = "{\nByteOrder = ";
  header += type[0] == '>' ? "HighByteFirst" : "LowByteFirst";
  header += " ;\nDataType = " + names.at(type.substr(1)) + " ;\nDim_1 = " + std::to_string(image.columns) +
            " ;\nDim_2 = " + std::to_string(image.rows) + " ;\n" + entries;
  header.resize((header.size() / 512 + 1) * 512 - 2, ' ');
  std::ofstream(path, std::ios::binary | std::ios::app) << header << "}\n" << bytes_of(image, type);
}

void append_tiff_u16(std::filesystem::path const& path, made_image const& image) {
  append_page<std::uint16_t>(path, image, "");
}

void append_tiff_i32(std::filesystem::path const& path, made_image const& image, std::string const& description) {
  append_page<std::int32_t>(path, image, description);
}

std::string bytes_of_file(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(std::filesystem::path const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string gzip(std::string const& bytes) {
  z_stream stream{};
  if (::deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib");
  std::string made(::deflateBound(&stream, bytes.size()), '\0');
  std::string source = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(source.data());
  stream.avail_in = static_cast<unsigned>(source.size());
  stream.next_out = reinterpret_cast<Bytef*>(made.data());
  stream.avail_out = static_cast<unsigned>(made.size());
  bool const whole = ::deflate(&stream, Z_FINISH) == Z_STREAM_END;
  made.resize(made.size() - stream.avail_out);
  ::deflateEnd(&stream);
  if (!whole) throw std::runtime_error("zlib");
  return made;
}

std::string bzip2(std::string const& bytes) {
  std::string made(bytes.size() + bytes.size() / 100 + 600, '\0');
  std::string source = bytes;
  auto size = static_cast<unsigned>(made.size());
  if (::BZ2_bzBuffToBuffCompress(made.data(), &size, source.data(), static_cast<unsigned>(source.size()), 9, 0, 0) !=
      BZ_OK)
    throw std::runtime_error("bzip2");
  made.resize(size);
  return made;
}

}  // namespace xrdct::test
