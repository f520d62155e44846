#include "tests/kernels/backends.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

namespace xrdct::test {
namespace {

constexpr std::array all_types{pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32};

class frame_reducer_test : public every_backend {
 protected:
  void expect_right(reduction_case const& given) {
    auto const found = reduce(*device_, given);
    for (std::size_t i = 0; i < given.images.size() && !HasFailure(); ++i)
      expect_pattern(reduce_plainly(given, given.images[i]), found, i);
  }
};

// Shapes around the lengths of blocks, vectors and slices.
TEST_P(frame_reducer_test, integrates_every_type_encoding_shape_and_block) {
  std::mt19937 random(11);
  constexpr std::array<std::array<int, 2>, 9> shapes{
      {{1, 1}, {1, 7}, {3, 5}, {8, 8}, {31, 17}, {64, 129}, {97, 211}, {64, 128}, {130, 127}}};
  constexpr std::array<std::uint32_t, 7> blocks{0, 8, 64, 1000, 4096, 65536, 100000};
  for (auto const type : all_types) {
    for (auto const code : encodings_of(type)) {
      for (auto const& shape : shapes) {
        case_options options{.type = type, .code = code, .rows = shape[0], .columns = shape[1]};
        options.block_pixels = blocks[random() % blocks.size()];
        options.mask = random() % 2 == 0;
        options.dark = random() % 2 == 0;
        options.norm = random() % 2 == 0;
        options.bad_norms = random() % 2 == 0;
        options.exclude_maximum = random() % 4 != 0;
        options.exclude_negative = random() % 2 == 0;
        options.frames = 1 + static_cast<int>(random() % 4);
        options.errors = static_cast<error_model>(random() % 3);
        SCOPED_TRACE(std::string(name_of(type)) + " " + std::string(name_of(code)) + " " + std::to_string(shape[0]) +
                     "x" + std::to_string(shape[1]) + " blocks of " + std::to_string(options.block_pixels));
        expect_right(make_case(options, random));
        if (HasFailure()) return;
      }
    }
  }
}

TEST_P(frame_reducer_test, knows_every_error_model_with_and_without_each_correction) {
  std::mt19937 random(12);
  for (auto const type : all_types) {
    for (auto const errors : {error_model::none, error_model::poisson, error_model::counts}) {
      for (unsigned which = 0; which < 32; ++which) {
        case_options options{.type = type, .rows = 23, .columns = 41, .frames = 3, .errors = errors};
        options.mask = (which & 1) != 0;
        options.dark = (which & 2) != 0;
        options.norm = (which & 4) != 0;
        options.bad_norms = (which & 8) != 0;
        options.large_values = (which & 16) != 0;
        expect_right(make_case(options, random));
        if (HasFailure()) return;
      }
    }
  }
}

TEST_P(frame_reducer_test, leaves_dummies_out) {
  std::mt19937 random(13);
  struct dummy_value {
    double value, delta;
  };
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  for (auto const type : all_types) {
    for (auto const [value, delta] : std::initializer_list<dummy_value>{
             {2, 0},        {0, 0},    {-1, 0},           {-1, 0.5},         {-0.5, 1},         {1.5, 0.5},
             {65535, 0},    {255, 0},  {4294967295.0, 0}, {4294967295.0, 2}, {16777217, 0},     {16777500, 300},
             {20, 3.25},    {-2.5, 0}, {1e300, 0},        {infinity, 0},     {std::nan(""), 0}, {3, -1},
             {0, infinity}, {0, 1e-40}}) {
      case_options options{.type = type, .rows = 23, .columns = 41, .mask = true, .dummy = value, .delta_dummy = delta};
      options.exclude_maximum = random() % 2 == 0;
      options.exclude_negative = random() % 3 == 0;
      SCOPED_TRACE(std::string(name_of(type)) + " dummy " + std::to_string(value) + " ± " + std::to_string(delta));
      expect_right(make_case(options, random));
      if (HasFailure()) return;
    }
  }
}

TEST_P(frame_reducer_test, leaves_values_beyond_limits_out) {
  std::mt19937 random(15);
  struct limits {
    std::optional<double> lowest, highest;
  };
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  for (auto const type : all_types) {
    for (auto const& [lowest, highest] : std::initializer_list<limits>{{{}, 9},
                                                                       {3, {}},
                                                                       {0, 65534},
                                                                       {-3, 7.5},
                                                                       {2.5, 250},
                                                                       {{}, -4},
                                                                       {8, 4},
                                                                       {{}, 16777216},
                                                                       {16777217, 4294967294.0},
                                                                       {{}, 4294967295.0},
                                                                       {1e-40, 1e30},
                                                                       {-infinity, infinity},
                                                                       {std::nan(""), std::nan("")}}) {
      case_options options{.type = type, .rows = 23, .columns = 41, .mask = true, .lowest = lowest, .highest = highest};
      options.exclude_maximum = random() % 2 == 0;
      options.exclude_negative = random() % 3 == 0;
      if (random() % 3 == 0) options.dummy = 5;
      SCOPED_TRACE(std::string(name_of(type)) + " from " + std::to_string(lowest.value_or(-1)) + " to " +
                   std::to_string(highest.value_or(-1)));
      expect_right(make_case(options, random));
      if (HasFailure()) return;
    }
  }
}

TEST_P(frame_reducer_test, takes_raw_chunks_whose_filter_was_skipped) {
  std::mt19937 random(14);
  for (auto const code : encodings_of(pixel_type::u16)) {
    auto given = make_case({.type = pixel_type::u16, .code = code, .frames = 4}, random);
    auto frames = given.frames();
    auto const raw = encode_image(given.images[2], pixel_type::u16, encoding::raw, 0);
    frames[2] = {raw, 1, 2};
    auto const found = reduce(*device_->make_reducer(given.what(), given.format), frames, given.matrix.bins);
    for (std::size_t i = 0; i < 4; ++i) expect_pattern(reduce_plainly(given, given.images[i]), found, i);
  }
}

TEST_P(frame_reducer_test, keeps_nothing_of_what_it_was_made_from) {
  std::mt19937 random(15);
  auto given = make_case({.mask = true, .dark = true, .norm = true}, random);
  auto const original = given;
  auto const reducer = device_->make_reducer(given.what(), given.format);
  std::ranges::fill(given.matrix.coefficient, 0.0F);
  std::ranges::fill(given.matrix.bin, 0xffffffffU);
  std::ranges::fill(given.pixels.mask, std::uint8_t{1});
  std::ranges::fill(given.pixels.dark, -1.0F);
  std::ranges::fill(given.pixels.norm, -1.0F);
  auto const found = reduce(*reducer, given.frames(), given.matrix.bins);
  for (std::size_t i = 0; i < found.status.size(); ++i)
    expect_pattern(reduce_plainly(original, original.images[i]), found, i);
}

TEST_P(frame_reducer_test, writes_rows_of_any_stride_and_nothing_between) {
  std::mt19937 random(16);
  auto const given = make_case({.frames = 5, .bins = 13}, random);
  auto const frames = given.frames();
  std::vector<float> memory(4 * 5 * 20, 42.0F);
  std::vector<frame_status> status(5);
  auto const part = [&](std::size_t i) { return view<float>(memory.data() + i * 100, 5, 13, 20); };
  // Neither sums nor saturated counts are asked for.
  device_->make_reducer(given.what(), given.format)
      ->submit(frames, {part(0), part(1), part(2), part(3), status, {}, {}})
      ->wait();
  auto const dense = reduce(*device_, given);
  for (std::size_t i = 0; i < memory.size(); ++i) {
    auto const bin = i % 20, row = i / 20 % 5;
    if (bin >= 13) {
      EXPECT_EQ(memory[i], 42.0F);
    } else if (i < 100) {
      EXPECT_EQ(memory[i], dense.signal[row * 13 + bin]);
    } else if (i >= 300) {
      EXPECT_EQ(memory[i], dense.count[row * 13 + bin]);
    }
  }
}

TEST_P(frame_reducer_test, takes_an_empty_batch_and_frames_that_are_not_ok) {
  std::mt19937 random(17);
  auto const given = make_case({.frames = 3}, random);
  auto const reducer = device_->make_reducer(given.what(), given.format);
  reducer->submit({}, pattern_memory(0, given.matrix.bins).all())->wait();
  EXPECT_GE(reducer->preferred_batch(), 1U);

  pattern_memory found(3, given.matrix.bins);
  found.status = {frame_status::missing, frame_status::ok, frame_status::bad_monitor};
  auto frames = given.frames();
  frames[0].bytes = {};
  reducer->submit(frames, found.all())->wait();
  EXPECT_EQ(found.status[0], frame_status::missing);
  EXPECT_EQ(found.status[2], frame_status::bad_monitor);
  expect_zeros(found, 0);
  expect_zeros(found, 2);
  expect_pattern(reduce_plainly(given, given.images[1]), found, 1);
}

TEST_P(frame_reducer_test, refuses_shapes_that_disagree) {
  std::mt19937 random(18);
  auto const good = make_case({.mask = true, .dark = true, .norm = true}, random);
  EXPECT_NO_THROW(device_->make_reducer(good.what(), good.format));
  auto const refuses = [&](auto change) {
    auto bad = good;
    change(bad);
    EXPECT_THROW(device_->make_reducer(bad.what(), bad.format), std::invalid_argument);
  };
  refuses([](auto& c) { c.format.rows += 1; });
  refuses([](auto& c) { c.format.rows = c.matrix.rows = 0; });
  refuses([](auto& c) { c.format.columns = c.matrix.columns = -1; });
  refuses([](auto& c) { c.format.block_pixels = 12; });
  refuses([](auto& c) { std::swap(c.format.rows, c.format.columns); });
  refuses([](auto& c) { c.pixels.mask.pop_back(); });
  refuses([](auto& c) { c.pixels.dark.push_back(0); });
  refuses([](auto& c) { c.pixels.norm.resize(1); });
  refuses([](auto& c) { c.matrix.offsets.pop_back(); });
  refuses([](auto& c) { c.matrix.offsets[5] = 0xffffffffU; });
  refuses([](auto& c) { c.matrix.offsets.back() += 1; });
  refuses([](auto& c) { c.matrix.offsets.front() = 1; });
  refuses([](auto& c) { c.matrix.bin[7] = c.matrix.bins; });
  refuses([](auto& c) { c.matrix.coefficient.pop_back(); });
  EXPECT_THROW(device_->make_reducer({}, good.format), std::invalid_argument);
}

XRDCT_FOR_EVERY_BACKEND(frame_reducer_test);

}  // namespace
}  // namespace xrdct::test
