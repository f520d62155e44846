#include "xrdct/geometry/poni.hpp"

#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace xrdct {
namespace {

using testing::HasSubstr;

constexpr char const* position = "Distance: 0.2\nPoni1: 0.01\nPoni2: 0.02\nRot1: 0.1\nRot2: -0.2\nRot3: 3e-1\n";

std::string with_position(std::string const& text) { return text + position; }

/// The message of the input_error that parsing throws; "" where it throws none.
std::string complaint(std::string const& text) {
  try {
    parse_poni(text, "a.poni");
  } catch (input_error const& error) {
    return error.what();
  }
  return "";
}

TEST(poni, version_2_with_a_known_detector) {
  std::string const text = "# a comment: 7\nponi_version: 2\nDetector: Pilatus300k\nDetector_config: {}\n" +
                           std::string(position) + "Wavelength: 7.256147218263586e-11\n";
  poni const p = parse_poni(text, "a.poni");
  EXPECT_EQ(p.detector.name, "Pilatus 300k");
  EXPECT_EQ(p.detector.rows, 619);
  EXPECT_EQ(p.detector.columns, 487);
  EXPECT_EQ(p.detector.pixel1, 172e-6);
  EXPECT_EQ(p.detector.gaps.size(), 619U * 487U);
  EXPECT_TRUE(p.detector.negative_is_dead);
  EXPECT_EQ(p.distance, 0.2);
  EXPECT_EQ(p.poni1, 0.01);
  EXPECT_EQ(p.poni2, 0.02);
  EXPECT_EQ(p.rot1, 0.1);
  EXPECT_EQ(p.rot2, -0.2);
  EXPECT_EQ(p.rot3, 0.3);
  EXPECT_EQ(p.wavelength, 7.256147218263586e-11);
  EXPECT_EQ(p.text, text);
}

TEST(poni, version_2_1_has_an_orientation) {
  poni const p = parse_poni(with_position("poni_version: 2.1\nDetector: Detector\nDetector_config: {\"pixel1\": 1e-4, "
                                          "\"pixel2\": 2e-4, \"max_shape\": [120, 124], \"orientation\": 2}\n"),
                            "a.poni");
  EXPECT_EQ(p.detector.name, "Detector");
  EXPECT_EQ(p.detector.pixel1, 1e-4);
  EXPECT_EQ(p.detector.pixel2, 2e-4);
  EXPECT_EQ(p.detector.rows, 120);
  EXPECT_EQ(p.detector.columns, 124);
  EXPECT_EQ(p.detector.orientation, 2);
  EXPECT_TRUE(p.detector.gaps.empty());
  EXPECT_EQ(p.wavelength, 0);
  poni const unspecified =
      parse_poni(with_position("Detector: Eiger2_1M\nDetector_config: {\"orientation\": 0}\n"), "a.poni");
  EXPECT_EQ(unspecified.detector.orientation, 3);
}

TEST(poni, what_pyfai_2026_writes_as_version_3) {
  poni const p =
      parse_poni(with_position("poni_version: 3\nDetector: Pilatus100k\nDetector_config: {\"orientation\": 3, "
                               "\"sensor\": {\"material\": \"Si\", \"thickness\": 0.00032}}\nParallax: False\n"),
                 "a.poni");
  EXPECT_EQ(p.detector.name, "Pilatus 100k");
  EXPECT_THAT(complaint(with_position("Detector: Pilatus100k\nParallax: True\n")), HasSubstr("Parallax"));
  EXPECT_THAT(complaint(with_position("poni_version: 4\nDetector: Pilatus100k\n")), HasSubstr("version 4 is unknown"));
}

TEST(poni, version_1_gives_pixel_sizes) {
  poni const plain =
      parse_poni(with_position("PixelSize1: 0.000172\nPixelSize2: 0.0001\nSplineFile: None\n"), "a.poni");
  EXPECT_EQ(plain.detector.name, "Detector");
  EXPECT_EQ(plain.detector.pixel1, 0.000172);
  EXPECT_EQ(plain.detector.pixel2, 0.0001);
  EXPECT_EQ(plain.detector.rows, 0);
  poni const known =
      parse_poni(with_position("Detector: Pilatus2M\nPixelSize1: 0.000172\nPixelSize2: 0.000172\n"), "b");
  EXPECT_EQ(known.detector.name, "Pilatus 2M");
  EXPECT_EQ(known.detector.columns, 1475);
}

TEST(poni, keys_have_no_case_and_lines_may_end_as_on_windows) {
  poni const p = parse_poni(
      "PONI_VERSION: 2\r\ndetector: eiger_1m\r\nDETECTOR_CONFIG: {}\r\ndistance: 1\r\nPONI1: 2\r\nponi2: +3\r\n"
      "no colon here\r\n\r\n",
      "a.poni");
  EXPECT_EQ(p.detector.name, "Eiger 1M");
  EXPECT_EQ(p.poni2, 3);
  EXPECT_EQ(p.rot1, 0);
}

TEST(poni, the_last_block_holds) {
  poni const p =
      parse_poni(with_position("poni_version: 2\nDetector: Detector\nDetector_config: {\"pixel1\": 1e-3, "
                               "\"pixel2\": 1e-3}\n") +
                     "# newer\nponi_version: 2\nDetector: Eiger4M\nDetector_config: {}\nDistance: 0.7\nRot2: 0\n",
                 "a.poni");
  EXPECT_EQ(p.detector.name, "Eiger 4M");
  EXPECT_EQ(p.detector.pixel1, 75e-6);
  EXPECT_EQ(p.distance, 0.7);
  EXPECT_EQ(p.rot2, 0);
  EXPECT_EQ(p.rot1, 0.1);
}

TEST(poni, a_new_detector_drops_what_older_blocks_said_of_theirs) {
  std::string const older = with_position("Detector: Detector\nPixelSize1: 1e-3\nPixelSize2: 1e-3\n");
  poni const newer = parse_poni(older + "Detector: Eiger4M\nDetector_config: {}\n", "a.poni");
  EXPECT_EQ(newer.detector.pixel2, 75e-6);
  poni const back = parse_poni(
      with_position("Detector: Eiger4M\nDetector_config: {\"max_shape\": [10, 10]}\n") + "Detector: Eiger4M\n",
      "a.poni");
  EXPECT_EQ(back.detector.rows, 2167);
}

TEST(poni, a_known_detector_of_another_shape_and_pixel) {
  poni const p = parse_poni(
      with_position("Detector: Pilatus1M\nDetector_config: {\"max_shape\": [407, 487], \"pixel1\": 1.8e-4}\n"),
      "a.poni");
  EXPECT_EQ(p.detector.gaps, make_detector("Pilatus 200k").gaps);
  EXPECT_EQ(p.detector.pixel1, 1.8e-4);
  EXPECT_EQ(p.detector.pixel2, 172e-6);
}

TEST(poni, faults_are_named) {
  std::string const known = "Detector: Pilatus1M\n";
  EXPECT_THAT(complaint(known + "Poni1: 0\nPoni2: 0\n"), HasSubstr("PONI file a.poni: it has no Distance"));
  EXPECT_THAT(complaint(""), HasSubstr("no Distance"));
  EXPECT_THAT(complaint(known + "Distance: 0\nPoni1: 0\nPoni2: 0\n"), HasSubstr("distance is 0; it must be positive"));
  EXPECT_THAT(complaint(known + "Distance: -0.1\nPoni1: 0\nPoni2: 0\n"), HasSubstr("must be positive"));
  for (char const* value : {"nan", "inf", "1e999", "12 cm", "0x10", "--1", "1,5"})
    EXPECT_THAT(complaint(known + "Distance: " + value + "\nPoni1: 0\nPoni2: 0\n"), HasSubstr("not a finite number"))
        << value;
  EXPECT_THAT(complaint(with_position(known) + "Poni2: x\n"), HasSubstr("poni2 is 'x'"));
  EXPECT_THAT(complaint(known + "Distance: 1\nPoni2: 0\n"), HasSubstr("it has no poni1"));
  EXPECT_THAT(complaint(with_position(known) + "Wavelength: -1e-10\n"), HasSubstr("wavelength"));
  EXPECT_THAT(complaint(with_position("Detector: Pilatos1M\n")), HasSubstr("'Pilatos1M' is unknown"));
  EXPECT_THAT(complaint(with_position("")), HasSubstr("no pixel size"));
  EXPECT_THAT(complaint(with_position("PixelSize1: 1e-4\n")), HasSubstr("pixel2"));
  EXPECT_THAT(complaint(with_position("PixelSize1: 1e-4\nPixelSize2: 0\n")), HasSubstr("pixelsize2"));
}

TEST(poni, faults_of_the_configuration_are_named) {
  auto const with = [](std::string const& config) {
    return complaint(with_position("Detector: Detector\nDetector_config: " + config + "\n"));
  };
  EXPECT_THAT(with("{\"pixel1\": "), HasSubstr("not a JSON object"));
  EXPECT_THAT(with("[1, 2]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(with(std::string(100000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(with("{}"), HasSubstr("no pixel size"));
  EXPECT_THAT(with(R"({"pixel1": "a", "pixel2": 1e-4})"), HasSubstr("pixel1"));
  EXPECT_THAT(with(R"({"pixel1": 1e-4, "pixel2": -1e-4})"), HasSubstr("pixel2"));
  std::string const pixels = R"({"pixel1": 1e-4, "pixel2": 1e-4, )";
  for (char const* shape : {"5", "[1]", "[1, 2, 3]", "[0, 7]", "[-5, 7]", "[1.5, 2]", "[1000000, 1000000]",
                            "[1e300, 1]", "[99999999999999999999, 1]", "\"a\""})
    EXPECT_THAT(with(pixels + "\"max_shape\": " + shape + "}"), HasSubstr("max_shape")) << shape;
  for (char const* orientation : {"5", "-1", "2.5", "\"3\""})
    EXPECT_THAT(with(pixels + "\"orientation\": " + orientation + "}"), HasSubstr("orientation")) << orientation;
  EXPECT_THAT(with(pixels + "\"splineFile\": \"a.spline\"}"), HasSubstr("splineFile"));
  EXPECT_THAT(with(pixels + "\"binning\": [2, 2]}"), HasSubstr("binning"));
  EXPECT_EQ(with(pixels + "\"splineFile\": null, \"max_shape\": null, \"binning\": [1, 1]}"), "");
}

// The JSON library copies and destroys by recursion, which ends where the stack does.
TEST(poni, a_configuration_that_is_nested_too_deeply_is_refused) {
  auto const nested = [](std::size_t depth) {
    return with_position("Detector: Pilatus100k\nDetector_config: {\"binning\": " + std::string(depth, '[') +
                         std::string(depth, ']') + "}\n");
  };
  EXPECT_THAT(complaint(nested(30)), HasSubstr("binning"));
  EXPECT_THAT(complaint(nested(1000000)), HasSubstr("Detector_config is nested too deeply"));
}

TEST(poni, files) {
  test::temporary_folder const folder;
  EXPECT_THROW(read_poni((folder / "absent.poni").string()), input_error);
  EXPECT_THROW(read_poni(folder.path().string()), input_error);
  std::ofstream(folder / "empty.poni");
  EXPECT_THROW(read_poni((folder / "empty.poni").string()), input_error);
  std::ofstream(folder / "long.poni") << std::string((1 << 20) + 1, '#');
  EXPECT_THROW(read_poni((folder / "long.poni").string()), input_error);
  std::ofstream(folder / "good.poni") << with_position("Detector: Pilatus1M\n");
  EXPECT_EQ(read_poni((folder / "good.poni").string()).detector.rows, 1043);
}

TEST(poni, a_detector_is_known_by_name_beside_a_file_of_that_name) {
  test::temporary_folder const folder;
  std::filesystem::create_directory(folder / "with.a.dot");
  std::ofstream(folder / "with.a.dot/Pilatus1M") << "notes on a detector";
  std::string const beside = (folder / "with.a.dot/g.poni").string();
  EXPECT_EQ(parse_poni(with_position("Detector: Pilatus1M\n"), beside).detector.rows, 1043);
  std::ofstream(folder / "with.a.dot/Pilatus.h5") << "no detector";
  EXPECT_THROW(parse_poni(with_position("Detector: Pilatus.h5\n"), beside), input_error);
}

TEST(poni, a_real_file_of_several_blocks) {
  XRDCT_NEEDS_SHARED("data/cbf/pilatus2m_CeO2/CeO2.poni");
  poni const p = read_poni(test::shared("data/cbf/pilatus2m_CeO2/CeO2.poni").string());
  EXPECT_EQ(p.detector.name, "Pilatus 2M");
  EXPECT_EQ(p.poni1, 0.144719659691);
  EXPECT_EQ(p.rot3, 3.66161450116e-09);
  EXPECT_EQ(p.wavelength, 1.74625623831e-11);
}

TEST(poni, the_shape_of_frames_fits_or_not) {
  poni p = parse_poni(with_position("PixelSize1: 1e-4\nPixelSize2: 1e-4\n"), "a.poni");
  fit_shape(p, 100, 200);
  EXPECT_EQ(p.detector.rows, 100);
  EXPECT_EQ(p.detector.columns, 200);
  EXPECT_NO_THROW(fit_shape(p, 100, 200));
  try {
    fit_shape(p, 200, 100);
    FAIL() << "another shape was accepted";
  } catch (input_error const& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("200 rows × 100 columns"), HasSubstr("100 × 200")));
  }
}

}  // namespace
}  // namespace xrdct
