// The arithmetic of fields, on every backend, against the same said in plain loops over double.
#include "tests/tomo/backends.hpp"
#include "xrdct/kernels/field.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace xrdct::test {
namespace {

using shape = std::array<std::int64_t, 3>;
using values = std::vector<float>;

constexpr float infinity = std::numeric_limits<float>::infinity();

class fields_on : public testing::TestWithParam<tomograph_backend> {
 protected:
  /// Any tomograph makes fields of any shape.
  std::unique_ptr<tomograph> space_ = GetParam().make({{0.0}, 1, 0, 1, 0});
  std::mt19937_64 random_{2024};

  values numbers(shape const& of, float low = -2, float high = 3) {
    std::uniform_real_distribution<float> uniform(low, high);
    values made(static_cast<std::size_t>(of[0] * of[1] * of[2]));
    std::ranges::generate(made, [&] { return uniform(random_); });
    return made;
  }
  values factors(std::int64_t count) { return numbers({1, 1, count}); }

  std::unique_ptr<field> load(shape const& of, values const& from) {
    auto made = space_->make(of);
    space_->copy(
        view<float const>(from.data(), static_cast<std::size_t>(of[0] * of[1]), static_cast<std::size_t>(of[2])),
        *made);
    return made;
  }
  values unload(field const& from) {
    auto const of = from.shape();
    values made(static_cast<std::size_t>(of[0] * of[1] * of[2]));
    space_->copy(from,
                 view<float>(made.data(), static_cast<std::size_t>(of[0] * of[1]), static_cast<std::size_t>(of[2])));
    space_->synchronize();
    return made;
  }
};

// One channel, a ragged block, whole blocks, one more; odd and even sizes, and a single row or column.
std::vector<shape> const shapes{{3, 4, 1}, {5, 7, 63}, {1, 6, 64}, {4, 1, 65}, {6, 5, 130}, {1, 1, 3}};

std::size_t channel_of(std::size_t i, shape const& of) { return i % static_cast<std::size_t>(of[2]); }

void expect_close(values const& got, std::vector<double> const& expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(static_cast<double>(got[i]), expected[i], tolerance * (1 + std::abs(expected[i]))) << "value " << i;
}

constexpr double rounding = 3e-7;  // some roundings in float

TEST_P(fields_on, combines_with_factors_of_every_channel) {
  for (auto const& of : shapes) {
    auto const y = numbers(of);
    auto const x = numbers(of);
    auto const a = factors(of[2]);
    auto const b = factors(of[2]);
    auto const into = load(of, y);
    space_->combine(*into, a, *load(of, x), b);
    std::vector<double> expected;
    for (std::size_t i = 0; i < y.size(); ++i) {
      auto const c = channel_of(i, of);
      expected.push_back(static_cast<double>(a[c]) * static_cast<double>(y[i]) +
                         static_cast<double>(b[c]) * static_cast<double>(x[i]));
    }
    expect_close(unload(*into), expected, rounding);
  }
}

TEST_P(fields_on, combines_without_looking_at_what_has_no_factor) {
  shape const of{1, 2, 3};
  values const y{infinity, std::nanf(""), 1, -infinity, 5, 1};
  values const x{1, 2, 3, 4, 5, 6};
  auto const into = load(of, y);
  space_->combine(*into, values{0, 0, 1}, *load(of, x), values{2, 1, 0.5F});
  EXPECT_EQ(unload(*into), (values{2, 2, 2.5F, 8, 5, 4}));
}

TEST_P(fields_on, combines_a_field_with_itself) {
  shape const of{2, 3, 70};
  auto const y = numbers(of);
  auto const into = load(of, y);
  space_->combine(*into, values(70, 2.0F), *into, values(70, -1.0F));
  EXPECT_EQ(unload(*into), y);
}

TEST_P(fields_on, multiplies_and_divides) {
  for (auto const& of : shapes) {
    auto const y = numbers(of);
    auto const x = numbers(of, -1, 1);
    auto const divisor = load(of, x);
    std::vector<double> products, quotients;
    for (std::size_t i = 0; i < y.size(); ++i) {
      products.push_back(static_cast<double>(y[i]) * static_cast<double>(x[i]));
      quotients.push_back(x[i] > 0 ? static_cast<double>(y[i]) / static_cast<double>(x[i]) : 0.0);
    }
    auto const product = load(of, y);
    space_->apply(*product, pointwise::multiply, *divisor);
    expect_close(unload(*product), products, rounding);
    auto const quotient = load(of, y);
    space_->apply(*quotient, pointwise::divide, *divisor);
    expect_close(unload(*quotient), quotients, rounding);
    auto const other = load(of, x);
    space_->apply(*other, pointwise::divide_by, *load(of, y));
    expect_close(unload(*other), quotients, rounding);
  }
}

TEST_P(fields_on, divides_by_nothing_without_harm) {
  shape const of{1, 1, 6};
  float const tiny = std::numeric_limits<float>::denorm_min();
  auto const quotient = load(of, {1, 0, -1, 2, 4, 0});
  // 2 / 10⁻⁴⁵ is a number in double, where the reference keeps it: that channel is left out below.
  space_->apply(*quotient, pointwise::divide, *load(of, {0, 0, 0, tiny, 2, -0.0F}));
  auto got = unload(*quotient);
  if (GetParam().name != "reference") {
    EXPECT_EQ(got[3], 0);
  }
  got[3] = 0;
  EXPECT_EQ(got, (values{0, 0, 0, 0, 2, 0}));
}

TEST_P(fields_on, cuts_off_negatives) {
  for (auto const& of : shapes) {
    auto const y = numbers(of);
    auto expected = y;
    for (auto& v : expected) v = std::max(v, 0.0F);
    auto const into = load(of, y);
    space_->apply(*into, pointwise::non_negative, *into);
    EXPECT_EQ(unload(*into), expected);
  }
}

TEST_P(fields_on, scales_entries) {
  for (auto const& of : shapes) {
    auto y = numbers(of);
    auto f = factors(of[0] * of[1]);
    f.front() = 0;
    y.front() = infinity;
    std::vector<double> expected;
    for (std::size_t i = 0; i < y.size(); ++i) {
      auto const entry = i / static_cast<std::size_t>(of[2]);
      expected.push_back(entry == 0 ? 0.0 : static_cast<double>(f[entry]) * static_cast<double>(y[i]));
    }
    auto const into = load(of, y);
    space_->scale(*into, f);
    expect_close(unload(*into), expected, rounding);
  }
}

TEST_P(fields_on, selects_channels) {
  shape const of{3, 5, 150};
  auto const from = numbers(of);
  auto const source = load(of, from);
  for (std::vector<std::int64_t> const& chosen :
       {std::vector<std::int64_t>{149}, {0, 64, 1, 1, 128}, std::vector<std::int64_t>(140, 77)}) {
    shape const fewer{3, 5, static_cast<std::int64_t>(chosen.size())};
    auto const into = load(fewer, numbers(fewer));
    space_->select(*source, chosen, *into);
    values expected;
    for (std::size_t entry = 0; entry < 15; ++entry)
      for (auto const c : chosen) expected.push_back(from[entry * 150 + static_cast<std::size_t>(c)]);
    EXPECT_EQ(unload(*into), expected);
    // Nothing is left where channels are none: a sum over all of a block would see it.
    std::vector<double> sums(chosen.size());
    space_->dot(*into, *into, sums);
    EXPECT_GT(sums[0], 0);
  }
}

TEST_P(fields_on, sums_products_of_rows) {
  for (auto const& of : shapes) {
    auto const x = numbers(of);
    auto const y = numbers(of);
    auto const one = load(of, x);
    auto const other = load(of, y);
    auto const channels = static_cast<std::size_t>(of[2]);
    auto const row = static_cast<std::size_t>(of[1]) * channels;
    for (std::int64_t first = 0; first <= of[0]; ++first) {
      std::vector<double> expected(channels), got(channels, -1.0), magnitude(channels);
      for (std::size_t i = static_cast<std::size_t>(first) * row; i < x.size(); ++i) {
        double const product = static_cast<double>(x[i]) * static_cast<double>(y[i]);
        expected[channel_of(i, of)] += product;
        magnitude[channel_of(i, of)] += std::abs(product);
      }
      space_->dot_rows(*one, *other, first, of[0] - first, got);
      for (std::size_t c = 0; c < channels; ++c) ASSERT_NEAR(got[c], expected[c], 1e-14 * magnitude[c]);
      if (first > 0) continue;
      std::vector<double> whole(channels);
      space_->dot(*one, *other, whole);
      EXPECT_EQ(whole, got);
    }
  }
}

/// [row][column][channel] of an image, as a plain loop over double sees it.
struct plain_image {
  shape of;
  std::vector<double> at;

