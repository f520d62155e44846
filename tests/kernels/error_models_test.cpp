// Variances from an image, and from the scatter of a bin's pixels; the others are in frame_reducer_test.cpp.
#include "tests/kernels/backends.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace xrdct::test {
namespace {

constexpr std::array all_types{pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32};
constexpr std::array all_encodings{encoding::raw, encoding::bitshuffle, encoding::bitshuffle_lz4, encoding::hdf5_lz4};

class error_models : public every_backend {
 protected:
  void expect_right(reduction_case const& given) {
    auto const found = reduce(*device_, given);
    for (std::size_t i = 0; i < given.images.size() && !HasFailure(); ++i)
      expect_pattern(reduce_plainly(given, given.images[i]), found, i);
  }

  // Pixels of value 1 in the bins 0 to 2: three, two, and one.
  static reduction_case three_bins(error_model errors) {
    reduction_case made;
    made.format = {encoding::bitshuffle_lz4, pixel_type::f32, 2, 3, 0};
    made.matrix = {2, 3, 3, {0, 1, 2, 3, 4, 5, 6}, {0, 0, 0, 1, 1, 2}, {1, 1, 1, 1, 1, 1}};
    made.errors = errors;
    return made;
  }
  static image_bits bits_of(std::vector<float> const& values) {
    image_bits bits;
    for (auto const v : values) bits.push_back(std::bit_cast<std::uint32_t>(v));
    return bits;
  }
};

TEST_P(error_models, of_an_image_and_of_scatter_for_every_type_and_encoding) {
  std::mt19937 random(61);
  for (auto const errors : {error_model::image, error_model::azimuthal}) {
    for (auto const type : all_types) {
      for (auto const code : all_encodings) {
        case_options options{.type = type, .code = code, .rows = 31, .columns = 53, .block_pixels = 200};
        options.errors = errors;
        options.frames = 1 + static_cast<int>(random() % 4);
        options.mask = random() % 2 == 0;
        options.dark = random() % 2 == 0;
        options.norm = random() % 2 == 0;
        options.bad_norms = random() % 2 == 0;
        options.split = random() % 3 != 0;
        options.large_values = random() % 3 != 0;
        if (random() % 2 == 0) options.dummy = 2;
        auto const given = make_case(options, random);
        expect_right(given);
        ASSERT_FALSE(HasFailure()) << name_of(type) << " " << name_of(code) << " " << static_cast<int>(errors);
      }
    }
  }
}

TEST_P(error_models, of_large_frames_that_are_taken_in_slices) {
  std::mt19937 random(62);
  for (auto const errors : {error_model::image, error_model::azimuthal}) {
    for (auto const type : {pixel_type::u16, pixel_type::f32}) {
      auto const given = make_case({.type = type,
                                    .rows = 173,
                                    .columns = 149,
                                    .frames = 19,
                                    .bins = 11,
                                    .errors = errors,
                                    .mask = true,
                                    .dark = true,
                                    .norm = true},
                                   random);
      expect_right(given);
    }
  }
}

TEST_P(error_models, scatter_is_that_of_the_weighted_pixels_about_their_mean) {
  auto given = three_bins(error_model::azimuthal);
  given.pixels.norm = {1, 1, 2, 1, 1, 0.5F};
  add_image(given, bits_of({1, 2, 9, 4, 4, 3}));  // means 12/4, 4 and 6
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.variance, std::vector<float>({4 + 1 + 9, 0, 0}));
  given.matrix.coefficient = {0.5F, 1, 0.25F, 1, 1, 1};  // mean (0.5 + 2 + 2.25) / 2
  EXPECT_FLOAT_EQ(reduce(*device_, given).variance[0],
                  0.25F * 1.375F * 1.375F + 0.375F * 0.375F + 0.25F * 2.125F * 2.125F);
}

TEST_P(error_models, scatter_of_equal_values_is_none_however_their_mean_is_rounded) {
  std::mt19937 random(63);
  auto given = make_case({.type = pixel_type::f32, .frames = 0, .errors = error_model::azimuthal}, random);
  add_image(given, image_bits(given.format.pixels(), std::bit_cast<std::uint32_t>(0.1F)));
  auto const found = reduce(*device_, given);
  for (std::size_t bin = 0; bin < given.matrix.bins; ++bin) {
    EXPECT_LT(found.variance[bin], 1e-28F);
    EXPECT_GE(found.variance[bin], 0);
  }
}

