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

/// The MD5 of the pixels that are written, unless `checksum` gives another. `comments` are the detector's ("#
/// Exposure_time 0.5 s", in lines); `type` is as CBF calls it, whose differences are the same in all.
void write_cbf(std::filesystem::path const& path, made_image const& image, std::string const& checksum = "",
               std::string const& comments = "", std::string const& type = "signed 32-bit integer");

/// A file's bytes, and files of given bytes.
std::string bytes_of_file(std::filesystem::path const& path);
void write_bytes(std::filesystem::path const& path, std::string const& bytes);

/// What gzip and bzip2 make of bytes.
std::string gzip(std::string const& bytes);
std::string bzip2(std::string const& bytes);

/// As NumPy's type: "<i4", ">u2", "<f8", …
void write_npy(std::filesystem::path const& path, made_image const& image, std::string const& type);

/// One block behind those that are there. The type as NumPy's: "<i4", ">u2", "<f8", …
/// `entries` are more of the header's: "key = value ;\n".
void append_edf(std::filesystem::path const& path, made_image const& image, std::string const& type,
                std::string const& entries = "");

/// One page behind those that are there, as integers of 16 bits without sign, or of 32 bits with one.
void append_tiff_u16(std::filesystem::path const& path, made_image const& image);
void append_tiff_i32(std::filesystem::path const& path, made_image const& image, std::string const& description = "");

}  // namespace xrdct::test
