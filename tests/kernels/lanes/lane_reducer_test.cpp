// The backend for devices with lanes: what a frame becomes depends on nothing else, to the bit.
#include "kernels/lanes/frame_reducer.hpp"
#include "tests/kernels/backends.hpp"
#include "tests/kernels/lanes/host_engine.hpp"
#include "xrdct/kernels/frame_buffer.hpp"

#include <algorithm>
#include <deque>
#include <memory_resource>
#include <new>
#include <numeric>

namespace xrdct::test {
namespace {

constexpr rejection clip{.method = rejection_method::sigma_clip, .threshold = 2};
constexpr rejection middle{.method = rejection_method::quantiles, .lower = 0.25, .upper = 0.75};

struct way {
  char const* name;
  encoding code;
  pixel_type type;
  error_model errors;
  rejection reject;
};

constexpr way ways[] = {{"lz4_planes", encoding::bitshuffle_lz4, pixel_type::u32, error_model::poisson, {}},
                        {"planes", encoding::bitshuffle, pixel_type::u16, error_model::counts, {}},
                        {"lz4_values", encoding::hdf5_lz4, pixel_type::f32, error_model::azimuthal, {}},
                        {"differences", encoding::byte_offset, pixel_type::i32, error_model::poisson, clip},
                        {"values", encoding::raw, pixel_type::u8, error_model::none, middle}};

class lane_reducer : public testing::TestWithParam<way> {
 protected:
  reduction_case given(int rows, int columns, int frames) {
    std::mt19937 random(41);
    auto const& how = GetParam();
    return make_case({.type = how.type,
                      .code = how.code,
                      .rows = rows,
                      .columns = columns,
                      .block_pixels = how.code == encoding::bitshuffle ? 512U : 0U,
                      .frames = frames,
                      .bins = 9,
                      .errors = how.errors,
                      .reject = how.reject,
                      .mask = true,
                      .dark = true,
                      .norm = true},
                     random);
  }
};

TEST_P(lane_reducer, gives_the_same_bits_in_any_batch) {
  auto const all = given(53, 47, 70);
  auto const frames = all.frames();
  auto const reducer = lanes::make_frame_reducer(host_engine(), all.what(), all.format);
  auto const expected = reduce(*reducer, frames, all.matrix.bins);
  for (std::size_t const batch : {1, 7, 32, 69}) {
    pattern_memory found(frames.size(), all.matrix.bins);
    for (std::size_t first = 0; first < frames.size(); first += batch) {
      auto const count = std::min(batch, frames.size() - first);
      reducer->submit(std::span(frames).subspan(first, count), found.from(first, count))->wait();
    }
    for (std::size_t i = 0; i < frames.size(); ++i) expect_same_bits(found, i, expected, i);
  }
}

// Several submissions at a time, which are waited for in another order than they were made in, or not at all.
TEST_P(lane_reducer, works_on_batches_side_by_side) {
  auto const all = given(29, 31, 200);
  auto const frames = all.frames();
  auto const reducer = lanes::make_frame_reducer(host_engine(), all.what(), all.format);
  auto const expected = reduce(*reducer, frames, all.matrix.bins);
  pattern_memory found(frames.size(), all.matrix.bins);
  {
    std::vector<std::unique_ptr<done>> work;
    for (std::size_t first = 0; first < frames.size(); first += 20)
      work.push_back(reducer->submit(std::span(frames).subspan(first, 20), found.from(first, 20)));
    work[3]->wait();
    work[3]->wait();
    EXPECT_TRUE(work[0]->is_over());
    EXPECT_FALSE(work[9]->is_over());
    work[8]->wait();
  }
  for (std::size_t i = 0; i < frames.size(); ++i) expect_same_bits(found, i, expected, i);
}

TEST_P(lane_reducer, does_with_little_memory_what_it_does_with_much) {
  auto const all = given(29, 31, 70);
  auto const much = lanes::make_frame_reducer(host_engine(), all.what(), all.format);
  auto const little = lanes::make_frame_reducer(host_engine(false, 1), all.what(), all.format);
  EXPECT_EQ(much->batches_at_once(), lanes::batches_at_once - 1);
  EXPECT_EQ(little->batches_at_once(), 1U);
  auto const expected = reduce(*much, all.frames(), all.matrix.bins);
  auto const found = reduce(*little, all.frames(), all.matrix.bins);
  for (std::size_t i = 0; i < expected.status.size(); ++i) expect_same_bits(found, i, expected, i);
}

TEST_P(lane_reducer, does_by_threads_what_one_lane_does) {
  auto const all = given(11, 13, 2);
  auto const one = lanes::make_frame_reducer(host_engine(), all.what(), all.format);
  auto const threads = lanes::make_frame_reducer(host_engine(true), all.what(), all.format);
  auto const expected = reduce(*one, all.frames(), all.matrix.bins);
  auto const found = reduce(*threads, all.frames(), all.matrix.bins);
  for (std::size_t i = 0; i < expected.status.size(); ++i) expect_same_bits(found, i, expected, i);
}

INSTANTIATE_TEST_SUITE_P(on, lane_reducer, testing::ValuesIn(ways),
                         [](auto const& one) { return std::string(one.param.name); });

/// A copy of a case's frames in memory of a reducer's choice.
struct read_frames {
  read_frames(reduction_case const& given, std::pmr::memory_resource& memory) {
    for (auto one : given.frames()) {
      auto& at = bytes.emplace_back(&memory);
      at.assign(one.bytes.begin(), one.bytes.end());
      one.bytes = at;
      frames.push_back(one);
    }
  }
  std::deque<frame_buffer> bytes;
  std::vector<frame> frames;
};

// From memory that the device asks for it gets frames by itself. Those in other memory come to the same result.
TEST_P(lane_reducer, copies_frames_from_its_own_memory) {
  auto const all = given(29, 31, 70);
  std::size_t sent = 0;
  for (auto const& one : all.frames()) sent += one.bytes.size();
  auto const headers = all.format.code == encoding::bitshuffle_lz4 || all.format.code == encoding::hdf5_lz4 ? 12U : 0U;
  sent -= headers * all.frames().size();
  host_engine const on;
  auto const reducer = lanes::make_frame_reducer(on, all.what(), all.format);
  auto const copied_for = [&](std::vector<frame> const& frames, pattern_memory& found) {
    auto const before = on.log().so_far();
    found = reduce(*reducer, frames, all.matrix.bins);
    auto const after = on.log().so_far();
    return staging_log::copied{after.from_staging - before.from_staging, after.from_elsewhere - before.from_elsewhere};
  };
  pattern_memory from_elsewhere(0, 0), from_its_own(0, 0);
  auto const slow = copied_for(all.frames(), from_elsewhere);
  EXPECT_EQ(slow.from_elsewhere, sent);
  auto const pieces = on.log().pieces();
  {
    read_frames const read(all, reducer->frame_memory());
    EXPECT_EQ(on.log().pieces(), pieces + read.frames.size());
    auto const fast = copied_for(read.frames, from_its_own);
    EXPECT_EQ(fast.from_elsewhere, 0U);
    EXPECT_EQ(fast.from_staging, slow.from_staging + sent);
  }
  EXPECT_EQ(on.log().pieces(), pieces);
  for (std::size_t i = 0; i < from_its_own.status.size(); ++i) expect_same_bits(from_its_own, i, from_elsewhere, i);
}

// The engine copies nothing before it is waited for: as many batches as the reducer works on at a time see what becomes
// of their frames after they were submitted, and the one behind them has the first wait for.
TEST_P(lane_reducer, waits_for_a_batch_when_it_needs_its_place) {
  constexpr std::size_t batch = lanes::batch_frames, batches = lanes::batches_at_once;
  auto const all = given(13, 17, static_cast<int>((batches + 1) * batch));
  auto const reducer = lanes::make_frame_reducer(host_engine(), all.what(), all.format);
  auto const expected = reduce(*reducer, all.frames(), all.matrix.bins);
  for (bool const one_more : {false, true}) {
    read_frames read(all, reducer->frame_memory());
    pattern_memory found(read.frames.size(), all.matrix.bins);
    std::vector<std::unique_ptr<done>> work;
    for (std::size_t first = 0; first < (batches + (one_more ? 1 : 0)) * batch; first += batch)
      work.push_back(reducer->submit(std::span(read.frames).subspan(first, batch), found.from(first, batch)));
    for (auto& bytes : read.bytes) std::ranges::fill(bytes, std::byte{0});
    for (auto& one : work) one->wait();
    for (std::size_t i = 0; i < batches * batch; ++i) {
      auto const signal = [&](pattern_memory const& of) { return std::span(of.signal).subspan(i * of.bins, of.bins); };
      bool const same = found.status[i] == expected.status[i] && std::ranges::equal(signal(found), signal(expected));
      EXPECT_EQ(same, one_more && i < batch) << i;
    }
  }
}

TEST_P(lane_reducer, has_no_more_memory_for_frames_than_the_host_lets_it_have) {
  auto const all = given(11, 13, 1);
  constexpr std::size_t enough = std::size_t{1} << 20;  // for the reducer itself
  host_engine const on(false, 1, enough);
  auto const reducer = lanes::make_frame_reducer(on, all.what(), all.format);
  auto& memory = reducer->frame_memory();
  EXPECT_THROW(frame_buffer(enough, &memory), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(memory.allocate(8, 4096)), std::bad_alloc);
  frame_buffer const small(10, &memory);  // what failed has taken nothing
  EXPECT_FALSE(memory.is_equal(*std::pmr::new_delete_resource()));
}

// Blocks that no shared memory holds are decoded by the host.
TEST(lane_reducer_blocks, of_any_length) {
  std::mt19937 random(42);
  for (std::uint32_t const block : {8U, 4096U, 40000U}) {
    auto const given = make_case({.rows = 401, .columns = 211, .block_pixels = block, .frames = 2}, random);
    auto const found = reduce(*lanes::make_frame_reducer(host_engine(), given.what(), given.format), given.frames(),
                              given.matrix.bins);
    for (std::size_t i = 0; i < given.images.size(); ++i) {
      ASSERT_EQ(found.status[i], frame_status::ok);
      expect_pattern(reduce_plainly(given, given.images[i]), found, i);
    }
  }
}

}  // namespace
}  // namespace xrdct::test
