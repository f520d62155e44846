#include "xrdct/io/raw_files.hpp"

#include "xrdct/io/source_paths.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>

namespace xrdct::hdf5 {
namespace {

namespace fs = std::filesystem;

std::string place_of(std::string const& name, std::string const& file) {
  auto const folder = fs::absolute(file).parent_path().string();
  if (auto moved = moved_name(name, folder)) return *moved;
  char const* const prefix = std::getenv("HDF5_EXTFILE_PREFIX");  // NOLINT(concurrency-mt-unsafe)
  if (!fs::path(name).is_relative() || prefix == nullptr) return name;
  std::string where = prefix;
  if (where.starts_with("${ORIGIN}")) where = folder + where.substr(9);
  return (fs::path(where) / name).string();
}

}  // namespace

std::vector<raw_file> raw_files_of(hid_t properties, std::string const& file, std::string const& where) {
  std::vector<raw_file> all;
  if (H5Pget_layout(properties) != H5D_CONTIGUOUS) return all;
  int const n = H5Pget_external_count(properties);
  std::uint64_t first = 0;
  for (int i = 0; i < n; ++i) {
    std::array<char, 4096> name{};
    off_t offset = 0;
    hsize_t bytes = 0;
    need(H5Pget_external(properties, static_cast<unsigned>(i), name.size() - 1, name.data(), &offset, &bytes),
         where + ": its raw files are not named");
    all.push_back({place_of(name.data(), file), first, static_cast<std::uint64_t>(offset), bytes});
    first = bytes > UINT64_MAX - first ? UINT64_MAX : first + bytes;
  }
  return all;
}

}  // namespace xrdct::hdf5
