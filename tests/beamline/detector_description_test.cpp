// What a file says of its detector: NXmx and DECTRIS masters, BLISS and Lima; units, bits of masks, what is lacking.

#include "xrdct/beamline/detector_description.hpp"

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/beamline/described_geometry.hpp"
#include "xrdct/beamline/quantity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace xrdct {
namespace {

using test::h5_file;
using test::input_error_of;
using test::put_array;
using test::put_attribute;
using test::put_number;
using test::put_text;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

constexpr hsize_t rows = 11, columns = 7;
constexpr std::size_t pixels = rows * columns;
std::string const detector = "/entry/instrument/detector";

class described : public ::testing::Test {
 protected:
  void SetUp() override { hdf5::start(); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  /// Frames of zeros, or of ones where they are floats.
  void put_frames(h5_file& file, std::string const& name, hid_t type = H5T_STD_U32LE, hsize_t frames = 2) {
    put_array(file, name, type, {frames, rows, columns}, std::vector<double>(frames * pixels, 1));
  }
  detector_description describe(std::string const& file, std::string const& dataset = "/entry/data/data") const {
    return describe_detector(open_stack(path(file), dataset));
  }
  test::temporary_folder folder_;
};

/// Any bits, of which most are 0.
std::vector<double> random_bits(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> values(pixels);
  for (auto& v : values) v = random() % 3 == 0 ? static_cast<double>(1U << random() % 32) : 0.0;
  values[3] = 0x80000000U;           // virtual
  values[4] = 0x80000000U + 0x100U;  // virtual, and masked by the user
  values[5] = 0xffff0000U;
  return values;
}

std::vector<std::uint8_t> excluded_by(std::vector<double> const& values) {
  std::vector<std::uint8_t> mask;
  for (double const v : values) mask.push_back(std::fmod(v, 65536.0) != 0 ? 1 : 0);
  return mask;
}

TEST_F(described, by_everything_that_nxmx_has) {
  auto const bits = random_bits(1);
  auto more = random_bits(2);
  for (auto& v : more)
    if (v >= 0x1p31) v -= 0x1p32;  // in integers with sign
  std::vector<double> flat(pixels);
  for (std::size_t i = 0; i < pixels; ++i) flat[i] = 0.5 + static_cast<double>(i) / 64;
  {
    h5_file file(path("nxmx.h5"));
    put_frames(file, "/entry/data/data");
    put_array(file, detector + "/pixel_mask", H5T_STD_U32LE, {rows, columns}, bits);
    put_array(file, detector + "/pixel_mask_2", H5T_STD_I32LE, {1, rows, columns}, more);
    put_array(file, detector + "/pixel_mask_applied", H5T_STD_I32LE, {}, {1});
    put_array(file, detector + "/flatfield", H5T_IEEE_F32LE, {rows, columns}, flat);
    put_number(file, detector + "/flatfield_applied", H5T_STD_I32LE, 0);
    put_number(file, detector + "/saturation_value", H5T_STD_U32LE, 70000);
    put_number(file, detector + "/underload_value", H5T_STD_I32LE, -3);
    put_number(file, detector + "/y_pixel_size", H5T_IEEE_F64LE, 75, "um");
    put_number(file, detector + "/x_pixel_size", H5T_IEEE_F64LE, 0.0625, "mm");
    put_number(file, detector + "/distance", H5T_IEEE_F64LE, 25, "cm");
    put_number(file, detector + "/beam_center_y", H5T_IEEE_F64LE, 5.25, "pixel");
    put_number(file, detector + "/beam_center_x", H5T_IEEE_F64LE, 2, "mm");
    put_number(file, detector + "/count_time", H5T_IEEE_F64LE, 20, "ms");
    put_text(file, detector + "/description", "Some detector");
    put_number(file, "/entry/instrument/beam/incident_wavelength", H5T_IEEE_F64LE, 0.5, "angstrom");
    put_attribute(file, detector, "NX_class", "NXdetector");
  }
  auto const found = describe("nxmx.h5");
  EXPECT_EQ(found.source, path("nxmx.h5") + "::" + detector);
  EXPECT_EQ(found.name, "Some detector");
  auto expected = excluded_by(bits);
  auto const second = excluded_by(more);
  for (std::size_t i = 0; i < pixels; ++i) expected[i] |= second[i];
  EXPECT_EQ(found.mask, expected);
  EXPECT_EQ(found.mask[3], 0) << "a virtual pixel";
  EXPECT_EQ(found.mask[4], 1);
  EXPECT_EQ(found.mask[5], 0);
  EXPECT_THAT(found.mask_names, ElementsAre("pixel_mask", "pixel_mask_2"));
  EXPECT_EQ(found.flat, std::vector<float>(flat.begin(), flat.end()));
  EXPECT_THAT(found.highest, Optional(70000.0));
  EXPECT_THAT(found.lowest, Optional(-3.0));
  EXPECT_THAT(found.pixel1, Optional(DoubleNear(75e-6, 1e-18)));
  EXPECT_THAT(found.pixel2, Optional(DoubleNear(62.5e-6, 1e-18)));
  EXPECT_THAT(found.distance, Optional(DoubleNear(0.25, 1e-15)));
  EXPECT_THAT(found.centre1, Optional(DoubleNear(5.25 * 75e-6, 1e-15)));
  EXPECT_THAT(found.centre2, Optional(DoubleNear(2e-3, 1e-15)));
  EXPECT_THAT(found.wavelength, Optional(DoubleNear(0.5e-10, 1e-22)));
  EXPECT_THAT(found.count_time, Optional(DoubleNear(0.02, 1e-15)));
  EXPECT_TRUE(found.oddities.empty());

  auto const geometry = geometry_of(found, rows, columns);
  EXPECT_DOUBLE_EQ(geometry.poni1, 5.25 * 75e-6);
  EXPECT_DOUBLE_EQ(geometry.poni2, 2e-3);
  EXPECT_DOUBLE_EQ(geometry.distance, 0.25);
  EXPECT_DOUBLE_EQ(geometry.detector.pixel1, 75e-6);
  EXPECT_DOUBLE_EQ(geometry.detector.pixel2, 62.5e-6);
  EXPECT_EQ(geometry.detector.rows, 11);
  EXPECT_EQ(geometry.detector.columns, 7);
  auto const again = parse_poni(geometry.text, "text");
  EXPECT_EQ(again.poni1, geometry.poni1);
  EXPECT_EQ(again.wavelength, geometry.wavelength);
}

TEST_F(described, by_a_dectris_master) {
  {
    h5_file data(path("x_data_000001.h5"));
    put_frames(data, "/entry/data/data");
    h5_file file(path("x_master.h5"));
    file.external_link("/entry/data/data_000001", "x_data_000001.h5", "/entry/data/data");
    put_array(file, detector + "/detectorSpecific/pixel_mask", H5T_STD_U32LE, {rows, columns}, random_bits(4));
    put_array(file, detector + "/detectorSpecific/flatfield", H5T_IEEE_F32LE, {rows, columns},
              std::vector<double>(pixels, 2));
    put_number(file, detector + "/flatfield_correction_applied", H5T_STD_I32LE, 1);
    put_number(file, detector + "/detectorSpecific/countrate_correction_count_cutoff", H5T_STD_U32LE, 126634);
    put_number(file, detector + "/detectorSpecific/photon_energy", H5T_IEEE_F32LE, 12398.4198, "eV");
    put_number(file, detector + "/bit_depth_image", H5T_STD_U32LE, 16);
    put_number(file, detector + "/x_pixel_size", H5T_IEEE_F64LE, 75e-6, "m");
    put_number(file, detector + "/y_pixel_size", H5T_IEEE_F64LE, 75e-6);
    put_number(file, detector + "/detector_distance", H5T_IEEE_F64LE, 0.125, "m");
    put_number(file, detector + "/beam_center_x", H5T_IEEE_F64LE, 3, "pixel");
    put_number(file, detector + "/beam_center_y", H5T_IEEE_F64LE, -20.5, "pixel");
  }
  auto const found = describe("x_master.h5", "/entry/data");
  EXPECT_EQ(found.source, path("x_master.h5") + "::" + detector);
  EXPECT_EQ(found.mask, excluded_by(random_bits(4)));
  EXPECT_TRUE(found.flat_applied);
  EXPECT_TRUE(found.flat.empty());
  EXPECT_THAT(found.highest, Optional(65534.0)) << "16 bits in 32";
  EXPECT_EQ(found.highest_name, "bit_depth_image");
  EXPECT_FALSE(found.lowest);
  EXPECT_THAT(found.wavelength, Optional(DoubleNear(1e-10, 1e-16)));
  EXPECT_EQ(lacking_of(found), "");
  auto const geometry = geometry_of(found, rows, columns);
  EXPECT_DOUBLE_EQ(geometry.poni1, -20.5 * 75e-6);

  // One of its data files by itself says nothing.
  EXPECT_FALSE(describe("x_data_000001.h5").any());
}

TEST_F(described, dectris_masters_that_come_with_the_data) {
  XRDCT_NEEDS_SHARED("data/hdf5/dectris/dataset_artificial_small_001/test_master.h5");
  auto const file = test::shared("data/hdf5/dectris/dataset_artificial_small_001/test_master.h5").string();
  auto const found = describe_detector(open_stack(file, "/entry/data"));
  EXPECT_EQ(found.source, file + "::" + detector);
  EXPECT_EQ(found.mask.size(), 13U * 11U);
  EXPECT_TRUE(found.pixel1 && found.pixel2);
  EXPECT_THAT(lacking_of(found), HasSubstr("no detector_distance, no beam_center_y, no beam_center_x"));
}

TEST_F(described, by_depths_as_far_as_they_say_anything) {
  struct depth {
    hid_t type;
    double bits;
    std::optional<double> highest;
  };
  std::size_t n = 0;
  for (auto const& [type, bits, highest] : std::vector<depth>{{H5T_STD_U32LE, 8, 254},
                                                              {H5T_STD_U32LE, 32, {}},
                                                              {H5T_STD_U16LE, 16, {}},
                                                              {H5T_STD_U16LE, 12, 4094},
                                                              {H5T_STD_U16LE, 0, {}},
                                                              {H5T_STD_I32LE, 16, 65534},
                                                              {H5T_IEEE_F32LE, 16, {}}}) {
    std::string const name = "depth" + std::to_string(n++) + ".h5";
    {
      h5_file file(path(name));
      put_frames(file, "/entry/data/data", type);
      put_number(file, detector + "/bit_depth_image", H5T_STD_U8LE, bits);
    }
    EXPECT_EQ(describe(name).highest, highest) << bits;
  }
}

/// Counters of a BLISS file are detectors, too; a dataset belongs to the group that it lies in.
TEST_F(described, in_a_bliss_file_that_leads_to_lima) {
  {
    h5_file lima(path("lima_0000.h5"));
    put_frames(lima, "/entry_0000/ESRF-ID15A/eiger/data", H5T_STD_U16LE);
    put_number(lima, "/entry_0000/ESRF-ID15A/eiger/detector_information/pixel_size/xsize", H5T_IEEE_F64LE, 7.5e-5);
    put_number(lima, "/entry_0000/ESRF-ID15A/eiger/detector_information/pixel_size/ysize", H5T_IEEE_F64LE, 75,
               "microns");
    put_text(lima, "/entry_0000/ESRF-ID15A/eiger/detector_information/model", "Dectris EIGER2 CdTe 4M");
    h5_file file(path("scan.h5"));
    file.external_link("/1.1/instrument/eiger/data", "lima_0000.h5", "/entry_0000/ESRF-ID15A/eiger/data");
    put_attribute(file, "/1.1/instrument/eiger", "NX_class", "NXdetector");
    file.soft_link("/1.1/measurement/eiger", "/1.1/instrument/eiger/data");
    put_array(file, "/1.1/instrument/fpico6/data", H5T_IEEE_F64LE, {2}, {1, 2});
    put_attribute(file, "/1.1/instrument/fpico6", "NX_class", "NXdetector");
    put_attribute(file, "/1.1/instrument", "NX_class", "NXinstrument");
    put_array(file, "/1.1/instrument/other/pixel_mask", H5T_STD_U8LE, {3, 3}, std::vector<double>(9));
    put_attribute(file, "/1.1/instrument/other", "NX_class", "NXdetector");
    file.soft_link("/1.1/instrument/other/data", "/nowhere");
  }
  auto const found = describe("scan.h5", "/1.1/measurement/eiger");
  ASSERT_TRUE(found.any());
  EXPECT_EQ(found.source, path("lima_0000.h5") + "::/entry_0000/ESRF-ID15A/eiger")
      << "/1.1/instrument/eiger has the frames, but says nothing";
  EXPECT_TRUE(found.oddities.empty());

  auto const lima = describe("lima_0000.h5", "/entry_0000/ESRF-ID15A/eiger/data");
  EXPECT_EQ(lima.name, "Dectris EIGER2 CdTe 4M");
  EXPECT_THAT(lima.pixel1, Optional(DoubleNear(75e-6, 1e-18)));
  EXPECT_THAT(lima.pixel2, Optional(DoubleNear(75e-6, 1e-18)));
  EXPECT_THAT(lacking_of(lima), HasSubstr("no wavelength"));
}

TEST_F(described, several_detectors_are_told_apart_or_listed) {
  auto const make = [&](std::string const& name, bool holds, hsize_t rows_of_second) {
    h5_file file(path(name));
    put_frames(file, "/entry/data/data");
    for (std::string const group : {"/entry/instrument/near", "/entry/instrument/far"}) {
      bool const second = group.ends_with("far");
      hsize_t const n = second ? rows_of_second : rows;
      put_array(file, group + "/pixel_mask", H5T_STD_U32LE, {n, columns},
                std::vector<double>(n * columns, second ? 1 : 0));
      put_attribute(file, group, "NX_class", "NXdetector");
      if (second && holds) file.soft_link(group + "/data", "/entry/data/data");
    }
  };
  make("linked.h5", true, rows);
  EXPECT_THAT(describe("linked.h5").source, HasSubstr("/far"));
  make("shape.h5", false, rows + 1);
  EXPECT_THAT(describe("shape.h5").source, HasSubstr("/near"));
  make("alike.h5", false, rows);
  auto const message = input_error_of([&] { describe("alike.h5"); });
  ASSERT_TRUE(message);
  EXPECT_THAT(*message, HasSubstr("'/entry/instrument/far', '/entry/instrument/near'; --detector-info ignore"));
}

TEST_F(described, masks_of_channels) {
  auto const make = [&](std::string const& name, std::string const& dataset) {
    h5_file file(path(name));
    put_frames(file, dataset);
    for (int channel : {1, 2}) {
      std::vector<double> mask(pixels);
      mask[static_cast<std::size_t>(channel)] = 2;
      put_array(file, detector + "/threshold_" + std::to_string(channel) + "_channel/pixel_mask", H5T_STD_U32LE,
                {rows, columns}, mask);
    }
    put_number(file, detector + "/x_pixel_size", H5T_IEEE_F64LE, 75e-6);
  };
  make("both.h5", "/entry/data/data");
  auto const both = describe("both.h5").mask;
  ASSERT_EQ(both.size(), pixels);
  EXPECT_EQ(both[1], 1);
  EXPECT_EQ(both[2], 1);
  make("one.h5", "/entry/data/threshold_2");
  auto const one = describe("one.h5", "/entry/data/threshold_2").mask;
  ASSERT_EQ(one.size(), pixels);
  EXPECT_EQ(one[1], 0);
  EXPECT_EQ(one[2], 1);
}

TEST_F(described, that_is_turned_or_absurd_makes_no_geometry) {
  auto const make = [&](std::string const& name, double distance, double angle) {
    h5_file file(path(name));
    put_frames(file, "/entry/data/data");
    for (char const axis : {'x', 'y'}) {
      put_number(file, detector + "/" + axis + "_pixel_size", H5T_IEEE_F64LE, 1e-4, "m");
      put_number(file, detector + "/beam_center_" + axis, H5T_IEEE_F64LE, 3);
    }
    put_number(file, detector + "/distance", H5T_IEEE_F64LE, distance, "m");
    put_number(file, "/entry/instrument/monochromator/energy", H5T_IEEE_F64LE, 60, "keV");
    put_number(file, detector + "/transformations/two_theta", H5T_IEEE_F64LE, angle, "deg");
    put_attribute(file, detector + "/transformations/two_theta", "transformation_type", "rotation");
  };
  make("upright.h5", 0.3, 0);
  EXPECT_EQ(lacking_of(describe("upright.h5")), "");
  EXPECT_THAT(describe("upright.h5").wavelength, Optional(DoubleNear(0.20664e-10, 1e-15)));
  make("turned.h5", 0.3, 12);
  EXPECT_THAT(lacking_of(describe("turned.h5")), HasSubstr("transformations/two_theta"));
  make("far.h5", 1e9, 0);
  EXPECT_THAT(lacking_of(describe("far.h5")), HasSubstr("absurd"));
  make("nowhere.h5", 0, 0);
  auto const message = input_error_of([&] { geometry_of(describe("nowhere.h5"), rows, columns); });
  ASSERT_TRUE(message);
  EXPECT_THAT(*message, HasSubstr("it has no detector_distance; give a PONI file"));
}

TEST_F(described, modules_with_files_of_their_own_are_no_series) {
  for (int m = 0; m < 3; ++m) {
    h5_file file(path("m" + std::to_string(m) + ".nxs"));
    put_frames(file, detector + "/data");
    put_number(file, detector + "/x_pixel_size", H5T_IEEE_F64LE, 55, "um");
    put_array(file, detector + "/translation/distance", H5T_IEEE_F64LE, {3}, {0, m == 2 ? 0.0 : 0.0141 * m, 0});
    put_attribute(file, detector, "NX_class", "NXdetector");
  }
  auto const open = [&](int m) { return open_stack(path("m" + std::to_string(m) + ".nxs"), detector + "/data"); };
  EXPECT_EQ(describe_detector(open(1)).module, "(0, 0.0141, 0)");
  EXPECT_NO_THROW(refuse_modules_in_a_row(open(1)));
  EXPECT_NO_THROW(refuse_modules_in_a_row(concatenate({open(0), open(2)})));
  auto const both = concatenate({open(0), open(1)});
  EXPECT_EQ(describe_detector(both).source, path("m0.nxs") + "::" + detector);
  auto const message = input_error_of([&] { refuse_modules_in_a_row(both); });
  ASSERT_TRUE(message);
  EXPECT_THAT(*message, HasSubstr("at (0, 0, 0) and (0, 0.0141, 0), not frames one after the other"));
}

TEST_F(described, in_ways_that_cannot_be_read) {
  {
    h5_file file(path("odd.h5"));
    put_frames(file, "/entry/data/data");
    put_array(file, detector + "/pixel_mask", H5T_STD_U32LE, {columns, rows}, std::vector<double>(pixels, 1));
    put_text(file, detector + "/flatfield", "a text");
    put_text(file, detector + "/saturation_value", "many");
    put_text(file, detector + "/underload_value", " -7 ");
    put_number(file, detector + "/x_pixel_size", H5T_IEEE_F64LE, std::nan(""), "m");
    put_array(file, detector + "/detector_distance", H5T_IEEE_F64LE, {2}, {0.2, 0.3});
    put_array(file, detector + "/y_pixel_size", H5T_IEEE_F64LE, {3}, {1e-4, 1e-4, 1e-4});
  }
  auto const found = describe("odd.h5");
  EXPECT_TRUE(found.mask.empty());
  ASSERT_FALSE(found.oddities.empty());
  EXPECT_THAT(found.oddities.front(), HasSubstr("pixel_mask is [7][11], but frames are [11][7]"));
  EXPECT_FALSE(found.highest);
  EXPECT_THAT(found.lowest, Optional(-7.0));
  EXPECT_FALSE(found.pixel2);
  EXPECT_FALSE(found.distance) << "it varies";
  EXPECT_THAT(found.pixel1, Optional(1e-4));
  {
    auto file = h5_file::reopen(path("odd.h5"));
    put_number(file, detector + "/count_time", H5T_IEEE_F64LE, 1, "fortnights");
  }
  auto const message = input_error_of([&] { describe("odd.h5"); });
  ASSERT_TRUE(message);
  EXPECT_THAT(*message, HasSubstr("units of 'fortnights'"));
}

TEST(described_geometry, of_a_detector_known_by_name_has_its_gaps) {
  detector_description eiger;
  eiger.name = "Dectris EIGER2 CdTe 1M-W, S/N 1";
  eiger.pixel1 = eiger.pixel2 = 75e-6;
  eiger.distance = 1;
  eiger.centre1 = eiger.centre2 = 0;
  eiger.wavelength = 1e-10;
  auto const known = geometry_of(eiger, 512, 2068);
  EXPECT_EQ(known.detector.name, "Eiger2 CdTe 1M-W");
  EXPECT_FALSE(known.detector.gaps.empty());
  EXPECT_TRUE(geometry_of(eiger, 512, 2067).detector.gaps.empty());
  eiger.pixel1 = 150e-6;
  EXPECT_TRUE(geometry_of(eiger, 512, 2068).detector.gaps.empty());

  poni given;
  given.detector.pixel1 = 150.5e-6;
  given.detector.pixel2 = 150e-6;
  given.wavelength = 1.2e-10;
  auto const lines = differences(eiger, given);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "columns of 75 um, but the geometry given has 150 um");
  EXPECT_THAT(lines[1], HasSubstr("wavelength of 1 A"));
}

TEST(quantity, units_as_files_write_them) {
  EXPECT_EQ(metres_in("mm"), 1e-3);
  EXPECT_EQ(metres_in(" Angstrom "), 1e-10);
  EXPECT_EQ(metres_in("A"), 1e-10);
  EXPECT_EQ(metres_in("µm"), 1e-6);
  EXPECT_EQ(metres_in("M"), 1);
  EXPECT_EQ(metres_in("pixel"), std::nullopt);
  EXPECT_EQ(metres_in(""), std::nullopt);
  EXPECT_EQ(electronvolts_in("keV"), 1e3);
  EXPECT_EQ(electronvolts_in("meV"), 1e-3);
  EXPECT_EQ(electronvolts_in("MeV"), 1e6);
  EXPECT_EQ(seconds_in("us"), 1e-6);
}

}  // namespace
}  // namespace xrdct
