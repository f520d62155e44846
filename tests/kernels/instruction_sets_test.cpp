// Every instruction set this processor has, and no SIMD at all: one that is not the best is used on other machines.
#include "kernels/cpu/instruction_set.hpp"
#include "tests/kernels/backends.hpp"
#include "tests/kernels/only_instruction_set.hpp"

#include <set>

namespace xrdct::test {
namespace {

void expect_as_defined(device& by, reduction_case const& given) {
  auto const found = reduce(by, given);
  for (std::size_t i = 0; i < given.images.size(); ++i)
    expect_pattern(reduce_plainly(given, given.images[i]), found, i);
  ASSERT_FALSE(testing::Test::HasFailure()) << by.description() << " " << name_of(given.format.type);
}

TEST(instruction_sets, are_chosen_by_name) {
  std::string const best = cpu::simd::instruction_set();
  std::pair<std::int64_t, char const*> const narrower[] = {
      {HWY_SSE4, "sse4"}, {HWY_AVX2, "avx2"}, {HWY_AVX3, "avx512"}};
  for (auto const& [target, name] : narrower) {
    bool const has_it = (hwy::SupportedTargets() & target) != 0;
    EXPECT_EQ(cpu::use_instruction_set(name), has_it) << name;
    std::string const named = std::string(name) == "sse4" ? "SSE4" : std::string(name) == "avx2" ? "AVX2" : "AVX-512";
    EXPECT_EQ(cpu::simd::instruction_set(), has_it ? named : best);
    EXPECT_EQ(cpu::uses_vbmi(), !has_it) << name;
    EXPECT_TRUE(cpu::use_instruction_set("auto"));
    EXPECT_EQ(cpu::simd::instruction_set(), best);
    EXPECT_TRUE(cpu::uses_vbmi());
  }
  EXPECT_FALSE(cpu::use_instruction_set("mmx"));
  EXPECT_FALSE(cpu::use_instruction_set(""));
  EXPECT_EQ(cpu::simd::instruction_set(), best);
}

// What goes through other code than the sums of plain integration.
TEST(instruction_sets, all_reject_alike) {
  constexpr rejection clip{.method = rejection_method::sigma_clip, .threshold = 2};
  constexpr rejection middle{.method = rejection_method::quantiles, .lower = 0.25, .upper = 0.6};
  for (auto const target : instruction_sets()) {
    only_instruction_set const only(target);
    auto const device = make_backend("cpu2");
    std::mt19937 random(52);
    for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32}) {
      for (auto const errors : {error_model::poisson, error_model::image, error_model::azimuthal}) {
        for (auto const& how : {rejection{}, clip, middle}) {
          auto const given = make_case({.type = type,
                                        .rows = 71,
                                        .columns = 93,
                                        .frames = 18,
                                        .bins = 30,
                                        .errors = errors,
                                        .reject = how,
                                        .mask = true,
                                        .dark = type == pixel_type::u16,
                                        .norm = true},
                                       random);
          ASSERT_NO_FATAL_FAILURE(expect_as_defined(*device, given));
        }
      }
    }
  }
}

TEST(instruction_sets, all_reduce_alike) {
  std::set<std::string> names;
  for (auto const target : instruction_sets()) {
    only_instruction_set const only(target);
    auto const device = make_backend("cpu2");
    names.insert(device->description());
    std::mt19937 random(51);
    for (auto const type : {pixel_type::u8, pixel_type::u16, pixel_type::u32, pixel_type::i32, pixel_type::f32}) {
      for (auto const code : encodings_of(type)) {
        if (code == encoding::hdf5_lz4 || code == encoding::bitshuffle) continue;  // decoded by the same code
        auto const given = make_case({.type = type,
                                      .code = code,
                                      .rows = 101,
                                      .columns = 173,
                                      .block_pixels = 1000,
                                      .frames = 18,
                                      .mask = true,
                                      .dark = random() % 2 == 0,
                                      .norm = true},
                                     random);
        ASSERT_NO_FATAL_FAILURE(expect_as_defined(*device, given));
      }
    }
  }
  RecordProperty("instruction_sets", static_cast<int>(names.size()));
  EXPECT_GE(names.size(), 2U);
}

}  // namespace
}  // namespace xrdct::test
