#include "tests/tomo/npy.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace xrdct::test {
namespace {

std::vector<std::size_t> shape_of(std::string const& header) {
  std::vector<std::size_t> shape;
  std::size_t at = header.find("'shape': (");
  if (at == std::string::npos) throw std::runtime_error("an array without a shape");
  at += std::strlen("'shape': (");
  for (char const* text = header.c_str() + at; *text != ')';) {
    char* end = nullptr;
    shape.push_back(std::strtoull(text, &end, 10));
    if (end == text) throw std::runtime_error("a strange shape");
    text = end;
    while (*text == ',' || *text == ' ') ++text;
  }
  return shape;
}

template <class T>
std::vector<double> values_of(std::string const& bytes, std::size_t from, std::size_t count) {
  if (bytes.size() != from + count * sizeof(T)) throw std::runtime_error("an array of another length");
  std::vector<T> values(count);
  std::memcpy(values.data(), bytes.data() + from, count * sizeof(T));
  return {values.begin(), values.end()};
}

}  // namespace

npy_array read_npy(std::filesystem::path const& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string const bytes{std::istreambuf_iterator<char>(stream), {}};
  if (bytes.size() < 10 || bytes.compare(0, 7, "\x93NUMPY\x01") != 0) {
    throw std::runtime_error(file.string() + " is no array of NumPy");
  }
  std::size_t const start = 10 + static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  std::string const header = bytes.substr(10, start - 10);
  if (header.find("'fortran_order': False") == std::string::npos) throw std::runtime_error("not in C order");
  npy_array array{shape_of(header), {}};
  std::size_t count = 1;
  for (std::size_t const extent : array.shape) count *= extent;
  if (header.find("'<f4'") != std::string::npos) {
    array.values = values_of<float>(bytes, start, count);
  } else if (header.find("'<f8'") != std::string::npos) {
    array.values = values_of<double>(bytes, start, count);
  } else {
    throw std::runtime_error("neither float32 nor float64");
  }
  return array;
}

}  // namespace xrdct::test
