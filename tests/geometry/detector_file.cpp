/// \file Detectors described by files: what is read of pyFAI's, what of broken ones is refused, and what comes of
/// pixels.

#include "xrdct/geometry/detector_file.hpp"

#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/geometry/integration.hpp"
#include "xrdct/io/hdf5.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>

namespace xrdct {
namespace {

using testing::HasSubstr;

std::string given(std::string const& name) { return test::own_data("geometry/detectors/" + name).string(); }

TEST(detector_file, what_pyfai_writes_is_read) {
  detector const distorted = read_detector_file(given("distorted.h5"));
  EXPECT_EQ(distorted.name, "distorted");
  EXPECT_EQ(distorted.rows, 21);
  EXPECT_EQ(distorted.columns, 18);
  EXPECT_EQ(distorted.orientation, 3);
  EXPECT_NEAR(distorted.pixel1, 1.5e-4, 1e-10);
  EXPECT_NEAR(distorted.pixel2, 1.2e-4, 1e-10);
  ASSERT_EQ(distorted.gaps.size(), 21U * 18U);
  EXPECT_GT(std::count(distorted.gaps.begin(), distorted.gaps.end(), 1), 0);
  ASSERT_NE(distorted.corners, nullptr);
  EXPECT_TRUE(distorted.corners->shared);
  EXPECT_TRUE(distorted.corners->flat);
  EXPECT_EQ(distorted.corners->positions.size(), 22U * 19U * 3U);
  EXPECT_FALSE(read_detector_file(given("bent.h5")).corners->flat);
  EXPECT_FALSE(read_detector_file(given("gaps.h5")).corners->shared);
  detector const hexagons = read_detector_file(given("hexagons.h5"));
  EXPECT_EQ(hexagons.corners->corners, 6);
  EXPECT_TRUE(hexagons.gaps.empty());
  detector const plain = read_detector_file(given("plain.h5"));
  EXPECT_EQ(plain.corners, nullptr);
  EXPECT_EQ(plain.pixel1, 1.5e-4);
  detector const holes = read_detector_file(given("holes.h5"));
  EXPECT_EQ(std::count(holes.gaps.begin(), holes.gaps.end(), 1), 6);
  EXPECT_EQ(holes.gaps[3 * 18 + 4], 1);
}

constexpr char const* position = "Distance: 0.05\nPoni1: 1e-3\nPoni2: 1e-3\n";

TEST(detector_file, is_named_by_a_poni_file_and_lies_beside_it) {
  std::string const beside = given("x.poni");
  poni const configured =
      parse_poni(std::string("Detector: NexusDetector\nDetector_config: {\"filename\": \"gaps.h5\", "
                             "\"orientation\": 2}\n") +
                     position,
                 beside);
  EXPECT_EQ(configured.detector.name, "gaps");
  EXPECT_EQ(configured.detector.orientation, 2);
  poni const older =
      parse_poni(std::string("Detector: bent.h5\nPixelSize1: 1e-4\nPixelSize2: 1e-4\n") + position, beside);
  EXPECT_EQ(older.detector.name, "bent");
  EXPECT_EQ(older.detector.orientation, 3);
  poni const absolute = parse_poni("Detector: " + given("bent.h5") + "\n" + position, "elsewhere.poni");
  EXPECT_EQ(absolute.detector.name, "bent");
  EXPECT_THROW(parse_poni(std::string("Detector: NexusDetector\n") + position, beside), input_error);
  EXPECT_THROW(
      parse_poni(std::string("Detector: NexusDetector\nDetector_config: {\"filename\": 7}\n") + position, beside),
      input_error);
  EXPECT_THROW(
      parse_poni(std::string("Detector: NexusDetector\nDetector_config: {\"filename\": \"absent.h5\"}\n") + position,
                 beside),
      input_error);
}

/// Writes detector files of any fault.
class written_detector {
 public:
  explicit written_detector(std::string const& path) {
    hdf5::start();
    file_ = hdf5::need(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose, path);
    group("/entry", "NXentry");
    group("/entry/pyFAI", "NXsubentry");
    group("/entry/pyFAI/it", "NXdetector");
  }

