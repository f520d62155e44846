// Tomograms of scikit-image and of silx, made from the same sinograms (tests/data/tomo/make.py, and the reference
// scan).
#include "tests/support/shared_data.hpp"
#include "tests/tomo/backends.hpp"
#include "tests/tomo/npy.hpp"
#include "xrdct/tomo/fbp.hpp"
#include "xrdct/tomo/filters.hpp"
#include "xrdct/tomo/geometry.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

namespace xrdct::test {
namespace {

class peers_on : public testing::TestWithParam<tomograph_backend> {};

std::vector<float> reconstruct(tomograph_backend const& backend, std::vector<double> const& angles,
                               std::vector<float> const& sinogram, std::size_t channels, window filter,
                               convention whose) {
  scan_geometry geometry;
  geometry.angles = angles;
  geometry.translations = static_cast<int>(sinogram.size() / channels / angles.size());
  geometry.size = geometry.translations;
  geometry.axis = default_axis(whose, geometry.translations);
  geometry.centre = centre(whose, geometry.size);
  std::vector<float> tomogram(static_cast<std::size_t>(geometry.size * geometry.size) * channels);
  fbp(*backend.make(geometry), geometry, view<float const>(sinogram.data(), sinogram.size() / channels, channels), {},
      make_filter(filter, whose, geometry.translations), angle_weights(angles, whose), 0,
      view<float>(tomogram.data(), tomogram.size() / channels, channels), {});
  return tomogram;
}

/// Compares all channels of all pixels that are at least two within the circle, in parts of the largest value there.
void expect_equal(std::vector<float> const& got, double const* expected, int size, std::size_t channels,
                  double tolerance, std::string const& what) {
  double largest = 0;
  double worst = 0;
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      if (std::hypot(row - size / 2, column - size / 2) > size / 2 - 2) continue;
      std::size_t const first = static_cast<std::size_t>(row * size + column) * channels;
      for (std::size_t i = first; i < first + channels; ++i) {
        ASSERT_TRUE(std::isfinite(got[i]));
        largest = std::max(largest, std::abs(expected[i]));
        worst = std::max(worst, std::abs(got[i] - expected[i]));
      }
    }
  }
  ASSERT_GT(largest, 0);
  EXPECT_LE(worst, tolerance * largest) << what;
}

void compare(tomograph_backend const& backend, convention whose, std::string const& angles, std::string const& peer,
             std::vector<window> const& filters, double tolerance) {
  for (int const size : {41, 60}) {
    std::string const prefix = "tomo/" + std::to_string(size) + "_";
    auto const sinogram = read_npy(own_data(prefix + "sinogram.npy"));
    auto const expected = read_npy(own_data(prefix + peer + ".npy"));
    ASSERT_EQ(expected.values.size(), filters.size() * static_cast<std::size_t>(size * size));
    for (std::size_t f = 0; f < filters.size(); ++f) {
      auto const tomogram =
          reconstruct(backend, read_npy(own_data(prefix + angles + ".npy")).values,
                      std::vector<float>(sinogram.values.begin(), sinogram.values.end()), 1, filters[f], whose);
      expect_equal(tomogram, expected.values.data() + f * static_cast<std::size_t>(size * size), size, 1, tolerance,
                   std::string(name_of(filters[f])) + " of " + std::to_string(size));
    }
  }
}

TEST_P(peers_on, scikit_image) {
  compare(GetParam(), convention::skimage, "uneven_angles", "skimage",
          {window::ramp, window::shepp_logan, window::cosine, window::hann, window::hamming, window::none}, 1e-6);
}

/// silx computes in float32, positions and transforms too: 3e-6 is what it differs by from double precision.
TEST_P(peers_on, silx) {
  compare(GetParam(), convention::silx, "angles", "silx",
          {window::ramp, window::shepp_logan, window::cosine, window::hann, window::hamming}, 1e-5);
}

template <class T>
std::vector<T> read_dataset(std::filesystem::path const& file, char const* name, hid_t type) {
  hid_t const opened = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t const dataset = opened < 0 ? -1 : H5Dopen2(opened, name, H5P_DEFAULT);
  hid_t const space = dataset < 0 ? -1 : H5Dget_space(dataset);
  std::vector<T> values(space < 0 ? 0 : static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  bool const read = space >= 0 && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
  if (space >= 0) H5Sclose(space);
  if (dataset >= 0) H5Dclose(dataset);
  if (opened >= 0) H5Fclose(opened);
  if (!read) throw std::runtime_error("cannot read " + file.string() + "::" + name);
  return values;
}

TEST_P(peers_on, scikit_image_on_the_reference_scan) {
  XRDCT_NEEDS_SHARED("data/scans/raster/expected.h5");
  auto const file = shared("data/scans/raster/expected.h5");
  auto const degrees = read_dataset<double>(file, "rotation_deg", H5T_NATIVE_DOUBLE);
  auto const patterns = read_dataset<float>(file, "pattern", H5T_NATIVE_FLOAT);
  auto const places = read_dataset<std::int64_t>(file, "sinogram_index", H5T_NATIVE_INT64);
  auto const expected = read_dataset<double>(file, "fbp_ramp_skimage", H5T_NATIVE_DOUBLE);
  std::size_t const channels = 160;
  std::size_t const translations = 41;
  ASSERT_EQ(degrees.size(), 48U);
  ASSERT_EQ(places.size(), 2 * 48 * translations);
  ASSERT_EQ(patterns.size(), 48 * translations * channels);
  std::vector<double> angles;
  for (double const angle : degrees) angles.push_back(angle * std::numbers::pi / 180);
  std::vector<float> sinogram(patterns.size());
  for (std::size_t frame = 0; frame < places.size() / 2; ++frame) {
    auto const rotation = static_cast<std::size_t>(places[2 * frame]);
    auto const translation = static_cast<std::size_t>(places[2 * frame + 1]);
    ASSERT_TRUE(rotation < 48 && translation < translations);
    std::copy_n(patterns.begin() + static_cast<std::ptrdiff_t>(frame * channels), channels,
                sinogram.begin() + static_cast<std::ptrdiff_t>((rotation * translations + translation) * channels));
  }
  auto const tomogram = reconstruct(GetParam(), angles, sinogram, channels, window::ramp, convention::skimage);
  expect_equal(tomogram, expected.data(), 41, channels, 1e-6, "the reference scan");
}

INSTANTIATE_TEST_SUITE_P(tomo, peers_on, testing::ValuesIn(tomograph_backends()),
                         [](auto const& one) { return one.param.name; });

}  // namespace
}  // namespace xrdct::test
