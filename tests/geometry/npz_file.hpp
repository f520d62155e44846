#pragma once
/// \file NumPy's archives of arrays (.npz), as far as reference files need them.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace xrdct::test {

/// All arrays of a file by their names, row by row: little-endian float32 and float64, compressed or not.
/// Throws std::runtime_error on anything else.
std::map<std::string, std::vector<double>> read_npz(std::filesystem::path const& path);

}  // namespace xrdct::test
