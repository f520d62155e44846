#include "xrdct/tomo/filters.hpp"

#include "tests/support/shared_data.hpp"
#include "tests/tomo/npy.hpp"
#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace xrdct::test {
namespace {

using std::numbers::pi;

constexpr window all_windows[] = {window::ramp, window::shepp_logan, window::cosine,
                                  window::hann, window::hamming,     window::none};
constexpr convention all_conventions[] = {convention::xrdct, convention::skimage, convention::silx};

/// Compares with what the programs themselves use (tests/data/tomo/make.py).
void compare_with_program(convention whose, std::string const& name) {
  for (int const size : {1, 5, 41, 60}) {
    auto const expected = read_npy(own_data("tomo/" + std::to_string(size) + "_" + name + "_taps.npy"));
    ASSERT_EQ(expected.shape, (std::vector<std::size_t>{5, static_cast<std::size_t>(size)}));
    for (std::size_t f = 0; f < 5; ++f) {
      auto const filter = make_filter(all_windows[f], whose, size);
      ASSERT_EQ(filter.taps.size(), static_cast<std::size_t>(size));
      for (std::size_t d = 0; d < filter.taps.size(); ++d) {
        EXPECT_NEAR(filter.taps[d], expected.values[f * filter.taps.size() + d], 1e-14)
            << name_of(all_windows[f]) << " of " << size << " at " << d;
      }
    }
  }
}

TEST(filters, are_those_of_scikit_image) { compare_with_program(convention::skimage, "skimage"); }

TEST(filters, are_those_of_silx) { compare_with_program(convention::silx, "silx"); }

/// The formula windows, by a plain Fourier transform and back.
TEST(filters, are_the_formula_windows_by_default) {
  for (int const size : {1, 3, 32, 33, 50}) {
    int const length = size <= 32 ? 64 : 128;
    for (window const which : all_windows) {
      if (which == window::none) continue;
      std::vector<std::complex<double>> taps(static_cast<std::size_t>(size));
      for (int k = 0; k < length; ++k) {
        double const w = 2 * pi * (k <= length / 2 ? k : k - length) / length;
        std::complex<double> ramp = 0;
        for (int n = -length / 2; n < length / 2; ++n) {
          double const h = n == 0 ? 0.25 : n % 2 == 0 ? 0 : -1 / (pi * n * pi * n);
          ramp += 2 * h * std::polar(1.0, -w * n);
        }
        double factor = 1;
        if (which == window::shepp_logan && k != 0) factor = std::sin(w / 2) / (w / 2);
        if (which == window::cosine) factor = std::cos(w / 2);
        if (which == window::hann) factor = (1 + std::cos(w)) / 2;
        if (which == window::hamming) factor = 0.54 + 0.46 * std::cos(w);
        for (int d = 0; d < size; ++d) {
          taps[static_cast<std::size_t>(d)] += factor * ramp * std::polar(1.0, w * d) / static_cast<double>(length);
        }
      }
      auto const filter = make_filter(which, convention::xrdct, size);
      ASSERT_EQ(filter.taps.size(), taps.size());
      for (std::size_t d = 0; d < taps.size(); ++d) {
        EXPECT_NEAR(filter.taps[d], taps[d].real(), 1e-14) << name_of(which) << " of " << size << " at " << d;
      }
    }
  }
}

TEST(filters, ramp_is_exactly_zero_at_even_distances) {
  for (convention const whose : all_conventions) {
    auto const filter = make_filter(window::ramp, whose, 101);
    for (std::size_t d = 2; d < 101; d += 2) EXPECT_EQ(filter.taps[d], 0);
  }
}

TEST(filters, none_changes_nothing) {
  for (convention const whose : all_conventions) {
    auto const filter = make_filter(window::none, whose, 7);
    EXPECT_THAT(filter.taps, testing::ElementsAre(1, 0, 0, 0, 0, 0, 0));
  }
}

TEST(filters, pad_to_the_lengths_of_the_conventions) {
  EXPECT_EQ(padded_length(convention::xrdct, 32), 64);
  EXPECT_EQ(padded_length(convention::xrdct, 33), 128);
  EXPECT_EQ(padded_length(convention::xrdct, 1), 64);
  EXPECT_EQ(padded_length(convention::skimage, 22), 64);
  EXPECT_EQ(padded_length(convention::skimage, 23), 128);  // a diagonal of 33
  EXPECT_EQ(padded_length(convention::silx, 41), 84);
  EXPECT_EQ(padded_length(convention::silx, 11), 24);
  EXPECT_EQ(padded_length(convention::silx, 1), 4);
  EXPECT_EQ(padded_length(convention::silx, 1021), 2048);
  for (convention const whose : all_conventions) {
    for (int size = 1; size < 3000; size += 7) EXPECT_GE(padded_length(whose, size), 2 * size);
  }
}

TEST(filters, refuse_impossible_sizes) {
  for (convention const whose : all_conventions) {
    EXPECT_THROW(make_filter(window::hann, whose, 0), input_error);
    EXPECT_THROW(make_filter(window::ramp, whose, -3), input_error);
    EXPECT_THROW(make_filter(window::none, whose, 2147483647), input_error);
  }
}

TEST(filters, have_names) {
  for (window const which : all_windows) EXPECT_EQ(parse_window(name_of(which)), which);
  for (convention const whose : all_conventions) EXPECT_EQ(parse_convention(name_of(whose)), whose);
  EXPECT_EQ(parse_window("shepp-logan"), window::shepp_logan);
  try {
    parse_window("gauss");
    ADD_FAILURE();
  } catch (usage_error const& wrong) {
    EXPECT_THAT(wrong.what(), testing::AllOf(testing::HasSubstr("--filter"), testing::HasSubstr("'gauss'"),
                                             testing::HasSubstr("ramp, shepp-logan, cosine, hann, hamming, none")));
  }
  EXPECT_THROW(parse_convention(""), usage_error);
}

}  // namespace
}  // namespace xrdct::test
