#include "tests/geometry/npz_file.hpp"

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace xrdct::test {
namespace {

/// A little-endian number; throws where the text is too short.
template <class T>
T number_at(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) throw std::runtime_error("npz: truncated");
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

std::string inflated(std::string_view packed, std::size_t length) {
  std::string made(length, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("npz: zlib fails");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(made.data());
  stream.avail_out = static_cast<uInt>(made.size());
  int const status = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (status != Z_STREAM_END || stream.avail_out != 0) throw std::runtime_error("npz: an array does not inflate");
  return made;
}

template <class T>
std::vector<double> values_of(std::string_view bytes) {
  std::vector<double> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(number_at<T>(bytes, i * sizeof(T)));
  return values;
}

/// From columns one after another to rows one after another. The dictionary says 'shape': (rows, columns).
std::vector<double> transposed(std::vector<double> const& values, std::string_view dictionary) {
  std::size_t const open = dictionary.find('(');
  if (open == dictionary.npos) throw std::runtime_error("npz: an array without a shape");
  std::size_t const rows = std::stoul(std::string(dictionary.substr(open + 1)));
  std::size_t const columns = values.size() / rows;
  std::vector<double> made(values.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) made[i * columns + j] = values[j * rows + i];
  return made;
}

std::vector<double> array_of(std::string_view npy) {
  std::size_t const header = number_at<std::uint16_t>(npy, 8);
  std::string_view const dictionary = npy.substr(10, header), bytes = npy.substr(10 + header);
  bool const single = dictionary.find("'<f4'") != dictionary.npos;
  if (!single && dictionary.find("'<f8'") == dictionary.npos) throw std::runtime_error("npz: not an array of floats");
  auto const values = single ? values_of<float>(bytes) : values_of<double>(bytes);
  return dictionary.find("'fortran_order': True") == dictionary.npos ? values : transposed(values, dictionary);
}

}  // namespace

// The zip format's end record (22 bytes), central directory (46 bytes an entry and names), local headers (30 bytes).
std::map<std::string, std::vector<double>> read_npz(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  std::string const all{std::istreambuf_iterator<char>(file), {}};
  std::string_view const bytes = all;
  std::size_t const end = bytes.rfind("PK\x05\x06");
  if (end == bytes.npos) throw std::runtime_error("npz: not a zip file: " + path.string());
  std::map<std::string, std::vector<double>> arrays;
  std::size_t at = number_at<std::uint32_t>(bytes, end + 16);
  for (int left = number_at<std::uint16_t>(bytes, end + 10); left > 0; --left) {
    auto const method = number_at<std::uint16_t>(bytes, at + 10);
    auto const packed = number_at<std::uint32_t>(bytes, at + 20), length = number_at<std::uint32_t>(bytes, at + 24);
    std::size_t const name_length = number_at<std::uint16_t>(bytes, at + 28);
    std::size_t const local = number_at<std::uint32_t>(bytes, at + 42);
    std::string name(bytes.substr(at + 46, name_length));
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    std::size_t const data =
        local + 30 + number_at<std::uint16_t>(bytes, local + 26) + number_at<std::uint16_t>(bytes, local + 28);
    std::string_view const stored = bytes.substr(data, packed);
    arrays[name] = array_of(method == 0 ? std::string(stored) : inflated(stored, length));
    at += 46 + name_length + number_at<std::uint16_t>(bytes, at + 30) + number_at<std::uint16_t>(bytes, at + 32);
  }
  return arrays;
}

}  // namespace xrdct::test
