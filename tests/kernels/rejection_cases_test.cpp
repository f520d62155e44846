// Outliers in bins small enough to be judged by hand: ties, equal values, and outliers beside which all else is small.
#include "tests/kernels/backends.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace xrdct::test {
namespace {

class rejection_cases : public every_backend {
 protected:
  // One bin of pixels.
  static reduction_case one_bin(std::vector<float> const& values, error_model errors, rejection const& how) {
    reduction_case made;
    auto const columns = static_cast<int>(values.size());
    made.format = {encoding::bitshuffle_lz4, pixel_type::f32, 1, columns, 0};
    made.matrix = {1, columns, 1, {}, std::vector<std::uint32_t>(values.size()), std::vector<float>(values.size(), 1)};
    for (std::uint32_t p = 0; p <= values.size(); ++p) made.matrix.offsets.push_back(p);
    made.errors = errors;
    made.reject = how;
    image_bits bits;
    for (auto const v : values) bits.push_back(std::bit_cast<std::uint32_t>(v));
    add_image(made, bits);
    return made;
  }

  // What is left, by the sum of its signals and their number.
  void expect_left(reduction_case const& given, float signal, float count) {
    auto const found = reduce(*device_, given);
    EXPECT_FLOAT_EQ(found.signal[0], signal);
    EXPECT_EQ(found.count[0], count);
    expect_pattern(reduce_plainly(given, given.images[0]), found, 0);
  }
};

rejection clip(double threshold, int cycles = 5) {
  return {.method = rejection_method::sigma_clip, .threshold = threshold, .cycles = cycles};
}
rejection keep(double lower, double upper) {
  return {.method = rejection_method::quantiles, .lower = lower, .upper = upper};
}

TEST_P(rejection_cases, an_outlier_goes_and_what_it_hid_goes_in_the_next_cycle) {
  std::vector<float> values(200, 9);
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = 11;
  values[50] = 1e6F;
  values[101] = 40;
  auto given = one_bin(values, error_model::azimuthal, clip(5, 1));
  expect_left(given, 99 * 11 + 99 * 9 + 40, 199);
  given.reject.cycles = 2;
  expect_left(given, 99 * 11 + 99 * 9, 198);
  given.reject.cycles = 100;
  expect_left(given, 99 * 11 + 99 * 9, 198);
}

// Sums from which the outlier is subtracted again do not know of the ones any more.
TEST_P(rejection_cases, nothing_is_left_of_an_outlier_beside_which_all_else_is_small) {
  for (float const outlier : {1e9F, 1e30F, -1e30F, 3e38F}) {
    std::vector<float> values(61, 1);
    for (std::size_t p = 0; p < values.size(); p += 2) values[p] = 2;
    values[32] = outlier;  // among thirty ones and thirty twos
    auto given = one_bin(values, error_model::azimuthal, clip(5));
    expect_left(given, 90, 60);
    given.reject = keep(0.5, 0.5);
    expect_left(given, outlier > 0 ? 2 : 1, 1);
    given.reject = keep(0.02, 0.98);  // all but two at each end
    expect_left(given, outlier > 0 ? 28 + 58 : 29 + 56, 57);
  }
}

TEST_P(rejection_cases, poisson_errors_tell_an_outlier_from_the_mean_it_moves) {
  std::vector<float> values(100, 100);
  values[7] = 1e9F;  // moves the mean to 1e7: all are far from it, by a standard deviation of 3162
  auto given = one_bin(values, error_model::poisson, clip(5));
  expect_left(given, 0, 0);
  values[7] = 200;
  given = one_bin(values, error_model::poisson, clip(5));
  expect_left(given, 9900, 99);
}

// Rounding of the mean is no reason to drop a pixel, however small the threshold.
TEST_P(rejection_cases, equal_values_stay) {
  for (float const value : {0.1F, 0.3F, 1e-30F, 7e29F, 0.0F, -0.7F, 123456.7F}) {
    for (auto const errors : {error_model::poisson, error_model::counts, error_model::image, error_model::azimuthal}) {
      for (std::size_t const count : {1, 2, 3, 7, 100, 5000}) {
        for (double const threshold : {0.0, 1e-9, 5.0}) {
          auto given = one_bin(std::vector<float>(count, value), errors, clip(threshold));
          given.pixels.norm.assign(count, 0.7F);
          for (std::size_t p = 0; p < count; p += 3) given.matrix.coefficient[p] = 0.3F;
          if (errors == error_model::image) given.pixels.variance.assign(count, 1e-20F);
          auto const found = reduce(*device_, given);
          EXPECT_GT(found.count[0], 0.6F * static_cast<float>(count) - 0.5F) << value << " x " << count;
          expect_pattern(reduce_plainly(given, given.images[0]), found, 0);
          ASSERT_FALSE(HasFailure()) << count << " times " << value << ", error model " << static_cast<int>(errors);
        }
      }
    }
  }
}

// What a flat image makes of equal counts scatters by rounding alone.
TEST_P(rejection_cases, values_that_float32_cannot_tell_apart_stay) {
  std::mt19937 random(81);
  std::vector<float> values(300), norm(300);
  for (std::size_t p = 0; p < values.size(); ++p) {
    norm[p] = std::uniform_real_distribution<float>(0.5F, 1.5F)(random);
    values[p] = norm[p] * 42.1F;
  }
  auto given = one_bin(values, error_model::azimuthal, clip(0));
  given.pixels.norm = norm;
  EXPECT_EQ(reduce(*device_, given).count[0], 300.0F);
  given.reject.threshold = 1e-6;
  EXPECT_EQ(reduce(*device_, given).count[0], 300.0F);
}

// No scale to judge by: errors of 0 are no reason to lose a bin.
TEST_P(rejection_cases, without_variance_none_drops) {
  auto given = one_bin({1, 2, 3, 4, 50}, error_model::image, clip(5));
  given.pixels.variance.assign(5, 0);
  expect_left(given, 60, 5);
  given = one_bin({0, 0, 0, 0, 0, 0}, error_model::counts, clip(5));
  given.pixels.dark = {1, 2, 3, 4, 5, 6};
  expect_left(given, -21, 6);
  given = one_bin({-1, -2, -30, -1e9F}, error_model::counts, clip(5));
  expect_left(given, -1000000033, 4);
}

TEST_P(rejection_cases, two_values_far_apart_leave_an_empty_bin) {
  auto given = one_bin({10, 1000}, error_model::poisson, clip(5));
  expect_left(given, 0, 0);
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.norm[0], 0);
  EXPECT_EQ(found.variance[0], 0);
  EXPECT_EQ(found.raw_sum[0], 1010.0);  // of all live pixels
}

