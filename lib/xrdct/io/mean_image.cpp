#include "xrdct/io/mean_image.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/codec/image_reader.hpp"
#include "xrdct/io/dataset_cache.hpp"
#include "xrdct/io/frame_stack.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <algorithm>
#include <cstring>

namespace xrdct {
namespace {

template <class T>
void add_as(frame_buffer const& bytes, std::vector<double>& sum) {
  for (std::size_t i = 0; i < sum.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    sum[i] += static_cast<double>(value);
  }
}

void add(frame_buffer const& bytes, pixel_type type, std::vector<double>& sum) {
  switch (type) {
    case pixel_type::u8: return add_as<std::uint8_t>(bytes, sum);
    case pixel_type::u16: return add_as<std::uint16_t>(bytes, sum);
    case pixel_type::u32: return add_as<std::uint32_t>(bytes, sum);
    case pixel_type::i32: return add_as<std::int32_t>(bytes, sum);
    case pixel_type::f32: return add_as<float>(bytes, sum);
  }
}

void divide(mean_image& made) {
  for (auto& value : made.pixels.values) value /= static_cast<double>(made.images);
}

}  // namespace

mean_image mean_of_image_file(std::string const& file) {
  auto const reader = open_images(file);
  mean_image made{reader->read(0), reader->count()};
  for (std::uint64_t i = 1; i < made.images; ++i) {
    auto const next = reader->read(i);
    std::transform(next.values.begin(), next.values.end(), made.pixels.values.begin(), made.pixels.values.begin(),
                   [](double a, double b) { return a + b; });
  }
  divide(made);
  return made;
}

bool is_stack(std::string const& file, std::string const& dataset) {
  hdf5::file_cache files;
  auto const object = hdf5::need_object(files, file, dataset);
  if (hdf5::type_at(object.file->file.id(), object.path) != H5O_TYPE_DATASET) return true;
  auto const extent = hdf5::extent_of(hdf5::need_dataset(object).id());
  return extent.size() > 2 && std::any_of(extent.begin(), extent.end() - 2, [](hsize_t n) { return n > 1; });
}

mean_image mean_of_stack(std::string const& file, std::string const& dataset) {
  constexpr std::size_t most_pixels = std::size_t(1) << 28;
  auto const stack = open_stack(file, dataset);
  if (stack.format.pixels() > most_pixels) throw input_error("'" + stack.name + "' holds absurdly large images");
  hdf5::dataset_cache datasets;
  mean_image made{{stack.format.rows, stack.format.columns, std::vector<double>(stack.format.pixels())}, stack.frames};
  frame_buffer bytes;
  for (std::uint64_t f = 0; f < stack.frames; ++f) {
    auto const& segment = segment_of(stack, f);
    auto* const opened = segment.present ? datasets.get(segment.file, segment.dataset) : nullptr;
    auto const status = stack.stored_bytes[f] == 0 ? frame_status::missing
                        : opened == nullptr
                            ? frame_status::unreadable
                            : opened->read_pixels(segment.source_first + (f - segment.first), stack.format.type, bytes);
    if (status != frame_status::ok)
      throw input_error("image " + std::to_string(f) + " of '" + stack.name + "', of which the mean is wanted, is " +
                        std::string(describe(status)));
    add(bytes, stack.format.type, made.pixels.values);
  }
  divide(made);
  return made;
}

}  // namespace xrdct
