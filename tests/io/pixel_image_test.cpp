// Images for masks, darks and flats, wherever they are: HDF5 of all kinds, means of stacks, bits of NeXus.

#include "xrdct/io/pixel_image.hpp"

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace xrdct {
namespace {

using test::h5_file;
using test::input_error_of;
using test::put_array;
using testing::HasSubstr;

constexpr hsize_t rows = 5, columns = 9;
constexpr std::size_t pixels = rows * columns;

std::vector<double> numbers(std::size_t n, unsigned seed, int most = 1000) {
  std::mt19937 random(seed);
  std::vector<double> values(n);
  for (auto& v : values) v = static_cast<double>(random() % static_cast<unsigned>(most));
  return values;
}

class pixel_images : public ::testing::Test {
 protected:
  void SetUp() override { hdf5::start(); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  static pixel_image read(std::string const& what, std::string const& meaning = "dark", bool mean = true) {
    return read_pixel_image(what, {meaning, rows, columns, mean});
  }
  static std::vector<double> mask(std::string const& what) {
    return read_mask_image(what, rows, columns).pixels.values;
  }
  static std::string message(auto const& call) { return input_error_of(call).value_or("no error"); }
  test::temporary_folder folder_;
};

TEST_F(pixel_images, masks_of_truth_values_and_of_a_single_image_in_a_stack) {
  auto const values = numbers(pixels, 1, 2);
  {
    h5_file file(path("m.h5"));
    put_array(file, "/stack", H5T_STD_I8LE, {1, rows, columns}, values);
    test::handle const truth(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);  // as h5py has it
    std::int8_t const no = 0, yes = 1;
    H5Tenum_insert(truth.id(), "FALSE", &no);
    H5Tenum_insert(truth.id(), "TRUE", &yes);
    std::vector<std::int8_t> const bytes(values.begin(), values.end());
    test::write_all(file.dataset("/truth", truth.id(), {rows, columns}).id(), truth.id(), bytes.data());
  }
  EXPECT_EQ(mask(path("m.h5") + "::/stack"), values);
  EXPECT_EQ(mask(path("m.h5") + "::/truth"), values);
}

TEST_F(pixel_images, masks_of_bits_by_name_or_where_it_is_said) {
  std::vector<double> bits(pixels), expected(pixels), plain(pixels);
  for (std::size_t i = 0; i < 32; ++i) {
    bits[i] = static_cast<double>(std::uint64_t(1) << i);
    expected[i] = i < 16 ? 1 : 0;
    plain[i] = 1;
  }
  {
    h5_file file(path("bits.h5"));
    put_array(file, "/a/pixel_mask", H5T_STD_U32LE, {rows, columns}, bits);
    put_array(file, "/b/pixel_mask_2", H5T_STD_U32LE, {rows, columns}, bits);
    put_array(file, "/c/pixel_mask", H5T_IEEE_F32LE, {rows, columns}, bits);
    put_array(file, "/c/pixel_mask_applied", H5T_STD_U32LE, {rows, columns}, bits);
    put_array(file, "/d/other", H5T_STD_U32LE, {rows, columns}, bits);
    file.soft_link("/e", "/a/pixel_mask");
  }
  for (char const* name : {"/a/pixel_mask", "/b/pixel_mask_2", "/e"})
    EXPECT_EQ(mask(path("bits.h5") + "::" + name), expected) << name;
  for (char const* name : {"/c/pixel_mask", "/c/pixel_mask_applied", "/d/other"})
    EXPECT_EQ(mask(path("bits.h5") + "::" + name), plain) << name;
  EXPECT_EQ(mask("bits:" + path("bits.h5") + "::/d/other"), expected);
}

TEST_F(pixel_images, of_a_file_in_which_only_one_can_be_meant) {
  auto const one = numbers(pixels, 2), other = numbers(pixels, 3);
  {
    h5_file file(path("one.h5"));
    put_array(file, "/entry/list", H5T_IEEE_F64LE, {pixels}, one);
    put_array(file, "/entry/turned", H5T_IEEE_F64LE, {columns, rows}, one);
    put_array(file, "/entry/deep/image", H5T_STD_U16LE, {rows, columns}, one);
    file.soft_link("/entry/again", "/entry/deep/image");
    file.soft_link("/entry/nowhere", "/absent");
    file.soft_link("/entry/loop", "/entry");
  }
  auto const found = read(path("one.h5"));
  EXPECT_EQ(found.pixels.values, one);
  EXPECT_EQ(found.images, 1U);
  {
    h5_file file(path("master.h5"));
    put_array(file, "/entry/instrument/detector/pixel_mask", H5T_STD_U32LE, {rows, columns}, one);
    put_array(file, "/entry/instrument/detector/flatfield", H5T_IEEE_F32LE, {rows, columns}, other);
    put_array(file, "/entry/x", H5T_IEEE_F32LE, {rows, columns}, other);
  }
  EXPECT_EQ(read(path("master.h5"), "flat").pixels.values, other);
  EXPECT_TRUE(read(path("master.h5"), "mask").bits);
  auto const several = message([&] { read(path("master.h5"), "dark"); });
  EXPECT_THAT(several, HasSubstr("holds 3 images of 5 x 9 pixels that may be the dark"));
  EXPECT_THAT(several, HasSubstr("'/entry/instrument/detector/flatfield'"));
  {
    h5_file file(path("none.h5"));
    put_array(file, "/entry/turned", H5T_IEEE_F64LE, {columns, rows}, one);
  }
  EXPECT_THAT(message([&] { read(path("none.h5")); }), HasSubstr("without an image of 5 x 9 pixels"));
  EXPECT_THAT(message([&] { read(path("absent.h5")); }), HasSubstr("absent.h5"));
}

/// Of integers the mean is exact as long as their sum is.
TEST_F(pixel_images, the_mean_of_a_stack) {
  constexpr std::size_t n = 6;
  auto const all = numbers(n * pixels, 4, 60000);
  std::vector<double> mean(pixels);
  for (std::size_t i = 0; i < all.size(); ++i) mean[i % pixels] += all[i];
  for (auto& v : mean) v /= n;
  {
    h5_file file(path("darks.h5"));
    put_array(file, "/plain", H5T_STD_I32LE, {n, rows, columns}, all);
    auto const packed = file.dataset("/packed", H5T_STD_U16LE, {n, rows, columns},
                                     test::chunked({1, rows, columns}, 32008, {0, 2}).id());
    test::write_all(packed.id(), H5T_NATIVE_DOUBLE, all.data());
    file.dataset("/lacking", H5T_STD_U16LE, {n, rows, columns}, test::chunked({1, rows, columns}).id());
    test::write_frame(
        file.dataset("/half", H5T_STD_U16LE, {2, rows, columns}, test::chunked({1, rows, columns}).id()).id(),
        H5T_NATIVE_DOUBLE, 0, rows, columns, all.data());
  }
  for (char const* name : {"/plain", "/packed"}) {
    auto const found = read(path("darks.h5") + "::" + name);
    EXPECT_EQ(found.images, n);
    EXPECT_EQ(found.pixels.values, mean) << name;
  }
  EXPECT_THAT(message([&] { read(path("darks.h5") + "::/half"); }), HasSubstr("image 1 of"));
  EXPECT_THAT(message([&] { read(path("darks.h5") + "::/lacking"); }), HasSubstr("nothing was ever written"));
  EXPECT_THAT(message([&] { read(path("darks.h5") + "::/plain", "mask", false); }), HasSubstr("an image is needed"));
}

TEST_F(pixel_images, the_mean_of_the_data_of_a_dectris_master) {
  auto const all = numbers(4 * pixels, 5);
  std::vector<double> mean(pixels);
  for (std::size_t i = 0; i < all.size(); ++i) mean[i % pixels] += all[i] / 4;
  for (int part = 0; part < 2; ++part) {
    h5_file file(path("d_" + std::to_string(part) + ".h5"));
    auto const first = all.begin() + static_cast<std::ptrdiff_t>(2 * pixels) * part;
    put_array(file, "/entry/data/data", H5T_STD_U16LE, {2, rows, columns},
              {first, first + static_cast<std::ptrdiff_t>(2 * pixels)});
  }
  {
    h5_file master(path("d_master.h5"));
    master.external_link("/entry/data/data_000001", "d_0.h5", "/entry/data/data");
    master.external_link("/entry/data/data_000002", "d_1.h5", "/entry/data/data");
  }
  auto const found = read(path("d_master.h5") + "::/entry/data");
  EXPECT_EQ(found.images, 4U);
  EXPECT_EQ(found.pixels.values, mean);
}

}  // namespace
}  // namespace xrdct