TEST_P(rejection_cases, the_median_of_an_odd_number_is_one_pixel_and_of_an_even_two) {
  auto given = one_bin({5, 1, 9, 3, 7}, error_model::poisson, keep(0.5, 0.5));
  expect_left(given, 5, 1);
  expect_left(one_bin({5, 1, 9, 3, 7, 100}, error_model::poisson, keep(0.5, 0.5)), 12, 2);
  expect_left(one_bin({5}, error_model::poisson, keep(0.5, 0.5)), 5, 1);
  expect_left(one_bin({5, 6}, error_model::poisson, keep(0.25, 0.6)), 0, 0);
}

TEST_P(rejection_cases, the_ends_of_quantiles_are_the_least_and_the_largest) {
  auto given = one_bin({5, -1, 9, 3, 9.5F, -8}, error_model::none, keep(0, 0));
  expect_left(given, -8, 1);
  given.reject = keep(1, 1);
  expect_left(given, 9.5F, 1);
  given.reject = keep(0, 1);
  expect_left(given, 17.5F, 6);
  given.reject = keep(1.0 / 6, 5.0 / 6);
  EXPECT_GE(reduce(*device_, given).count[0], 4);
}

// Of equal values those of the first pixels are the lesser: weights tell which stayed.
TEST_P(rejection_cases, among_equal_values_the_first_pixels_come_first) {
  auto given = one_bin({2, 2, 2, 2, 1, 3}, error_model::poisson, keep(0, 0.5));
  given.matrix.coefficient = {0.5F, 0.125F, 0.25F, 0.0625F, 0.03125F, 0.03125F};
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.count[0], 0.03125F);  // of the 1: with the first 2 it is more than half
  given.reject = keep(0.5, 1);
  EXPECT_EQ(reduce(*device_, given).count[0], 0.125F + 0.25F + 0.0625F + 0.03125F);
  given = one_bin({2, 2, 2, 2, 1, 3}, error_model::poisson, keep(0, 0.5));
  given.matrix.coefficient = {0.0625F, 0.25F, 0.125F, 0.5F, 0.03125F, 0.03125F};
  EXPECT_EQ(reduce(*device_, given).count[0], 0.03125F + 0.0625F + 0.25F + 0.125F);
}

TEST_P(rejection_cases, a_pixel_is_judged_in_every_bin_by_itself) {
  auto given = one_bin({1, 1, 1, 30, 29, 31, 30}, error_model::poisson, clip(3));
  given.matrix.bins = 2;
  given.matrix.offsets = {0, 1, 2, 3, 5, 6, 7, 8};
  given.matrix.bin = {0, 0, 0, 0, 1, 1, 1, 1};
  given.matrix.coefficient = {1, 1, 1, 0.125F, 0.875F, 1, 1, 1};
  auto const found = reduce(*device_, given);
  EXPECT_EQ(found.count, std::vector<float>({3, 3.875F}));
}

TEST_P(rejection_cases, dead_pixels_take_no_part) {
  std::vector<float> values{5, 5, 6, 4, 1e9F, std::nanf(""), 5, HUGE_VALF, 1e9F};
  auto given = one_bin(values, error_model::azimuthal, clip(3));
  given.pixels.dummy = 1e9;
  expect_left(given, 25, 5);
  given.reject = keep(1, 1);
  expect_left(given, 6, 1);
  given.reject = keep(0.5, 0.5);
  expect_left(given, 5, 1);
}

XRDCT_FOR_EVERY_BACKEND(rejection_cases);

}  // namespace
}  // namespace xrdct::test
