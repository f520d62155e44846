#include "xrdct/codec/image_reader.hpp"

#include "xrdct/codec/image_source.hpp"

#include <bit>

namespace xrdct {

frame_status image_reader::read_pixels(std::uint64_t index, pixel_type type, bool /*verify*/, frame_buffer& pixels) {
  return from_doubles(read(index).values, type, pixels) ? frame_status::ok : frame_status::corrupt;
}

frame_status image_reader::read_encoded(std::uint64_t index, bool /*verify*/, frame_buffer& /*bytes*/) {
  throw input_error("image " + std::to_string(index) + " is not stored in the encoding that is asked for");
}

bool is_plain(number_type type, bool big_endian, pixel_type wanted) {
  bool const same_order = big_endian == (std::endian::native == std::endian::big) || bytes_of(type) == 1;
  bool const shorter = type == number_type::i8 || type == number_type::i16 || type == number_type::f16 ||
                       type == number_type::f64;  // which frames hold in longer or shorter ones
  return same_order && !shorter && frame_type(type) == wanted;
}

}  // namespace xrdct
