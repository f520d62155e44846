#pragma once
/// \file Arrays of tests/data, as NumPy writes them.

#include <cstddef>
#include <filesystem>
#include <vector>

namespace xrdct::test {

struct npy_array {
  std::vector<std::size_t> shape;
  std::vector<double> values;  // in C order
};

/// Reads little-endian float32 or float64 in C order. Throws std::runtime_error for anything else.
npy_array read_npy(std::filesystem::path const& file);

}  // namespace xrdct::test
