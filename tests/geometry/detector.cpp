#include "xrdct/geometry/detector.hpp"

#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace xrdct {
namespace {

/// Facts about detectors, printed from pyFAI 2026.9 (all but the Eiger2 250k and the Pilatus 900k are the same in
/// 0.21.3): its name, the name of its class, shape, pixel size, masked pixels, and the CRC-32 of the mask as bytes 0
/// and 1.
struct facts {
  char const* name;
  char const* class_name;
  int rows, columns;
  double pixel;
  int masked;
  std::uint32_t crc;
};

// clang-format off
constexpr facts all_facts[] = {
    {"Eiger 500k", "Eiger500k", 514, 1030, 7.5e-05, 0, 0xcf16997aU},
    {"Eiger 1M", "Eiger1M", 1065, 1030, 7.5e-05, 38110, 0x07966581U},
    {"Eiger 4M", "Eiger4M", 2167, 2070, 7.5e-05, 250330, 0x8b20c07eU},
    {"Eiger 9M", "Eiger9M", 3269, 3110, 7.5e-05, 637030, 0xbf775808U},
    {"Eiger 16M", "Eiger16M", 4371, 4150, 7.5e-05, 1198210, 0xa6c8a79eU},
    {"Eiger2 250k", "Eiger2_250k", 512, 512, 7.5e-05, 0, 0xe20eea22U},
    {"Eiger2 500k", "Eiger2_500k", 512, 1028, 7.5e-05, 0, 0x1dd64a36U},
    {"Eiger2 1M", "Eiger2_1M", 1062, 1028, 7.5e-05, 39064, 0x96952e0bU},
    {"Eiger2 1M-W", "Eiger2_1MW", 512, 2068, 7.5e-05, 6144, 0x0018eb02U},
    {"Eiger2 2M-W", "Eiger2_2MW", 512, 4148, 7.5e-05, 18432, 0x90d98c66U},
    {"Eiger2 4M", "Eiger2_4M", 2162, 2068, 7.5e-05, 260328, 0x1e7d376aU},
    {"Eiger2 9M", "Eiger2_9M", 3262, 3108, 7.5e-05, 664248, 0xf91e5489U},
    {"Eiger2 16M", "Eiger2_16M", 4362, 4148, 7.5e-05, 1250824, 0x3ca1e932U},
    {"Eiger2 CdTe 500k", "Eiger2CdTe_500k", 512, 1028, 7.5e-05, 1024, 0x7a27ae38U},
    {"Eiger2 CdTe 1M", "Eiger2CdTe_1M", 1062, 1028, 7.5e-05, 41112, 0x45d75202U},
    {"Eiger2 CdTe 1M-W", "Eiger2CdTe_1MW", 512, 2068, 7.5e-05, 8192, 0x45caca4eU},
    {"Eiger2 CdTe 2M-W", "Eiger2CdTe_2MW", 512, 4148, 7.5e-05, 22528, 0x8902c30bU},
    {"Eiger2 CdTe 4M", "Eiger2CdTe_4M", 2162, 2068, 7.5e-05, 268520, 0x48666696U},
    {"Eiger2 CdTe 9M", "Eiger2CdTe_9M", 3262, 3108, 7.5e-05, 682680, 0xf2c16aa8U},
    {"Eiger2 CdTe 16M", "Eiger2CdTe_16M", 4362, 4148, 7.5e-05, 1283592, 0x52ad28ceU},
    {"Pilatus 100k", "Pilatus100k", 195, 487, 0.000172, 0, 0x1fb07147U},
    {"Pilatus 200k", "Pilatus200k", 407, 487, 0.000172, 8279, 0x1da00145U},
    {"Pilatus 300k", "Pilatus300k", 619, 487, 0.000172, 16558, 0x60c7b270U},
    {"Pilatus 300kw", "Pilatus300kw", 195, 1475, 0.000172, 2730, 0x0ec1dbb7U},
    {"Pilatus 900k", "Pilatus900k", 619, 1475, 0.000172, 58340, 0xe913ab52U},
    {"Pilatus 1M", "Pilatus1M", 1043, 981, 0.000172, 73533, 0x8d975c7eU},
    {"Pilatus 2M", "Pilatus2M", 1679, 1475, 0.000172, 197365, 0x3d81da3eU},
    {"Pilatus 6M", "Pilatus6M", 2527, 2463, 0.000172, 526101, 0xa7113badU},
    {"Pilatus CdTe 300k", "PilatusCdTe300k", 619, 487, 0.000172, 18313, 0x6861e9bfU},
    {"Pilatus CdTe 300kw", "PilatusCdTe300kw", 195, 1475, 0.000172, 4485, 0x95b0bf3dU},
    {"Pilatus CdTe 900kw", "PilatusCdTe900kw", 195, 4439, 0.000172, 16185, 0x19dcc160U},
    {"Pilatus CdTe 1M", "PilatusCdTe1M", 1043, 981, 0.000172, 79383, 0x72d08196U},
    {"Pilatus CdTe 2M", "PilatusCdTe2M", 1679, 1475, 0.000172, 211405, 0x822c56eaU},
};
// clang-format on

/// CRC-32 of IEEE 802.3, bit by bit.
std::uint32_t crc32(std::vector<std::uint8_t> const& bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

TEST(detector, masks_equal_those_of_pyfai) {
  for (facts const& known : all_facts) {
    SCOPED_TRACE(known.name);
    detector const made = make_detector(known.name);
    EXPECT_EQ(made.name, known.name);
    EXPECT_EQ(made.rows, known.rows);
    EXPECT_EQ(made.columns, known.columns);
    EXPECT_EQ(made.pixel1, known.pixel);
    EXPECT_EQ(made.pixel2, known.pixel);
    EXPECT_EQ(made.orientation, 3);
    EXPECT_TRUE(made.negative_is_dead);
    ASSERT_EQ(made.gaps.size(), static_cast<std::size_t>(known.rows) * static_cast<std::size_t>(known.columns));
    EXPECT_EQ(std::count(made.gaps.begin(), made.gaps.end(), 1), known.masked);
    EXPECT_EQ(crc32(made.gaps), known.crc);
  }
}

TEST(detector, all_spellings_of_pyfai_are_known) {
  for (facts const& known : all_facts) EXPECT_EQ(make_detector(known.class_name).name, known.name);
  for (char const* name : {"Pilatus1M", "Pilatus 1M", "pilatus_1m", "PILATUS 1m"})
    EXPECT_EQ(make_detector(name).name, "Pilatus 1M");
  for (char const* name : {"Pilatus 1M CdTe", "Pilatus1M CdTe", "Pilatus1MCdTe", "pilatus_cdte_1m", "PilatusCdTe1M"})
    EXPECT_EQ(make_detector(name).name, "Pilatus CdTe 1M");
  for (char const* name : {"Eiger2CdTe 1M", "eiger2_cdte_1m", "Eiger2CdTe_1M"})
    EXPECT_EQ(make_detector(name).name, "Eiger2 CdTe 1M");
  for (char const* name : {"Eiger2 1M-W", "eiger2_1mw", "Eiger2_1MW"})
    EXPECT_EQ(make_detector(name).name, "Eiger2 1M-W");
  EXPECT_EQ(make_detector("Eiger2 16M").rows, 4362);
  EXPECT_EQ(make_detector("eiger16m").rows, 4371);
}

TEST(detector, a_family_takes_any_shape) {
  detector const two_modules = make_detector("Pilatus", 407, 487);
  EXPECT_EQ(two_modules.gaps, make_detector("Pilatus 200k").gaps);
  EXPECT_EQ(make_detector("Eiger2 16M", 512, 1028).gaps, make_detector("Eiger2 500k").gaps);
  EXPECT_EQ(make_detector("Eiger2CdTe", 1062, 1028).gaps, make_detector("Eiger2 CdTe 1M").gaps);
  detector const within_a_gap = make_detector("Pilatus", 200, 490);  // 195 + 5 rows, 487 + 3 columns
  EXPECT_EQ(std::count(within_a_gap.gaps.begin(), within_a_gap.gaps.end(), 1), 200 * 490 - 195 * 487);
  EXPECT_THROW(make_detector("Pilatus"), input_error);
}

TEST(detector, a_name_alone_does_not_tell_another_shape_or_pixel) {
  for (facts const& known : all_facts) EXPECT_TRUE(known_by_name(make_detector(known.name))) << known.name;
  detector other = make_detector("Pilatus 300k");
  other.pixel2 *= 2;
  EXPECT_FALSE(known_by_name(other));
  EXPECT_FALSE(known_by_name(make_detector("Pilatus 300k", 619, 400)));
  EXPECT_FALSE(known_by_name(make_detector("Pilatus", 619, 487)));
  EXPECT_FALSE(known_by_name(detector{}));
}

TEST(detector, an_unknown_name_gets_near_ones) {
  try {
    make_detector("Pilatos 1M");
    FAIL() << "an unknown detector was accepted";
  } catch (input_error const& error) {
    EXPECT_THAT(error.what(),
                testing::AllOf(testing::HasSubstr("'Pilatos 1M' is unknown"), testing::HasSubstr("Pilatus 1M,")));
  }
  EXPECT_THROW(make_detector(""), input_error);
  EXPECT_THROW(make_detector(std::string(1 << 20, 'x')), input_error);
}

}  // namespace
}  // namespace xrdct
