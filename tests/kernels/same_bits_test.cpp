// The result of a frame does not depend on the batch, the place in it, the threads, or how the frame is encoded.
#include "tests/kernels/backends.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>

namespace xrdct::test {
namespace {

std::vector<std::size_t> shuffled_order(std::size_t count, std::mt19937& random) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::ranges::shuffle(order, random);
  return order;
}

// A reduction's tables at another address than they were made at.
class moved_tables {
 public:
  moved_tables(device& by, reduction_case const& given) {
    std::vector<std::byte> made;
    by.make_tables(given.what(), given.format, [&](std::size_t size) {
      made.resize(size + alignment);
      return aligned(made);
    });
    memory_.resize(made.size() + alignment);
    auto const from = aligned(made), to = aligned(memory_).subspan(alignment);
    size_ = std::min(from.size(), to.size());
    std::ranges::copy(from.first(size_), to.begin());
  }
  std::span<std::byte const> bytes() const {
    return aligned(const_cast<std::vector<std::byte>&>(memory_)).subspan(alignment, size_);
  }

 private:
  static constexpr std::size_t alignment = 64;
  static std::span<std::byte> aligned(std::vector<std::byte>& of) {
    auto const past = reinterpret_cast<std::uintptr_t>(of.data()) % alignment;
    return std::span(of).subspan(past == 0 ? 0 : alignment - past);
  }
  std::vector<std::byte> memory_;
  std::size_t size_ = 0;
};

// What the cpu backend reduces in one way or another: with a dark image nothing is a sum of counts.
struct kind {
  pixel_type type;
  bool dark;
};

class same_bits : public testing::TestWithParam<kind> {
 protected:
  // Of several slices, so many that two threads share frames of counts, with values of every size in some frames and
  // none in others; bins of more than 4096 entries are summed up in float32.
  reduction_case given(encoding code, std::uint32_t block_pixels = 0) {
    std::mt19937 random(31);
    auto const [type, dark] = GetParam();
    return make_case({.type = type,
                      .code = code,
                      .rows = dark ? 145 : 261,
                      .columns = dark ? 131 : 193,
                      .block_pixels = block_pixels,
                      .frames = 37,
                      .bins = 15,
                      .mask = true,
                      .dark = dark,
                      .norm = true},
                     random);
  }
};

TEST_P(same_bits, for_every_batch_place_and_number_of_threads) {
  std::mt19937 random(32);
  auto const one = given(encoding::bitshuffle_lz4);
  auto const frames = one.frames();
  pattern_memory expected(frames.size(), one.matrix.bins);
  auto const single = make_backend("cpu1");
  auto const reducer = single->make_reducer(one.what(), one.format);
  for (std::size_t i = 0; i < frames.size(); ++i) reducer->submit({&frames[i], 1}, expected.from(i, 1))->wait();

  for (auto const* const name : {"cpu1", "cpu2", "cpu3"}) {
    auto const device = make_backend(name);
    auto const other = device->make_reducer(one.what(), one.format);
    for (std::size_t const batch : {2, 5, 16, 17, 33, 37}) {
      auto const order = shuffled_order(frames.size(), random);
      for (std::size_t first = 0; first < order.size(); first += batch) {
        auto const count = std::min(batch, order.size() - first);
        std::vector<frame> some;
        for (std::size_t i = 0; i < count; ++i) some.push_back(frames[order[first + i]]);
        auto const found = reduce(*other, some, one.matrix.bins);
        for (std::size_t i = 0; i < count; ++i) expect_same_bits(found, i, expected, order[first + i]);
        ASSERT_FALSE(HasFailure()) << name << ", batches of " << batch;
      }
    }
  }
}

// Two threads take full batches for themselves, and share others.
TEST_P(same_bits, for_batches_under_way_at_a_time) {
  std::mt19937 random(34);
  auto const one = given(encoding::bitshuffle_lz4);
  auto const frames = one.frames();
  auto const expected = reduce(*make_backend("cpu1"), one);
  for (auto const* const name : {"cpu2", "cpu3"}) {
    auto const device = make_backend(name);
    auto const reducer = device->make_reducer(one.what(), one.format);
    std::vector<std::vector<std::size_t>> order;
    for (std::size_t const count : {32, 32, 5, 37, 32, 1}) {
      order.push_back(shuffled_order(frames.size(), random));
      order.back().resize(count);
    }
    std::vector<std::vector<frame>> batches(order.size());
    std::vector<pattern_memory> found;
    for (auto const& some : order) found.emplace_back(some.size(), one.matrix.bins);
    std::vector<std::unique_ptr<done>> running;
    for (std::size_t b = 0; b < order.size(); ++b) {
      for (auto const i : order[b]) batches[b].push_back(frames[i]);
      running.push_back(reducer->submit(batches[b], found[b].all()));
    }
    for (auto const& batch : running) batch->wait();
    for (std::size_t b = 0; b < order.size(); ++b)
      for (std::size_t i = 0; i < order[b].size(); ++i) expect_same_bits(found[b], i, expected, order[b][i]);
    ASSERT_FALSE(HasFailure()) << name;
  }
}

TEST_P(same_bits, for_every_encoding_of_the_same_image) {
  auto const usual = given(encoding::bitshuffle_lz4);
  auto const device = make_backend("cpu2");
  auto const expected = reduce(*device, usual);
  for (auto const code : encodings_of(GetParam().type)) {
    auto const other = given(code);
    ASSERT_EQ(other.images, usual.images);
    auto const found = reduce(*device, other);
    for (std::size_t i = 0; i < usual.images.size(); ++i) expect_same_bits(found, i, expected, i);
    ASSERT_FALSE(HasFailure()) << name_of(code);
  }
}

TEST_P(same_bits, for_headers_that_leave_the_block_size_to_the_default) {
  auto const usual = given(encoding::bitshuffle_lz4);
  auto silent = usual;
  for (auto& chunk : silent.chunks) std::fill(chunk.begin() + 8, chunk.begin() + 12, std::byte{0});
  for (auto const* const name : {"reference", "cpu2"}) {
    auto const device = make_backend(name);
    auto const expected = reduce(*device, usual);
    auto const found = reduce(*device, silent);
    for (std::size_t i = 0; i < usual.images.size(); ++i) expect_same_bits(found, i, expected, i);
    ASSERT_FALSE(HasFailure()) << name;
  }
}

TEST_P(same_bits, for_frames_in_other_blocks_than_the_stack) {
  for (std::uint32_t const stack_block : {0, 200, 70000}) {
    auto const stack = given(encoding::bitshuffle_lz4, stack_block);
    auto const device = make_backend("cpu1");
    auto const expected = reduce(*device, stack);
    auto mixed = stack;
    std::mt19937 random(33);
    for (std::size_t i = 0; i < mixed.images.size(); ++i)
      mixed.chunks[i] = encode_image(mixed.images[i], GetParam().type, encoding::bitshuffle_lz4,
                                     static_cast<std::uint32_t>(8 * (1 + random() % 3000)));
    auto const found = reduce(*device, mixed);
    for (std::size_t i = 0; i < stack.images.size(); ++i) expect_same_bits(found, i, expected, i);
    ASSERT_FALSE(HasFailure()) << "blocks of " << stack_block;
  }
}

TEST_P(same_bits, for_tables_that_were_moved) {
  auto const one = given(encoding::bitshuffle_lz4);
  for (auto const* const name : {"reference", "cpu1", "cpu3"}) {
    auto const device = make_backend(name);
    auto const expected = reduce(*device, one);
    auto const tables = std::make_unique<moved_tables>(*device, one);
    auto const found = reduce(*device->make_reducer(tables->bytes()), one.frames(), one.matrix.bins);
    for (std::size_t i = 0; i < one.images.size(); ++i) expect_same_bits(found, i, expected, i);
    ASSERT_FALSE(HasFailure()) << name;
  }
}

TEST_P(same_bits, or_none_for_other_tables) {
  auto const one = given(encoding::raw);
  for (auto const* const name : {"reference", "cpu1"}) {
    auto const device = make_backend(name);
    moved_tables const tables(*device, one);
    std::vector<std::byte> const nothing(4096);
    EXPECT_THROW(device->make_reducer(nothing), std::invalid_argument) << name;
    auto only_begun = nothing;  // the mark, but no arrays
    std::ranges::copy(tables.bytes().first(8), only_begun.begin());
    EXPECT_THROW(device->make_reducer(only_begun), std::invalid_argument) << name;
    EXPECT_THROW(device->make_reducer(tables.bytes().first(0)), std::invalid_argument) << name;
    EXPECT_THROW(device->make_reducer(tables.bytes().first(2000)), std::invalid_argument) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(of, same_bits,
                         testing::Values(kind{pixel_type::u8, false}, kind{pixel_type::u16, false},
                                         kind{pixel_type::u32, false}, kind{pixel_type::i32, false},
                                         kind{pixel_type::u8, true}, kind{pixel_type::u16, true},
                                         kind{pixel_type::u32, true}, kind{pixel_type::i32, true},
                                         kind{pixel_type::f32, true}),
                         [](testing::TestParamInfo<kind> const& of) {
                           return std::string(name_of(of.param.type)) + (of.param.dark ? "_and_dark" : "");
                         });

}  // namespace
}  // namespace xrdct::test
