// Thousands of small cases drawn at random, with what makes sums and bounds fail: equal values, outliers beside which
// all else is small, dead bins, norms of both signs and of any size; on every instruction set this processor has.
#include "tests/kernels/backends.hpp"
#include "tests/kernels/only_instruction_set.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace xrdct::test {
namespace {

template <class T>
T one_of(std::initializer_list<T> values, std::mt19937& random) {
  return values.begin()[random() % values.size()];
}

// One kind of values for a whole image.
float draw_value(unsigned kind, std::mt19937& random) {
  auto const uniform = [&] { return std::uniform_real_distribution<float>(0, 1)(random); };
  bool const rare = random() % 40 == 0;
  switch (kind) {
    case 0: return 7;
    case 1: return static_cast<float>(random() % 3);
    case 2: return rare ? 1e9F : static_cast<float>(random() % 40);
    case 3: return rare ? one_of({1e30F, -1e30F, 3e38F}, random) : 10 + uniform();
    case 4: return static_cast<float>(static_cast<int>(random() % 60) - 30);
    case 5: return random() % 20 != 0 ? std::numeric_limits<float>::quiet_NaN() : uniform();
    case 6: return 1000 + 1e-3F * uniform();
    case 7: return rare ? 300 : static_cast<float>(random() % 256);
    case 8: return 0;
    default: return std::exp(20 * uniform() - 10);
  }
}

std::uint32_t as_bits(pixel_type type, float value) {
  if (type == pixel_type::f32) return std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return maximum_bits(type);
  double const least = type == pixel_type::i32 ? -2147483648.0 : 0.0, most = maximum_bits(type);
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(std::clamp<double>(value, least, most)));
}

rejection draw_rejection(error_model errors, std::mt19937& random) {
  rejection how;
  if (errors != error_model::none && random() % 2 == 0) {
    how.method = rejection_method::sigma_clip;
    how.threshold = one_of({0.0, 0.5, 2.0, 3.0, 5.0}, random);
    how.cycles = one_of({1, 2, 5, 100}, random);
  } else if (random() % 8 != 0) {
    how.method = rejection_method::quantiles;
    how.lower = one_of({0.0, 0.1, 0.25, 0.5, 0.9}, random);
    how.upper = std::max(how.lower, one_of({0.1, 0.5, 0.75, 0.9, 1.0}, random));
  }
  return how;
}

// Norms of any size. Where weights of both signs are added up for quantiles, rounding decides too much.
void draw_norms(corrections& pixels, rejection const& how, std::mt19937& random) {
  bool const both_signs = random() % 2 == 0 && how.method != rejection_method::quantiles;
  bool const extreme = random() % 4 == 0;
  for (auto& norm : pixels.norm) {
    if (extreme && random() % 5 == 0) norm = one_of({1e-9F, 1e-4F, 1e4F, 1e9F}, random);
    if (both_signs && random() % 3 == 0) norm = -norm;
  }
}

reduction_case draw_case(std::mt19937& random) {
  case_options options;
  options.type = one_of({pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32}, random);
  options.rows = 1 + static_cast<int>(random() % 40);
  options.columns = 1 + static_cast<int>(random() % 60);
  options.bins = 1 + static_cast<std::uint32_t>(random() % 6);
  options.frames = 0;
  options.errors = one_of({error_model::none, error_model::poisson, error_model::counts, error_model::image,
                           error_model::azimuthal, error_model::azimuthal},
                          random);
  options.reject = draw_rejection(options.errors, random);
  options.mask = random() % 3 == 0;
  options.dark = random() % 3 == 0;
  options.norm = random() % 3 != 0;
  options.split = random() % 2 == 0;
  auto made = make_case(options, random);
  draw_norms(made.pixels, options.reject, random);
  unsigned const kind = random() % 10;
  for (int i = 0; i < 3; ++i) {
    image_bits image(made.format.pixels());
    for (auto& bits : image) bits = as_bits(options.type, draw_value(i == 2 ? random() % 10 : kind, random));
    add_image(made, std::move(image));
  }
  return made;
}

std::string describe(int i, reduction_case const& of) {
  auto const& how = of.reject;
  return "case " + std::to_string(i) + ", " + std::string(name_of(of.format.type)) + ", error model " +
         std::to_string(static_cast<int>(of.errors)) + ", method " + std::to_string(static_cast<int>(how.method)) +
         ", threshold " + std::to_string(how.threshold) + ", cycles " + std::to_string(how.cycles) + ", quantiles " +
         std::to_string(how.lower) + " " + std::to_string(how.upper);
}

// How many bins there were, and in how many rounding decides, so that they are not compared.
struct bins_seen {
  std::size_t all = 0, undecided = 0;
  void add(std::vector<bool> const& is_undecided) {
    all += is_undecided.size();
    undecided += static_cast<std::size_t>(std::ranges::count(is_undecided, true));
  }
  void expect_few_undecided() const { EXPECT_LE(1000 * undecided, all) << undecided << " of " << all; }
};

