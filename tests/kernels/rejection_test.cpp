// Outliers are left out as the formulas say, whatever the pixels are: compared with plain_rejection.hpp.
#include "tests/kernels/backends.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <stdexcept>

namespace xrdct::test {
namespace {

constexpr std::array all_types{pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32};
constexpr std::array all_encodings{encoding::raw, encoding::bitshuffle, encoding::bitshuffle_lz4, encoding::hdf5_lz4,
                                   encoding::bitshuffle_zstd};
constexpr std::array all_errors{error_model::none, error_model::poisson, error_model::counts, error_model::image,
                                error_model::azimuthal};

rejection clip(double threshold, int cycles) {
  return {.method = rejection_method::sigma_clip, .threshold = threshold, .cycles = cycles};
}
rejection keep(double lower, double upper) {
  return {.method = rejection_method::quantiles, .lower = lower, .upper = upper};
}

std::vector<rejection> rejections_for(error_model errors) {
  std::vector<rejection> all{{},         keep(0.5, 0.5), keep(0.1, 0.9), keep(0.25, 0.6),
                             keep(0, 1), keep(0, 0),     keep(1, 1),     keep(0.7, 0.7)};
  if (errors == error_model::none) return all;
  for (auto const& more : {clip(5, 5), clip(3, 1), clip(1.7, 2), clip(0, 5), clip(0.3, 100), clip(1e300, 3)})
    all.push_back(more);
  return all;
}

std::string text_of(rejection const& how) {
  if (how.method == rejection_method::none) return "no rejection";
  if (how.method == rejection_method::sigma_clip)
    return "clipping at " + std::to_string(how.threshold) + ", " + std::to_string(how.cycles) + " cycles";
  return "quantiles " + std::to_string(how.lower) + " to " + std::to_string(how.upper);
}

// Counts about 20 with a few outliers upwards and downwards of every size, so that it takes several cycles.
image_bits outlying_image(reduction_case const& given, std::mt19937& random) {
  image_bits image(given.format.pixels());
  std::poisson_distribution<std::uint32_t> usual(20);
  auto const type = given.format.type;
  bool const is_wide = type == pixel_type::u32 || type == pixel_type::i32;
  auto const shifts = type == pixel_type::u8 ? 5U : is_wide ? 28U : 13U;
  for (auto& bits : image) {
    auto value = usual(random);
    if (random() % 25 == 0) value = 5 << random() % (shifts);
    bits = type == pixel_type::f32 ? std::bit_cast<std::uint32_t>(static_cast<float>(value) + 0.37F) : value;
  }
  return image;
}

class rejection_test : public every_backend {
 protected:
  void expect_right(reduction_case const& given) {
    auto const found = reduce(*device_, given);
    for (std::size_t i = 0; i < given.images.size() && !HasFailure(); ++i) {
      auto const expected = reduce_plainly(given, given.images[i]);
      expect_pattern(expected, found, i);
      bins_ += expected.undecided.size();
      undecided_ += static_cast<std::size_t>(std::ranges::count(expected.undecided, true));
    }
  }
  // Nearly all bins must have been compared.
  void expect_few_undecided() const { EXPECT_LE(1000 * undecided_, bins_) << undecided_ << " of " << bins_; }