// A small scatter about a large mean: what differences of sums of squares lose.
TEST_P(error_models, scatter_is_not_lost_beside_a_large_mean) {
  auto given = three_bins(error_model::azimuthal);
  add_image(given, bits_of({16777214, 16777215, 16777216, 8388609, 8388608, 1e30F}));
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.variance, std::vector<float>({2, 0.5F, 0}));
}

TEST_P(error_models, scatter_beyond_float32_is_infinite) {
  auto given = three_bins(error_model::azimuthal);
  add_image(given, bits_of({3e38F, -3e38F, 1, 2, 4, -1e30F}));
  EXPECT_EQ(reduce(*device_, given).variance, std::vector<float>({std::numeric_limits<float>::infinity(), 2, 0}));
}

TEST_P(error_models, pixels_whose_variance_is_not_finite_are_left_out) {
  auto given = three_bins(error_model::image);
  constexpr auto infinity = std::numeric_limits<float>::infinity();
  given.pixels.variance = {2, std::nanf(""), 4, infinity, 0, 7};
  add_image(given, bits_of({1, 2, 9, 4, 5, 3}));
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.signal, std::vector<float>({10, 5, 3}));
  EXPECT_EQ(found.variance, std::vector<float>({6, 0, 7}));
  EXPECT_EQ(found.count, std::vector<float>({2, 1, 1}));
  EXPECT_EQ(found.raw_sum[0], 18.0);
}

TEST_P(error_models, an_image_of_variances_is_needed_and_must_fit) {
  auto given = three_bins(error_model::image);
  given.pixels.variance.assign(6, 1);
  EXPECT_NO_THROW(device_->make_reducer(given.what(), given.format));
  for (std::size_t const size : {0, 5, 7}) {
    given.pixels.variance.assign(size, 1);
    EXPECT_THROW(device_->make_reducer(given.what(), given.format), std::invalid_argument);
  }
}

/// What counts of a bin scatter by is compared with the error stated for them, over many frames of Poisson counts.
struct error_ratios {
  double poisson = 0;
  double counts = 0;
};

error_ratios stated_over_true(device& backend, double mean_count) {
  constexpr std::uint32_t pixels = 400;
  constexpr int frames = 2000;
  reduction_case given;
  given.format = {encoding::bitshuffle_lz4, pixel_type::u16, 20, 20, 0};
  given.matrix = {20, 20, 1, {}, std::vector<std::uint32_t>(pixels, 0), std::vector<float>(pixels, 1)};
  for (std::uint32_t p = 0; p <= pixels; ++p) given.matrix.offsets.push_back(p);
  std::mt19937 random(static_cast<unsigned>(1000 * mean_count));
  std::poisson_distribution<std::uint32_t> counts(mean_count);
  for (int frame = 0; frame < frames; ++frame) {
    image_bits image(pixels);
    for (auto& pixel : image) pixel = counts(random);
    add_image(given, image);
  }
  auto const mean_variance = [&](error_model errors) {
    given.errors = errors;
    auto const found = reduce(backend, given);
    double sum = 0;
    for (float const v : found.variance) sum += v;
    return sum / frames;
  };
  auto const variance = pixels * mean_count;  // of a sum of Poisson counts
  return {std::sqrt(mean_variance(error_model::poisson) / variance),
          std::sqrt(mean_variance(error_model::counts) / variance)};
}

// max(n, 1) has the mean m + exp(-m) for Poisson counts of mean m: the README states what that does to errors.
TEST_P(error_models, of_few_counts_are_too_large_with_poisson_and_right_with_counts) {
  for (double const mean : {0.01, 0.1, 0.3, 1.0, 3.0, 10.0}) {
    auto const found = stated_over_true(*device_, mean);
    EXPECT_NEAR(found.poisson, std::sqrt(1 + std::exp(-mean) / mean), 0.01 * found.poisson) << mean;
    EXPECT_NEAR(found.counts, 1, 0.01) << mean;
    RecordProperty("poisson_errors_at_" + std::to_string(mean), std::to_string(found.poisson));
  }
}

XRDCT_FOR_EVERY_BACKEND(error_models);

}  // namespace
}  // namespace xrdct::test
