#include "xrdct/codec/image.hpp"

#include "xrdct/codec/image_formats.hpp"

#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace xrdct {
namespace {

enum class image_format : std::uint8_t { cbf, edf, npy, tiff, unknown };

image_format format_of(std::span<std::byte const> head) {
  std::string_view const start(reinterpret_cast<char const*>(head.data()), head.size());
  using namespace std::string_view_literals;
  if (start.starts_with("\x93NUMPY"sv)) return image_format::npy;
  for (auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (start.starts_with(magic)) return image_format::tiff;
  if (start.starts_with("###CBF"sv)) return image_format::cbf;
  auto const first = start.find_first_not_of(" \t\r\n");
  if (first != start.npos && start[first] == '{') return image_format::edf;
  return image_format::unknown;
}

[[noreturn]] void refuse_format(image_source& source) {
  auto const head = source.read(0, 4);
  if (head.empty()) source.fail("it is empty", frame_status::truncated);
  if (head.size() == 4 && std::memcmp(head.data(), "\x89HDF", 4) == 0)
    source.fail("it is an HDF5 file; name the dataset in it too (FILE::/dataset)");
  source.fail("its format is unknown; use CBF, EDF, TIFF, NumPy .npy, or FILE::/dataset for HDF5");
}

}  // namespace

std::unique_ptr<image_reader> open_images(std::string const& path, std::uint64_t limit) {
  image_source source(path, limit);
  switch (format_of(source.read(0, 16))) {
    case image_format::cbf: return open_cbf(std::move(source));
    case image_format::edf: return open_edf(std::move(source));
    case image_format::npy: return open_npy(std::move(source));
    case image_format::tiff: return open_tiff(std::move(source));
    case image_format::unknown: break;
  }
  refuse_format(source);
}

std::unique_ptr<image_reader> open_images(std::string const& path) { return open_images(path, image_source::largest); }

bool is_image_file(std::string const& path) { return format_of(image_source::head_of(path)) != image_format::unknown; }

image read_image_file(std::string const& path) { return open_images(path)->read(0); }

}  // namespace xrdct
