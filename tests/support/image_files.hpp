#pragma once
/// \file One image in every format that holds one, written as other programs write it.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace xrdct::test {

/// Integers that fit the type they are written as, row by row.
struct made_image {
  int rows = 0;
  int columns = 0;
  std::vector<std::int64_t> values;
};

/// The MD5 of the pixels that are written, unless `checksum` gives another.
void write_cbf(std::filesystem::path const& path, made_image const& image, std::string const& checksum = "");

/// As NumPy's type: "<i4", ">u2", "<f8", …
void write_npy(std::filesystem::path const& path, made_image const& image, std::string const& type);

/// One block behind those that are there. The type as NumPy's: "<i4", ">u2", "<f8", …
void append_edf(std::filesystem::path const& path, made_image const& image, std::string const& type);

/// One page behind those that are there, as integers of 16 bits without sign, or of 32 bits with one.
void append_tiff_u16(std::filesystem::path const& path, made_image const& image);
void append_tiff_i32(std::filesystem::path const& path, made_image const& image);

}  // namespace xrdct::test