 private:
  std::size_t bins_ = 0, undecided_ = 0;
};

// 17 or 33 frames: one more than fill groups of 16.
TEST_P(rejection_test, of_every_kind_by_every_error_model_for_every_type) {
  std::mt19937 random(71);
  for (auto const errors : all_errors) {
    for (auto const& how : rejections_for(errors)) {
      for (auto const type : all_types) {
        case_options options{.type = type, .rows = 23, .columns = 29, .bins = 9, .errors = errors, .reject = how};
        options.code = all_encodings[random() % all_encodings.size()];
        options.frames = std::array{1, 3, 17, 33}[random() % 4];
        options.mask = random() % 2 == 0;
        options.dark = random() % 2 == 0;
        options.norm = random() % 2 == 0;
        options.bad_norms = random() % 2 == 0;
        options.split = random() % 2 == 0;
        options.exclude_negative = random() % 2 == 0;
        options.large_values = random() % 2 == 0;
        if (random() % 3 == 0) options.dummy = 2;
        options.reject = how;
        auto given = make_case(options, random);
        add_image(given, outlying_image(given, random));
        expect_right(given);
        ASSERT_FALSE(HasFailure()) << text_of(how) << ", " << name_of(type) << ", " << name_of(options.code)
                                   << ", error model " << static_cast<int>(errors);
      }
    }
  }
  expect_few_undecided();
}

TEST_P(rejection_test, in_every_encoding_with_and_without_each_correction) {
  std::mt19937 random(72);
  for (auto const& how : {clip(3, 5), keep(0.25, 0.6)}) {
    for (auto const errors : {error_model::poisson, error_model::image, error_model::azimuthal}) {
      for (unsigned which = 0; which < 32; ++which) {
        case_options options{
            .type = all_types[which % 5], .code = all_encodings[which % all_encodings.size()], .block_pixels = 72};
        options.frames = 2;
        options.bins = 7;
        options.errors = errors;
        options.mask = (which & 1) != 0;
        options.dark = (which & 2) != 0;
        options.norm = (which & 4) != 0;
        options.split = (which & 8) != 0;
        if ((which & 16) != 0) options.dummy = 3;
        options.delta_dummy = 1;
        options.reject = how;
        auto given = make_case(options, random);
        add_image(given, outlying_image(given, random));
        expect_right(given);
        ASSERT_FALSE(HasFailure()) << text_of(how) << ", corrections " << which;
      }
    }
  }
  expect_few_undecided();
}

// Thousands of pixels a bin, from all over the frame, several slices of it.
TEST_P(rejection_test, in_large_bins) {
  std::mt19937 random(73);
  for (auto const& how : {clip(4, 5), keep(0.5, 0.5), keep(0.1, 0.9)}) {
    for (auto const errors : {error_model::poisson, error_model::azimuthal}) {
      for (auto const type : {pixel_type::u16, pixel_type::u32, pixel_type::f32}) {
        auto given = make_case({.type = type,
                                .rows = 211,
                                .columns = 157,
                                .frames = 1,
                                .bins = 5,
                                .errors = errors,
                                .reject = how,
                                .mask = true,
                                .norm = true,
                                .split = random() % 2 == 0},
                               random);
        for (int i = 0; i < 2; ++i) add_image(given, outlying_image(given, random));
        expect_right(given);
        ASSERT_FALSE(HasFailure()) << text_of(how) << ", " << name_of(type);
      }
    }
  }
  expect_few_undecided();
}

// Most bins have no pixel or one.
TEST_P(rejection_test, in_bins_of_no_pixel_and_of_one) {
  std::mt19937 random(74);
  for (auto const errors : all_errors) {
    for (auto const& how : rejections_for(errors)) {
      auto given = make_case({.type = pixel_type::u16,
                              .rows = 5,
                              .columns = 9,
                              .frames = 17,
                              .bins = 61,
                              .errors = errors,
                              .reject = how,
                              .norm = true,
                              .split = random() % 2 == 0},
                             random);
      expect_right(given);
      ASSERT_FALSE(HasFailure()) << text_of(how) << ", error model " << static_cast<int>(errors);
    }
  }
}

// Of integers without corrections many are equal, and quantiles fall between equal values.
TEST_P(rejection_test, of_few_different_values) {
  std::mt19937 random(75);
  for (auto const errors : all_errors) {
    for (auto const& how : rejections_for(errors)) {
      auto given = make_case({.type = pixel_type::u8,
                              .rows = 19,
                              .columns = 13,
                              .frames = 5,
                              .bins = 8,
                              .errors = errors,
                              .reject = how,
                              .split = random() % 2 == 0,
                              .large_values = false},
                             random);
      expect_right(given);
      ASSERT_FALSE(HasFailure()) << text_of(how) << ", error model " << static_cast<int>(errors);
    }
  }
  expect_few_undecided();
}

TEST_P(rejection_test, that_makes_no_sense_is_refused) {
  std::mt19937 random(76);
  auto given = make_case({.reject = clip(5, 5)}, random);
  auto const refuses = [&](rejection const& how, error_model errors = error_model::poisson) {
    given.reject = how;
    given.errors = errors;
    EXPECT_THROW(device_->make_reducer(given.what(), given.format), std::invalid_argument) << text_of(how);
  };
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  refuses(clip(5, 5), error_model::none);
  refuses(clip(-0.1, 5));
  refuses(clip(nan, 5));
  refuses(clip(5, 0));
  refuses(clip(5, -1));
  refuses(keep(0.6, 0.5));
  refuses(keep(-0.1, 0.5));
  refuses(keep(0.1, 1.1));
  refuses(keep(nan, 0.5));
  refuses(keep(0.5, nan));
}

XRDCT_FOR_EVERY_BACKEND(rejection_test);

}  // namespace
}  // namespace xrdct::test