  void array(std::string const& name, std::vector<hsize_t> const& extent, std::vector<float> const& values) {
    hdf5::handle const space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
    hdf5::handle const dataset =
        hdf5::need(H5Dcreate2(file_.id(), ("/entry/pyFAI/it/" + name).c_str(), H5T_NATIVE_FLOAT, space.id(),
                              H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                   H5Dclose, name);
    if (!values.empty())
      hdf5::need(H5Dwrite(dataset.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), name);
  }

 private:
  void group(std::string const& path, std::string const& kind) {
    hdf5::handle const made =
        hdf5::need(H5Gcreate2(file_.id(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose, path);
    hdf5::handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), kind.size());
    hdf5::handle const space(H5Screate(H5S_SCALAR), H5Sclose);
    hdf5::handle const note(H5Acreate2(made.id(), "NX_class", type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
                            H5Aclose);
    H5Awrite(note.id(), type.id(), kind.data());
  }

  hdf5::handle file_;
};

/// Corners of a grid of 3 × 5 pixels of 0.1 mm.
std::vector<float> grid_corners() {
  std::vector<float> made;
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 5; ++column)
      for (auto [down, right] : {std::pair{0, 0}, {1, 0}, {1, 1}, {0, 1}})
        made.insert(made.end(),
                    {0, 1e-4F * static_cast<float>(row + down), 1e-4F * static_cast<float>(column + right)});
  return made;
}

template <class writer>
std::string complaint(writer const& write) {
  test::temporary_folder const folder;
  std::string const path = (folder / "d.h5").string();
  {
    written_detector file(path);
    write(file);
  }
  try {
    read_detector_file(path);
  } catch (input_error const& error) {
    return error.what();
  }
  return "";
}

TEST(detector_file, faults_are_named) {
  auto const with_corners = [](std::vector<hsize_t> const& extent, std::vector<float> const& values) {
    return complaint([&](written_detector& file) { file.array("pixel_corners", extent, values); });
  };
  EXPECT_EQ(with_corners({3, 5, 4, 3}, grid_corners()), "");
  EXPECT_THAT(complaint([](written_detector&) {}), HasSubstr("neither pixel_corners nor"));
  EXPECT_THAT(with_corners({3, 5, 12}, grid_corners()), HasSubstr("not an array"));
  EXPECT_THAT(with_corners({3, 5, 3, 4}, grid_corners()), HasSubstr("not an array"));
  EXPECT_THAT(with_corners({3, 4, 5, 3}, grid_corners()), HasSubstr("pixels of 5 corners"));
  EXPECT_THAT(with_corners({0, 5, 4, 3}, {}), HasSubstr("not an array"));
  EXPECT_THAT(with_corners({100000, 100000, 4, 3}, {}), HasSubstr("absurdly large"));
  EXPECT_THAT(with_corners({8000, 8000, 4, 3}, {}), HasSubstr("no extent"));  // declared, never written: 3 GB
  EXPECT_THAT(with_corners({3, 5, 4, 3}, std::vector<float>(180, NAN)), HasSubstr("no extent, or none has a position"));
  auto far = grid_corners();
  far[10] = 1e30F;
  EXPECT_THAT(with_corners({3, 5, 4, 3}, far), HasSubstr("1 km"));
  auto const also = [](std::string const& name, std::vector<hsize_t> const& extent, std::vector<float> const& values) {
    return complaint([&](written_detector& file) {
      file.array("pixel_corners", {3, 5, 4, 3}, grid_corners());
      file.array(name, extent, values);
    });
  };
  EXPECT_THAT(also("shape", {2}, {6, 10}), HasSubstr("binned ones"));
  EXPECT_THAT(also("shape", {2}, {3, 4.5}), HasSubstr("shape is no shape"));
  EXPECT_THAT(also("shape", {3}, {3, 5, 1}), HasSubstr("shape is no shape"));
  EXPECT_THAT(also("shape", {2}, {1e6, 1e6}), HasSubstr("shape is no shape"));
  EXPECT_THAT(also("mask", {3, 4}, std::vector<float>(12)), HasSubstr("mask has another shape"));
  EXPECT_THAT(also("mask", {15}, std::vector<float>(15)), HasSubstr("an image is needed"));
  EXPECT_THAT(also("orientation", {1}, {7}), HasSubstr("orientation"));
  EXPECT_THAT(also("orientation", {1}, {NAN}), HasSubstr("orientation"));
  EXPECT_EQ(also("orientation", {1}, {2}), "");
  EXPECT_EQ(also("pixel_size", {2}, {-1, NAN}), "");
}

TEST(detector_file, of_another_kind_is_refused) {
  test::temporary_folder const folder;
  EXPECT_THROW(read_detector_file((folder / "absent.h5").string()), input_error);
  EXPECT_THROW(read_detector_file(folder.path().string()), input_error);
  std::ofstream(folder / "text.h5") << "no HDF5";
  EXPECT_THROW(read_detector_file((folder / "text.h5").string()), input_error);
  EXPECT_THROW(read_detector_file(given("solved.h5")), input_error);
}

poni with_detector(std::string const& name) {
  poni p = parse_poni("Detector: " + given(name) + "\nRot1: 0.1\nRot2: 0.2\nWavelength: 3e-11\n" + position, "a.poni");
  return p;
}

double total(integration_matrix const& matrix, std::size_t pixel) {
  double sum = 0;
  for (auto i = matrix.offsets[pixel]; i < matrix.offsets[pixel + 1]; ++i)
    sum += static_cast<double>(matrix.coefficient[i]);
  return sum;
}

TEST(detector_file, every_pixel_with_a_position_keeps_its_total) {
  for (char const* name : {"distorted.h5", "contiguous.h5", "bent.h5", "gaps.h5", "holes.h5", "hexagons.h5"}) {
    poni const p = with_detector(name);
    for (auto splitting : {pixel_splitting::no, pixel_splitting::bbox, pixel_splitting::full})
      for (auto azimuth_bins : {std::optional<int>(), std::optional(7)}) {
        integration_options options;
        options.bins = 40;
        options.splitting = splitting;
        options.azimuth_bins = azimuth_bins;
        auto const matrix = make_integration(p, options, {}).matrix;  // also without its gaps masked
        for (std::size_t pixel = 0; pixel < matrix.pixels(); ++pixel) {
          bool const hole = std::string(name) == "holes.h5" && p.detector.gaps[pixel] != 0;
          ASSERT_NEAR(total(matrix, pixel), hole ? 0 : 1, 3e-6) << name << ", pixel " << pixel;
        }
      }
  }
}

/// A plain detector, and the same by its corners: all that differs is that these are in float.
TEST(detector_file, corners_of_a_grid_give_what_the_grid_gives) {
  test::temporary_folder const folder;
  std::string const path = (folder / "grid.h5").string();
  for (int orientation : {1, 2, 3, 4}) {
    auto corners = grid_corners();
    for (bool reversed : {false, true}) {
      if (reversed)  // x descends with columns; so does the plain detector's that is mirrored in them
        for (std::size_t i = 2; i < corners.size(); i += 3) corners[i] = 5e-4F - corners[i];
      written_detector(path).array("pixel_corners", {3, 5, 4, 3}, corners);
      poni by_file =
          parse_poni("Detector: " + path + "\nDetector_config: {\"orientation\": " + std::to_string(orientation) +
                         "}\nRot1: 0.1\nRot2: 0.2\nRot3: 1.2\nDistance: 5e-3\nPoni1: -2e-4\nPoni2: 1e-4\n",
                     "a.poni");
      poni plain = by_file;
      plain.detector = {};
      plain.detector.pixel1 = plain.detector.pixel2 = 1e-4;
      plain.detector.rows = 3;
      plain.detector.columns = 5;
      constexpr std::array with_columns_mirrored{2, 1, 4, 3};
      plain.detector.orientation =
          reversed ? with_columns_mirrored[static_cast<std::size_t>(orientation - 1)] : orientation;
      for (auto splitting : {pixel_splitting::bbox, pixel_splitting::full}) {
        integration_options options;
        options.bins = 30;
        options.unit = radial_unit::two_theta_deg;
        options.splitting = splitting;
        options.radial_range = {{1, 14}};
        auto const a = make_integration(by_file, options, {}).matrix, b = make_integration(plain, options, {}).matrix;
        ASSERT_EQ(a.bin, b.bin) << "orientation " << orientation;
        for (std::size_t i = 0; i < a.entries(); ++i) ASSERT_NEAR(a.coefficient[i], b.coefficient[i], 2e-5);
        auto const solid = solid_angle(by_file), expected = solid_angle(plain);
        for (std::size_t i = 0; i < solid.size(); ++i) ASSERT_NEAR(solid[i], expected[i], 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace xrdct
