// Numbers in the headers of CBF, EDF and TIFF files.

#include "xrdct/codec/header_fields.hpp"

#include "tests/codec/image_file_fixture.hpp"
#include "tests/support/image_files.hpp"
#include "xrdct/codec/image_reader.hpp"

namespace xrdct {
namespace {

using testing::ElementsAre;

header_fields mini(std::string const& text) {
  header_fields fields;
  append_mini_header(text, fields);
  return fields;
}

TEST(mini_header, states_numbers_with_units) {
  EXPECT_THAT(mini("# Exposure_time 0.5000000 s\r\n# Start_angle 10.0000 deg.\r\n#Phi: -3 deg\n# N_oscillations = 1\n"
                   "# Pixel_size 172e-6 m x 172e-6 m\n# Tau = +125.0e-09 s\n# Flux 0\nno comment 3 s\n"
                   "# Count_cutoff 1221554 counts"),
              ElementsAre(header_field{"Exposure_time", 0.5, "s"}, header_field{"Start_angle", 10, "deg"},
                          header_field{"Phi", -3, "deg"}, header_field{"N_oscillations", 1, ""},
                          header_field{"Pixel_size", 172e-6, "m"}, header_field{"Tau", 125e-9, "s"},
                          header_field{"Flux", 0, ""}, header_field{"Count_cutoff", 1221554, "counts"}));
}

TEST(mini_header, has_lines_that_are_no_numbers) {
  EXPECT_TRUE(
      mini("# Detector: PILATUS 300K, S/N 3-0104\n# 2011-07-21T11:59:03.203\n# Beam_xy (243.82, 326.75) pixels\n"
           "# Flat_field: (nil)\n#\n# Phi\n# Phi nan deg\n# Phi inf\n# Phi 1e999\n# Phi 12,5 deg\n# Phi 0x10\n"
           "# 12 13\n\n# : = 3\n")
          .empty());
  EXPECT_TRUE(mini("").empty());
  EXPECT_TRUE(mini("#").empty());
}

TEST(fields, are_found_by_name) {
  header_fields const fields{{"phi", 1, ""}, {"Phi", 2, ""}, {"Omega", 3, ""}};
  EXPECT_EQ(find_field(fields, "Phi")->value, 2);
  EXPECT_EQ(find_field(fields, "phi")->value, 1);
  EXPECT_EQ(find_field(fields, "PHI")->value, 1);
  EXPECT_EQ(find_field(fields, "omega")->value, 3);
  EXPECT_EQ(find_field(fields, "Kappa"), nullptr);
}

using headers = test::image_file;

TEST_F(headers, of_a_pilatus_cbf) {
  XRDCT_NEEDS_SHARED("data/cbf/ximg2701_00001.cbf");
  auto const fields = open_images(test::shared("data/cbf/ximg2701_00001.cbf").string())->fields(0);
  auto const is = [&](char const* name, double value, char const* unit) {
    auto const* const field = find_field(fields, name);
    ASSERT_NE(field, nullptr) << name;
    EXPECT_EQ(*field, (header_field{name, value, unit}));
  };
  is("Exposure_time", 1, "s");
  is("Exposure_period", 1.005, "s");
  is("Start_angle", 1, "deg");
  is("Angle_increment", 1, "deg");
  is("Detector_distance", 0.12237, "m");
  is("Wavelength", 0.6894, "A");
  is("Chi", -30, "deg");
  is("N_excluded_pixels", 10, "");
  EXPECT_EQ(find_field(fields, "Beam_xy"), nullptr);
}

TEST_F(headers, of_made_files) {
  test::made_image const image{1, 3, {4, 5, 6}};
  auto const cbf = path();
  test::write_cbf(cbf, image, "", "# Phi 12.5 deg.\r\n# Exposure_time 2 s\r\n");
  EXPECT_THAT(open_images(cbf)->fields(0),
              ElementsAre(header_field{"Phi", 12.5, "deg"}, header_field{"Exposure_time", 2, "s"}));
  auto const tiff = path();
  test::append_tiff_i32(tiff, image, "# Phi 1 deg.\n# Flux 7\n");
  test::append_tiff_i32(tiff, image, "# Phi 2 deg.\n");
  EXPECT_THAT(open_images(tiff)->fields(0), ElementsAre(header_field{"Phi", 1, "deg"}, header_field{"Flux", 7, ""}));
  EXPECT_THAT(open_images(tiff)->fields(1), ElementsAre(header_field{"Phi", 2, "deg"}));
  auto const npy = path();
  test::write_npy(npy, image, "<i4");
  EXPECT_TRUE(open_images(npy)->fields(0).empty());
}

TEST_F(headers, of_edf_have_motors_and_counters) {
  test::made_image const image{2, 2, {4, 5, 6, 7}};
  auto const edf = path();
  test::append_edf(edf, image, "<i4",
                   "motor_mne = rot dty  samz ;\nmotor_pos = 10.5 -0.25\n 3e-1 ;\ncounter_mne = sec fpico6 ;\n"
                   "counter_pos = 0.1 nan ;\nTitle = 3 apples and pears ;\nCount_Time = 0.5 s ;\nrun = 17 ;\n");
  test::append_edf(edf, image, "<i4", "motor_mne = rot ;\nmotor_pos = 11 12 ;\n" + std::string(600, ' '));
  auto const images = open_images(edf);
  auto const fields = images->fields(0);
  EXPECT_EQ(find_field(fields, "rot")->value, 10.5);
  EXPECT_EQ(find_field(fields, "dty")->value, -0.25);
  EXPECT_EQ(find_field(fields, "samz")->value, 0.3);
  EXPECT_EQ(find_field(fields, "sec")->value, 0.1);
  EXPECT_EQ(find_field(fields, "fpico6"), nullptr);
  EXPECT_EQ(find_field(fields, "Title"), nullptr);
  EXPECT_EQ(*find_field(fields, "Count_Time"), (header_field{"Count_Time", 0.5, "s"}));
  EXPECT_EQ(find_field(fields, "run")->value, 17);
  EXPECT_EQ(find_field(fields, "Dim_1")->value, 2);
  EXPECT_EQ(find_field(images->fields(1), "rot")->value, 11);
}

}  // namespace
}  // namespace xrdct