// Every frame in its batch, beside others, and by itself.
void expect_as_defined(device& by, reduction_case const& given, bins_seen& seen) {
  auto const found = reduce(by, given);
  auto const reducer = by.make_reducer(given.what(), given.format);
  auto const frames = given.frames();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto const expected = reduce_plainly(given, given.images[i]);
    expect_pattern(expected, found, i);
    seen.add(expected.undecided);
    pattern_memory alone(1, given.matrix.bins);
    reducer->submit({&frames[i], 1}, alone.all())->wait();
    expect_same_bits(alone, 0, found, i);
  }
}

// A bin of so many entries, and one with all but a few of them, and other weights: coefficients are 1, or lie between 0
// and 1, some of them near 0. Many values are equal, negative, or those of dead pixels.
reduction_case draw_small_bins(std::uint32_t size, std::mt19937& random) {
  case_options options;
  options.type = one_of({pixel_type::u16, pixel_type::i32, pixel_type::f32}, random);
  options.rows = 1;
  options.columns = static_cast<int>(size);
  options.frames = 0;
  options.errors =
      one_of({error_model::none, error_model::poisson, error_model::counts, error_model::image, error_model::azimuthal},
             random);
  options.dark = random() % 3 == 0;
  options.norm = random() % 2 == 0;
  options.reject.method = rejection_method::quantiles;
  options.reject.lower = one_of({0.0, 0.1, 0.25, 0.5, 0.9, 1.0}, random);
  options.reject.upper = std::max(options.reject.lower, one_of({0.0, 0.1, 0.5, 0.75, 0.9, 1.0}, random));
  auto made = make_case(options, random);
  auto const weights = random() % 3;
  made.matrix = {1, options.columns, 2, {0}, {}, {}};
  for (std::uint32_t p = 0; p < size; ++p) {
    for (std::uint32_t bin = 0; bin < 2; ++bin) {
      if (bin == 1 && random() % 10 == 0) continue;
      auto const share = std::uniform_real_distribution<float>(0.001F, 1)(random);
      made.matrix.bin.push_back(bin);
      made.matrix.coefficient.push_back(weights == 0 ? 1 : weights == 1 || random() % 4 != 0 ? share : 1e-4F * share);
    }
    made.matrix.offsets.push_back(made.matrix.bin.size());
  }
  unsigned const kind = one_of({1U, 3U, 4U, 4U, 7U, 9U}, random);
  for (int i = 0; i < 3; ++i) {
    image_bits image(made.format.pixels());
    unsigned const now = i == 2 ? static_cast<unsigned>(random() % 10) : kind;
    for (auto& bits : image) bits = as_bits(options.type, draw_value(random() % 25 != 0 ? now : 5, random));
    add_image(made, std::move(image));
  }
  return made;
}

// In ways that differ by the number of entries.
TEST(rejection_random, agrees_for_small_bins_of_every_size) {
  std::mt19937 random(103);
  bins_seen seen;
  auto const device = make_backend("cpu1");
  for (std::uint32_t size = 1; size <= 530; size += size == 300 ? 200 : 1) {
    for (int i = 0; i < 4; ++i) {
      auto const given = draw_small_bins(size, random);
      expect_as_defined(*device, given, seen);
      ASSERT_FALSE(testing::Test::HasFailure()) << describe(i, given) << ", " << size << " entries";
    }
  }
  seen.expect_few_undecided();
}

// To the bit even: no sum depends on how many lanes there are.
TEST(rejection_random, small_bins_are_the_same_on_every_instruction_set) {
  std::mt19937 random(104);
  bins_seen seen;
  auto const device = make_backend("cpu1");
  for (std::uint32_t size = 1; size <= 300; ++size) {
    auto const given = draw_small_bins(size, random);
    auto const expected = reduce(*device, given);
    for (auto const target : instruction_sets()) {
      only_instruction_set const only(target);
      auto const by = make_backend("cpu1");
      expect_as_defined(*by, given, seen);
      auto const found = reduce(*by, given);
      for (std::size_t i = 0; i < given.images.size(); ++i) expect_same_bits(found, i, expected, i);
      ASSERT_FALSE(testing::Test::HasFailure())
          << by->description() << ", " << describe(0, given) << ", " << size << " entries";
    }
  }
  seen.expect_few_undecided();
}

TEST(rejection_random, agrees_with_its_definition) {
  std::mt19937 random(101);
  auto const device = make_backend("cpu1");
  bins_seen seen;
  for (int i = 0; i < 2500; ++i) {
    auto const given = draw_case(random);
    expect_as_defined(*device, given, seen);
    ASSERT_FALSE(testing::Test::HasFailure()) << describe(i, given);
  }
  seen.expect_few_undecided();
}

TEST(rejection_random, agrees_on_every_instruction_set) {
  for (auto const target : instruction_sets()) {
    only_instruction_set const only(target);
    std::mt19937 random(102);
    auto const device = make_backend("cpu2");
    bins_seen seen;
    for (int i = 0; i < 300; ++i) {
      auto const given = draw_case(random);
      expect_as_defined(*device, given, seen);
      ASSERT_FALSE(testing::Test::HasFailure()) << device->description() << ", " << describe(i, given);
    }
    seen.expect_few_undecided();
  }
}

}  // namespace
}  // namespace xrdct::test
