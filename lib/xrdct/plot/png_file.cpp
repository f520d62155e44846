#include "xrdct/base/error.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/plot/canvas.hpp"

#include <png.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

namespace xrdct {
namespace {

[[noreturn]] void fail(std::string const& path, std::string const& why) {
  std::remove(path.c_str());
  throw runtime_failure("writing the picture '" + path + "' failed: " + why);
}

constexpr std::array<std::string_view, 12> other_formats{".jpg",  ".jpeg", ".pdf", ".svg",  ".eps",  ".tif",
                                                         ".tiff", ".gif",  ".bmp", ".webp", ".html", ".htm"};

}  // namespace

void require_png_name(std::string const& path) {
  auto const ending = lower(std::filesystem::path(path).extension().string());
  if (std::ranges::find(other_formats, ending) != other_formats.end())
    throw usage_error("'" + path + "' would be a PNG picture by another name: choose one that ends with .png");
}

void write_png(std::string const& path, canvas const& picture) {
  auto const bytes = picture.bytes();
  png_image description{};
  description.version = PNG_IMAGE_VERSION;
  description.width = static_cast<png_uint_32>(picture.width());
  description.height = static_cast<png_uint_32>(picture.height());
  description.format = PNG_FORMAT_RGB;
  std::string const unfinished = path + ".unfinished";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(unfinished.c_str(), "wb"), std::fclose);
  if (!file) fail(unfinished, std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
  bool const written = png_image_write_to_stdio(&description, file.get(), 0, bytes.data(), 0, nullptr) != 0;
  std::string const said = description.message;
  bool const closed = std::fclose(file.release()) == 0;
  if (!written) fail(unfinished, said);
  if (!closed || std::rename(unfinished.c_str(), path.c_str()) != 0)
    fail(unfinished, std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace xrdct
