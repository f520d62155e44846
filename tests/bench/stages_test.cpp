#include "xrdct/bench/stages.hpp"

#include "tests/bench/made_scan.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/pipeline/backend.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace xrdct::test {
namespace {

constexpr std::uint64_t frames = 6;

struct prepared {
  explicit prepared(pixel_type type = pixel_type::u32)
      : scan(type, frames),
        what(scan.what()),
        m(examine(what, 1)),
        backend(make_backend("cpu", 2)),
        some(load_frames(m.stack(), m.slices[0], std::uint64_t{1} << 30, frames)),
        input{m, what, alone, *backend, 2, some, {8, 6}, folder.path().string()} {}
  made_scan scan;
  job what;
  measurement m;
  communicator alone;
  std::unique_ptr<device> backend;
  frames_in_memory some;
  temporary_folder folder;
  stage_input input;
};

TEST(stages, all_run_on_made_frames_and_say_what_they_move) {
  prepared const p;
  auto const pixels = static_cast<double>(p.m.stack().format.bytes());
  auto const pattern = static_cast<double>(pattern_quantities * 90 * sizeof(float));
  // A sinogram of 8 × 6 entries is worth 48 frames; a channel of one 4 bytes.
  struct wanted {
    bench_stage stage;
    double in, out;
  };
  for (auto const& [stage, in, out] : {wanted{bench_stage::read, p.some.mean_bytes, p.some.mean_bytes},
                                       {bench_stage::lz4, p.some.mean_bytes, pixels},
                                       {bench_stage::unshuffle, pixels, pixels},
                                       {bench_stage::integrate, pixels, pattern},
                                       {bench_stage::reduce, p.some.mean_bytes, pattern},
                                       {bench_stage::exchange, pattern, pattern},
                                       {bench_stage::filter, 90 * 4, 90 * 4},
                                       {bench_stage::backproject, 90 * 4, 90 * 4 * 36 / 48.0},
                                       {bench_stage::errors, 90 * 4, 90 * 4 * 36 / 48.0},
                                       {bench_stage::cgls, 90 * 4, 90 * 4 * 36 / 48.0},
                                       {bench_stage::write, 90 * 4 * 36 / 48.0, 90 * 4 * 36 / 48.0}}) {
    auto const made = make_stage(stage, p.input);
    ASSERT_EQ(made.skipped, "") << name_of(stage);
    EXPECT_EQ(made.what.name, name_of(stage));
    EXPECT_NE(made.what.note, "");
    EXPECT_NEAR(made.what.bytes_in / made.what.frames_per_unit, in, 1e-9 * in) << name_of(stage);
    EXPECT_NEAR(made.what.bytes_out / made.what.frames_per_unit, out, 1e-9 * out) << name_of(stage);
    EXPECT_LE(made.what.step, made.what.most);
    made.what.run(1);
    made.what.run(std::min<std::uint64_t>(made.what.most, 35));
  }
}

TEST(stages, that_need_lz4_are_skipped_without_it) {
  prepared p;
  p.some = decoded(p.some, 3);
  for (auto const stage : {bench_stage::lz4, bench_stage::unshuffle})
    EXPECT_THAT(make_stage(stage, p.input).skipped, testing::HasSubstr("decoded"));
  auto const reduce = make_stage(bench_stage::reduce, p.input);
  EXPECT_EQ(reduce.skipped, "");
  reduce.what.run(4);
}

TEST(stages, of_a_damaged_frame_throw) {
  prepared p;
  for (auto& chunk : p.some.chunks) std::fill(chunk.begin() + 200, chunk.end(), std::byte{0xff});
  EXPECT_THROW(make_stage(bench_stage::reduce, p.input).what.run(2), input_error);
  EXPECT_THROW(make_stage(bench_stage::integrate, p.input), error);
}

TEST(frames_in_memory, are_as_many_as_memory_and_number_allow) {
  prepared const p;
  auto const& stack = p.m.stack();
  EXPECT_EQ(p.some.frames.size(), frames);
  EXPECT_EQ(load_frames(stack, {0, frames}, 1, frames).frames.size(), 1U) << "one at least";
  EXPECT_EQ(load_frames(stack, {2, 3}, 1U << 30, frames).frames.size(), 3U);
  EXPECT_EQ(load_frames(stack, {0, frames}, 1U << 30, 2).frames.size(), 2U);
  EXPECT_EQ(load_frames(stack, {3, 1}, 1U << 30, 2).chunks[0], p.some.chunks[3]);
  EXPECT_THROW(load_frames(stack, {0, 0}, 1U << 30, 2), input_error);
}

TEST(frames_in_memory, decode_to_what_was_made) {
  prepared const p(pixel_type::i32);
  auto const pixels = decoded(p.some, 2);
  powder_frames const made({"Pilatus 100k", pixel_type::i32, 9.0, false, 3});
  ASSERT_EQ(pixels.frames.size(), 2U);
  EXPECT_EQ(pixels.chunks[1], made.pixels(1));
  EXPECT_EQ(pixels.format.code, encoding::raw);
}

}  // namespace
}  // namespace xrdct::test
