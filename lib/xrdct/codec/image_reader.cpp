#include "xrdct/codec/image_reader.hpp"

namespace xrdct {

frame_status image_reader::read_pixels(std::uint64_t index, pixel_type type, bool /*verify*/,
                                       std::vector<std::byte>& pixels) {
  return from_doubles(read(index).values, type, pixels) ? frame_status::ok : frame_status::corrupt;
}

}  // namespace xrdct
