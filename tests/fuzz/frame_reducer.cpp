// A frame in any encoding to a pattern: cpu and reference against decode_chunk() and the sums that tests make.
#include "tests/fuzz/chunk_of_frame.hpp"
#include "tests/kernels/backends.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <tuple>

namespace xrdct::test {
namespace {

/// A case and the reducers that are made for it. Making them takes longer than using them, so some are kept.
struct reducers {
  reduction_case given;
  std::unique_ptr<frame_reducer> cpu, reference;
};

// Without a dark image, the cpu backend sums up counts.
reducers make_reducers(frame_format const& format, error_model errors, bool dark) {
  static auto const cpu = make_backend("cpu1");
  static auto const reference = make_backend("reference");
  std::mt19937 random(static_cast<unsigned>(format.pixels()));
  reducers made;
  made.given = make_case({.type = format.type,
                          .code = format.code,
                          .rows = format.rows,
                          .columns = format.columns,
                          .block_pixels = format.block_pixels,
                          .frames = 0,
                          .errors = errors,
                          .mask = true,
                          .dark = dark,
                          .norm = true},
                         random);
  made.cpu = cpu->make_reducer(made.given.what(), made.given.format);
  made.reference = reference->make_reducer(made.given.what(), made.given.format);
  return made;
}

reducers const& reducers_for(fuzz::input& from) {
  auto format = fuzz::take_format(from);
  format.rows = format.rows % 4 * 9 + 1;
  format.columns = format.columns % 4 * 7 + 1;
  format.block_pixels = format.block_pixels % 3 * 16;
  auto const choice = from.below(4);
  auto const errors = choice % 2 == 0 ? error_model::poisson : error_model::counts;
  bool const dark = choice / 2 == 0;
  static std::map<std::tuple<encoding, pixel_type, int, int, std::uint32_t, error_model, bool>, reducers> all;
  constexpr std::size_t most = 32;
  if (all.size() > most) all.clear();
  auto& one = all[{format.code, format.type, format.rows, format.columns, format.block_pixels, errors, dark}];
  if (!one.cpu) one = make_reducers(format, errors, dark);
  return one;
}

image_bits bits_of(std::vector<std::byte> const& pixels, std::size_t size) {
  image_bits image(pixels.size() / size);
  for (std::size_t i = 0; i < image.size(); ++i) std::memcpy(&image[i], pixels.data() + i * size, size);
  return image;
}

void reduce_frame(fuzz::input& from) {
  auto const& [given, cpu, reference] = reducers_for(from);
  std::uint32_t const filter_mask = from.below(16) == 0 ? 1 : 0;
  auto const chunk = fuzz::with_right_header(from, given.format.code, given.format.bytes());
  std::vector<std::byte> pixels(given.format.bytes());
  auto how = fuzz::encoding_of(given.format);
  if (filter_mask != 0) how.code = encoding::raw;
  auto const status = decode_chunk(chunk, how, pixels);
  for (auto* const reducer : {cpu.get(), reference.get()}) {
    auto const found = reduce(*reducer, {{chunk, filter_mask, 0}}, given.matrix.bins);
    EXPECT_EQ(found.status[0], status);
    if (status == frame_status::ok)
      expect_pattern(reduce_plainly(given, bits_of(pixels, how.element_bytes)), found, 0);
    else
      expect_zeros(found, 0);
  }
}

}  // namespace
}  // namespace xrdct::test

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  GTEST_FLAG_SET(break_on_failure, true);
  xrdct::fuzz::input from(data, size);
  xrdct::test::reduce_frame(from);
  return 0;
}