  plain_image(shape const& extents, values const& from) : of(extents), at(from.begin(), from.end()) {}
  double& operator()(std::int64_t row, std::int64_t column, std::int64_t channel) {
    return at[static_cast<std::size_t>((row * of[1] + column) * of[2] + channel)];
  }
  double right(std::int64_t row, std::int64_t column, std::int64_t channel) {
    return column + 1 < of[1] ? (*this)(row, column + 1, channel) - (*this)(row, column, channel) : 0.0;
  }
  double below(std::int64_t row, std::int64_t column, std::int64_t channel) {
    return row + 1 < of[0] ? (*this)(row + 1, column, channel) - (*this)(row, column, channel) : 0.0;
  }
};

TEST_P(fields_on, climbs_the_gradient_within_limits) {
  for (auto const& of : shapes) {
    auto const x = numbers(of);
    auto const a = numbers(of, -1, 1);
    auto const b = numbers(of, -1, 1);
    auto limits = numbers({1, 1, of[2]}, 0.2F, 2);
    limits.back() = 0;
    plain_image image(of, x), across(of, a), down(of, b);
    auto const step = 0.4F;
    for (std::int64_t r = 0; r < of[0]; ++r)
      for (std::int64_t c = 0; c < of[1]; ++c)
        for (std::int64_t i = 0; i < of[2]; ++i) {
          double const u = across(r, c, i) + static_cast<double>(step) * image.right(r, c, i);
          double const v = down(r, c, i) + static_cast<double>(step) * image.below(r, c, i);
          double const limit = static_cast<double>(limits[static_cast<std::size_t>(i)]);
          double const shorter = std::min(1.0, limit / std::hypot(u, v));
          across(r, c, i) = u * shorter;
          down(r, c, i) = v * shorter;
        }
    auto const got_across = load(of, a);
    auto const got_down = load(of, b);
    space_->ascend_gradient(*load(of, x), step, limits, *got_across, *got_down);
    expect_close(unload(*got_across), across.at, rounding);
    expect_close(unload(*got_down), down.at, rounding);
  }
}

/// ⟨gradient x, q⟩ = −⟨x, divergence q⟩ for any q, also where it has values that no gradient has.
TEST_P(fields_on, divergence_is_the_adjoint_of_the_gradient) {
  for (auto const& of : shapes) {
    auto const x = numbers(of);
    auto const a = numbers(of);
    auto const b = numbers(of);
    plain_image image(of, x), across(of, a), down(of, b);
    auto const made = load(of, numbers(of));
    space_->divergence(*load(of, a), *load(of, b), *made);
    plain_image divergence(of, unload(*made));
    for (std::int64_t i = 0; i < of[2]; ++i) {
      double forth = 0, back = 0, magnitude = 0;
      for (std::int64_t r = 0; r < of[0]; ++r)
        for (std::int64_t c = 0; c < of[1]; ++c) {
          forth += image.right(r, c, i) * across(r, c, i) + image.below(r, c, i) * down(r, c, i);
          back += image(r, c, i) * divergence(r, c, i);
          magnitude += std::abs(image(r, c, i)) * 12;
        }
      ASSERT_NEAR(forth, -back, rounding * magnitude);
    }
  }
}

TEST_P(fields_on, refuses_what_does_not_fit) {
  auto const one = space_->make({2, 3, 4});
  auto const other = space_->make({3, 2, 4});
  values const four(4), three(3);
  std::vector<double> sums(4), fewer(3);
  EXPECT_THROW(space_->combine(*one, four, *other, four), std::invalid_argument);
  EXPECT_THROW(space_->combine(*one, three, *one, four), std::invalid_argument);
  EXPECT_THROW(space_->combine(*one, four, *one, three), std::invalid_argument);
  EXPECT_THROW(space_->apply(*one, pointwise::multiply, *other), std::invalid_argument);
  EXPECT_THROW(space_->scale(*one, four), std::invalid_argument);
  EXPECT_THROW(space_->select(*one, std::vector<std::int64_t>{0, 1, 2, 3}, *other), std::invalid_argument);
  EXPECT_THROW(space_->select(*one, std::vector<std::int64_t>{0}, *one), std::invalid_argument);
  EXPECT_THROW(space_->select(*one, std::vector<std::int64_t>{0, 1, 2, 4}, *one), std::invalid_argument);
  EXPECT_THROW(space_->select(*one, std::vector<std::int64_t>{0, 1, 2, -1}, *one), std::invalid_argument);
  EXPECT_THROW(space_->dot(*one, *other, sums), std::invalid_argument);
  EXPECT_THROW(space_->dot(*one, *one, fewer), std::invalid_argument);
  EXPECT_THROW(space_->dot_rows(*one, *one, 1, 2, sums), std::invalid_argument);
  EXPECT_THROW(space_->dot_rows(*one, *one, -1, 2, sums), std::invalid_argument);
  EXPECT_THROW(space_->ascend_gradient(*one, 1, four, *one, *other), std::invalid_argument);
  EXPECT_THROW(space_->ascend_gradient(*one, 1, three, *one, *one), std::invalid_argument);
  EXPECT_THROW(space_->divergence(*one, *other, *one), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(all, fields_on, testing::ValuesIn(tomograph_backends()),
                         [](auto const& one) { return one.param.name; });

/// Whatever the threads and the instruction set: rows are summed in their order.
TEST(fields, have_the_same_bits_by_any_number_of_threads) {
  shape const of{37, 11, 100};
  std::mt19937_64 random(5);
  std::normal_distribution<float> normal;
  values x(37 * 11 * 100);
  std::ranges::generate(x, [&] { return normal(random); });
  std::vector<std::vector<double>> sums;
  for (auto const* name : {"cpu_1", "cpu_2", "cpu_3"}) {
    auto const space = tomograph_backend_named(name).make({{0.0}, 1, 0, 1, 0});
    auto const some = space->make(of);
    space->copy(view<float const>(x.data(), 37 * 11, 100), *some);
    sums.emplace_back(100);
    space->dot(*some, *some, sums.back());
    // The order that is promised, in plain double.
    for (std::size_t c = 0; c < 100; ++c) {
      double whole = 0;
      for (std::size_t r = 0; r < 37; ++r) {
        double row = 0;
        for (std::size_t i = 0; i < 11; ++i) {
          auto const v = static_cast<double>(x[(r * 11 + i) * 100 + c]);
          row += v * v;
        }
        whole += row;
      }
      ASSERT_EQ(sums.back()[c], whole);
    }
  }
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_EQ(sums[0], sums[2]);
}

}  // namespace
}  // namespace xrdct::test
