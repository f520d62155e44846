// What is left of a frame does not depend on the batch, the place in it, its neighbours, or the threads, to the bit.
#include "tests/kernels/backends.hpp"

#include <algorithm>

namespace xrdct::test {
namespace {

struct way {
  error_model errors;
  rejection reject;
};

constexpr way ways[] = {
    {error_model::image, {}},
    {error_model::azimuthal, {}},
    {error_model::poisson, {.method = rejection_method::sigma_clip, .threshold = 3}},
    {error_model::azimuthal, {.method = rejection_method::sigma_clip, .threshold = 2}},
    {error_model::azimuthal, {.method = rejection_method::quantiles}},
    {error_model::counts, {.method = rejection_method::quantiles, .lower = 0.1, .upper = 0.9}},
};

class rejection_same_bits : public testing::TestWithParam<pixel_type> {
 protected:
  // More than two slices, with values of every size in some frames and none in others.
  reduction_case given(way const& how, encoding code = encoding::bitshuffle_lz4) {
    std::mt19937 random(91);
    return make_case({.type = GetParam(),
                      .code = code,
                      .rows = 145,
                      .columns = 131,
                      .frames = 33,
                      .bins = 60,
                      .errors = how.errors,
                      .reject = how.reject,
                      .mask = true,
                      .dark = true,
                      .norm = true},
                     random);
  }
  // Every frame by itself.
  static pattern_memory one_by_one(device& by, reduction_case const& given) {
    auto const frames = given.frames();
    pattern_memory found(frames.size(), given.matrix.bins);
    auto const reducer = by.make_reducer(given.what(), given.format);
    for (std::size_t i = 0; i < frames.size(); ++i) reducer->submit({&frames[i], 1}, found.from(i, 1))->wait();
    return found;
  }
};

TEST_P(rejection_same_bits, for_every_batch_place_and_number_of_threads) {
  std::mt19937 random(92);
  for (auto const& how : ways) {
    auto const one = given(how);
    auto const frames = one.frames();
    auto const single = make_backend("cpu1");
    auto const expected = one_by_one(*single, one);
    for (auto const* const name : {"cpu1", "cpu3"}) {
      auto const device = make_backend(name);
      auto const other = device->make_reducer(one.what(), one.format);
      for (std::size_t const batch : {5, 16, 17, 33}) {
        std::vector<std::size_t> order(frames.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::ranges::shuffle(order, random);
        for (std::size_t first = 0; first < order.size(); first += batch) {
          std::vector<frame> some;
          for (auto i = first; i < std::min(first + batch, order.size()); ++i) some.push_back(frames[order[i]]);
          auto const found = reduce(*other, some, one.matrix.bins);
          for (std::size_t i = 0; i < some.size(); ++i) expect_same_bits(found, i, expected, order[first + i]);
          ASSERT_FALSE(HasFailure()) << name << ", batches of " << batch;
        }
      }
    }
  }
}

TEST_P(rejection_same_bits, for_every_encoding_of_the_same_image) {
  for (auto const& how : ways) {
    auto const usual = given(how);
    auto const device = make_backend("cpu2");
    auto const expected = reduce(*device, usual);
    for (auto const code : encodings_of(GetParam())) {
      auto const found = reduce(*device, given(how, code));
      for (std::size_t i = 0; i < usual.images.size(); ++i) expect_same_bits(found, i, expected, i);
      ASSERT_FALSE(HasFailure()) << name_of(code);
    }
  }
}

// A frame that cannot be decoded beside others, and none that is the same twice.
TEST_P(rejection_same_bits, beside_frames_that_are_bad_or_missing) {
  for (auto const& how : ways) {
    auto one = given(how);
    auto const device = make_backend("cpu3");
    auto const expected = reduce(*device, one);
    one.chunks[4].resize(one.chunks[4].size() / 2);
    one.chunks[20].clear();
    pattern_memory found(one.chunks.size(), one.matrix.bins);
    found.status[7] = frame_status::missing;
    device->make_reducer(one.what(), one.format)->submit(one.frames(), found.all())->wait();
    for (std::size_t i = 0; i < one.chunks.size(); ++i)
      i == 4 || i == 7 || i == 20 ? expect_zeros(found, i) : expect_same_bits(found, i, expected, i);
    ASSERT_FALSE(HasFailure());
  }
}

INSTANTIATE_TEST_SUITE_P(of, rejection_same_bits,
                         testing::Values(pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32,
                                         pixel_type::f32),
                         [](testing::TestParamInfo<pixel_type> const& of) { return std::string(name_of(of.param)); });

}  // namespace
}  // namespace xrdct::test
