#include "tests/kernels/reduction_case.hpp"

#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/codec/byte_offset.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace xrdct::test {
namespace {

bool one_in(unsigned n, std::mt19937& random) { return random() % n == 0; }

std::uint32_t random_float(bool large, std::mt19937& random) {
  constexpr auto infinity = std::numeric_limits<float>::infinity();
  if (large && one_in(50, random)) {
    float const special[] = {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), -0.0F, 3e30F, -2.5F, 1e-40F};
    return std::bit_cast<std::uint32_t>(special[random() % 7]);
  }
  return std::bit_cast<std::uint32_t>(std::normal_distribution<float>(20, 15)(random));
}

// Mostly a few counts, as detectors see them; now and then a value that needs the upper bytes.
std::uint32_t random_integer(pixel_type type, bool large, std::mt19937& random) {
  auto const maximum = maximum_bits(type);
  auto value = static_cast<std::uint32_t>(random() % 4);
  if (large && one_in(20, random)) {
    switch (random() % 6) {
      case 0: value = maximum; break;
      case 1: value = maximum - 1 - random() % 3; break;
      case 2: value = static_cast<std::uint32_t>(random()); break;
      case 3: value = static_cast<std::uint32_t>(random() % 300); break;
      case 4: value = (1U << 24) + static_cast<std::uint32_t>(random() % 1000); break;
      default: value = static_cast<std::uint32_t>(random() % 70000); break;
    }
    if (type == pixel_type::i32 && one_in(3, random)) value = static_cast<std::uint32_t>(-1 - int(random() % 3));
  }
  return type == pixel_type::i32 ? value : std::min(value, maximum);
}

// Shares of a pixel in up to four bins that follow each other, or all of it in one; some pixels in none.
integration_matrix random_matrix(case_options const& options, std::mt19937& random) {
  integration_matrix matrix{options.rows, options.columns, options.bins, {0}, {}, {}};
  for (std::size_t p = 0; p < matrix.pixels(); ++p) {
    auto const first = static_cast<std::uint32_t>(random() % options.bins);
    auto const shares = options.split ? static_cast<std::uint32_t>(random() % 5) : 1U;
    auto const last = std::min<std::uint32_t>(options.bins, first + shares);
    for (auto bin = first; bin < last; ++bin) {
      if (bin % 7 == 3) continue;  // bins without pixels
      matrix.bin.push_back(bin);
      matrix.coefficient.push_back(
          !options.split || one_in(3, random) ? 1.0F : std::uniform_real_distribution<float>(1e-3F, 1)(random));
    }
    matrix.offsets.push_back(static_cast<std::uint32_t>(matrix.bin.size()));
  }
  return matrix;
}

corrections random_corrections(case_options const& options, std::size_t count, std::mt19937& random) {
  corrections made;
  made.dummy = options.dummy;
  made.delta_dummy = options.delta_dummy;
  made.lowest = options.lowest;
  made.highest = options.highest;
  made.exclude_maximum = options.exclude_maximum;
  made.exclude_negative = options.exclude_negative;
  std::uniform_real_distribution<float> around_one(0.5F, 1.5F);
  if (options.mask) made.mask.resize(count);
  for (auto& m : made.mask) m = one_in(6, random) ? static_cast<std::uint8_t>(1 + random() % 255) : std::uint8_t{0};
  if (options.dark) made.dark.resize(count);
  for (auto& d : made.dark) d = 3 * around_one(random);
  if (options.norm) made.norm.resize(count);
  for (auto& n : made.norm) {
    n = around_one(random);
    if (options.bad_norms && one_in(20, random)) n = one_in(2, random) ? 0.0F : std::nanf("");
  }
  if (options.errors == error_model::image) made.variance.resize(count);
  for (auto& v : made.variance) {
    v = one_in(10, random) ? 0.0F : 4 * around_one(random);
    if (options.bad_norms && one_in(20, random)) v = std::nanf("");
  }
  return made;
}

std::vector<std::int64_t> integers(image_bits const& image, pixel_type type) {
  std::vector<std::int64_t> values(image.begin(), image.end());
  if (type == pixel_type::i32)
    for (auto& value : values) value = static_cast<std::int32_t>(value);
  return values;
}

}  // namespace

std::uint32_t maximum_bits(pixel_type type) {
  switch (type) {
    case pixel_type::u8: return 0xff;
    case pixel_type::u16: return 0xffff;
    case pixel_type::i32: return 0x7fffffff;
    default: return 0xffffffff;
  }
}

std::vector<encoding> encodings_of(pixel_type type) {
  std::vector<encoding> all{encoding::raw, encoding::bitshuffle, encoding::bitshuffle_lz4, encoding::hdf5_lz4,
                            encoding::bitshuffle_zstd};
  if (type != pixel_type::f32) all.push_back(encoding::byte_offset);
  return all;
}

std::vector<std::byte> encode_image(image_bits const& image, pixel_type type, encoding code,
                                    std::uint32_t block_pixels) {
  auto const size = bytes_of(type);
  std::vector<std::byte> raw;
  for (auto const bits : image)
    for (std::size_t k = 0; k < size; ++k) raw.push_back(static_cast<std::byte>(bits >> 8 * k & 0xff));
  std::vector<std::byte> chunk;
  switch (code) {
    case encoding::raw: return raw;
    case encoding::bitshuffle: encode_bitshuffle(raw, size, block_pixels, chunk); break;
    case encoding::bitshuffle_lz4: encode_bitshuffle_lz4(raw, size, block_pixels, chunk); break;
    case encoding::hdf5_lz4: encode_hdf5_lz4(raw, block_pixels, chunk); break;
    case encoding::bitshuffle_zstd: encode_bitshuffle_zstd(raw, size, block_pixels, 1, chunk); break;
    case encoding::byte_offset: encode_byte_offset(integers(image, type), chunk); break;
  }
  return chunk;
}

std::vector<frame> reduction_case::frames() const {
  std::vector<frame> made;
  for (auto const& chunk : chunks) made.push_back({chunk, 0, made.size()});
  return made;
}

reduction_case make_case(case_options const& options, std::mt19937& random) {
  reduction_case made;
  made.format = {options.code, options.type, options.rows, options.columns, options.block_pixels};
  made.matrix = random_matrix(options, random);
  made.pixels = random_corrections(options, made.format.pixels(), random);
  made.errors = options.errors;
  made.reject = options.reject;
  for (int i = 0; i < options.frames; ++i) {
    image_bits image(made.format.pixels());
    bool const large = options.large_values && i % 3 != 2;
    for (auto& bits : image)
      bits =
          options.type == pixel_type::f32 ? random_float(large, random) : random_integer(options.type, large, random);
    add_image(made, std::move(image));
  }
  return made;
}

void add_image(reduction_case& to, image_bits image) {
  to.chunks.push_back(encode_image(image, to.format.type, to.format.code, to.format.block_pixels));
  to.images.push_back(std::move(image));
}

}  // namespace xrdct::test
