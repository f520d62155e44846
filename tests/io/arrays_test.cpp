#include "xrdct/io/arrays.hpp"

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

namespace xrdct {
namespace {

using test::h5_file;
using test::handle;
using test::input_error_of;
using testing::ElementsAre;
using testing::HasSubstr;

class arrays : public testing::Test {
 protected:
  void SetUp() override {
    h5_file file(path_);
    hid_t const types[] = {H5T_STD_I8BE, H5T_STD_U16LE, H5T_STD_I32BE, H5T_STD_I64LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE};
    double const values[] = {-3, 4, 100};
    double const positive[] = {3, 4, 100};
    for (int i = 0; i < 6; ++i) {
      auto const d = file.dataset("/n/" + std::to_string(i), types[i], {3});
      test::write_all(d.id(), H5T_NATIVE_DOUBLE, i == 1 ? positive : values);
    }
    auto const rot = file.dataset("/1.1/measurement/rot", H5T_IEEE_F64LE, {3}, test::chunked({2}, 32008, {0, 2}).id());
    test::write_all(rot.id(), H5T_NATIVE_DOUBLE, values);
    attribute(rot.id(), "units", "deg", true);
    auto const column = file.dataset("/column", H5T_IEEE_F64LE, {3, 1});
    test::write_all(column.id(), H5T_NATIVE_DOUBLE, values);
    attribute(column.id(), "unit", "mm", false);
    handle const scalar(H5Screate(H5S_SCALAR), H5Sclose);
    handle const one(
        H5Dcreate2(file.id(), "/scalar", H5T_IEEE_F64LE, scalar.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    test::write_all(one.id(), H5T_NATIVE_DOUBLE, values);
    handle const null(H5Screate(H5S_NULL), H5Sclose);
    handle const none(H5Dcreate2(file.id(), "/null", H5T_IEEE_F64LE, null.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                      H5Dclose);
    handle text(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(text.id(), 6);
    handle const words(H5Dcreate2(file.id(), "/text", text.id(), scalar.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                       H5Dclose);
    test::write_all(words.id(), text.id(), "abcdef");
    handle variable(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(variable.id(), H5T_VARIABLE);
    handle const long_words(
        H5Dcreate2(file.id(), "/variable", variable.id(), scalar.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Dclose);
    char const* const poem = "as long as it likes";
    test::write_all(long_words.id(), variable.id(), &poem);
    std::vector<std::int16_t> image(5 * 7);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::int16_t>(i * 3 - 20);
    test::write_all(file.dataset("/image", H5T_STD_I16BE, {5, 7}).id(), H5T_NATIVE_INT16, image.data());
    test::write_all(file.dataset("/one_image", H5T_STD_I16BE, {1, 5, 7}).id(), H5T_NATIVE_INT16, image.data());
    file.dataset("/images", H5T_STD_I16BE, {2, 5, 7});
  }

  static void attribute(hid_t object, char const* name, char const* value, bool variable) {
    handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), variable ? H5T_VARIABLE : std::strlen(value) + 4);
    if (!variable) H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
    handle const space(H5Screate(H5S_SCALAR), H5Sclose);
    handle const made(H5Acreate2(object, name, type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    std::string padded(value);
    padded.resize(padded.size() + 4, '\0');
    test::check(H5Awrite(made.id(), type.id(), variable ? static_cast<void const*>(&value) : padded.data()),
                "H5Awrite");
  }

  std::string text_file(std::string const& name, std::string const& content) const {
    auto const path = (folder_ / name).string();
    std::ofstream(path) << content;
    return path;
  }

  std::string says(std::string const& what) const {
    return input_error_of([&] { read_numbers(what, path_); }).value_or("no error");
  }

  test::temporary_folder folder_;
  std::string path_ = (folder_ / "scan.h5").string();
};

TEST_F(arrays, numbers_of_any_type) {
  for (int i = 0; i < 6; ++i)
    EXPECT_THAT(read_numbers("/n/" + std::to_string(i), path_).values, ElementsAre(i == 1 ? 3 : -3, 4, 100)) << i;
  auto const rot = read_numbers("/1.1/measurement/rot", path_);
  EXPECT_THAT(rot.values, ElementsAre(-3, 4, 100));
  EXPECT_EQ(rot.unit, "deg");
  EXPECT_EQ(rot.source, path_ + "::/1.1/measurement/rot");
  EXPECT_EQ(read_numbers("1.1/measurement/rot", path_).values.size(), 3);
  EXPECT_EQ(read_numbers(path_ + "::/column", "").unit, "mm");
  EXPECT_THAT(read_numbers(path_ + "::/column", "").values, ElementsAre(-3, 4, 100));
  EXPECT_THAT(read_numbers("/scalar", path_).values, ElementsAre(-3));
  EXPECT_EQ(read_numbers("/scalar", path_).unit, "");
}

TEST_F(arrays, numbers_that_are_not_there) {
  EXPECT_THAT(says("/1.1/measurement/Rot"), HasSubstr("'rot'"));
  EXPECT_THAT(says("/1.2/measurement/rot"), HasSubstr("'1.1'"));
  EXPECT_THAT(says("/text"), HasSubstr("text, not numbers"));
  EXPECT_THAT(says("/image"), HasSubstr("[5][7]"));
  EXPECT_THAT(says("/n"), HasSubstr("not a dataset"));
  EXPECT_THAT(says("/null"), HasSubstr("no values"));
  EXPECT_THAT(says(path_), HasSubstr("::/"));
  EXPECT_THAT(says((folder_ / "none.txt").string()), HasSubstr("no text file"));
  EXPECT_THAT(says((folder_ / "none.h5").string() + "::/rot"), HasSubstr("does not exist"));
  EXPECT_THAT(says(""), HasSubstr("no dataset"));
  EXPECT_THAT(input_error_of([&] { read_numbers("/rot", text_file("a.cbf", "1")); }).value_or(""),
              HasSubstr("not an HDF5 file"));
}

TEST_F(arrays, numbers_of_text_files) {
  auto const list = read_numbers(text_file("a.txt", "# positions\n1 -2.5e3\t+4\r\n\n  7e-3 # tail\nnan inf"), path_);
  ASSERT_EQ(list.values.size(), 6);
  EXPECT_THAT(std::vector(list.values.begin(), list.values.begin() + 4), ElementsAre(1, -2500, 4, 7e-3));
  EXPECT_TRUE(std::isnan(list.values[4]));
  EXPECT_TRUE(std::isinf(list.values[5]));
  EXPECT_EQ(list.unit, "");
}

TEST_F(arrays, text_files_with_mistakes) {
  EXPECT_THAT(says(text_file("b.txt", "1\n2\n3,4\n")), HasSubstr("line 3: '3,4' is not a number"));
  EXPECT_THAT(says(text_file("c.txt", "# nothing\n\n")), HasSubstr("holds no numbers"));
  EXPECT_THAT(says(text_file("d.txt", "++1")), HasSubstr("'++1'"));
  EXPECT_THAT(says(text_file("e.txt", std::string("1\0002", 3))), HasSubstr("is not a number"));
}

TEST_F(arrays, images) {
  for (std::string const name : {"/image", "/one_image"}) {
    auto const image = read_image(path_ + "::" + name);
    EXPECT_EQ(image.rows, 5);
    EXPECT_EQ(image.columns, 7);
    ASSERT_EQ(image.values.size(), 35);
    for (std::size_t i = 0; i < 35; ++i) EXPECT_EQ(image.values[i], static_cast<double>(i) * 3 - 20);
  }
  EXPECT_THAT(input_error_of([&] { read_image(path_ + "::/images"); }).value_or(""), HasSubstr("[2][5][7]"));
  EXPECT_THAT(input_error_of([&] { read_image(path_ + "::/scalar"); }).value_or(""), HasSubstr("an image is needed"));
  EXPECT_THAT(input_error_of([&] { read_image(path_); }).value_or(""), HasSubstr("name an image in it"));
  EXPECT_TRUE(input_error_of([&] { read_image((folder_ / "none.edf").string()); }));
  XRDCT_NEEDS_SHARED("data/scans/raster/mask.edf");
  EXPECT_EQ(read_image(test::shared("data/scans/raster/mask.edf").string()).rows, 120);
}

TEST_F(arrays, shapes_and_blocks) {
  EXPECT_THAT(dataset_shape(path_, "/one_image"), ElementsAre(1, 5, 7));
  EXPECT_TRUE(dataset_shape(path_, "/scalar").empty());
  EXPECT_TRUE(dataset_exists(path_, "/image"));
  EXPECT_FALSE(dataset_exists(path_, "/n"));
  EXPECT_FALSE(dataset_exists(path_, "/imago/x"));
  EXPECT_TRUE(input_error_of([&] { dataset_exists(path_ + "x", "/image"); }));
  std::vector<float> block(6);
  std::vector<std::uint64_t> const first{1, 2};
  std::vector<std::uint64_t> const count{2, 3};
  read_block(path_, "/image", first, count, block);
  EXPECT_THAT(block, ElementsAre(9 * 3 - 20, 10 * 3 - 20, 11 * 3 - 20, 16 * 3 - 20, 17 * 3 - 20, 18 * 3 - 20));
  std::vector<float> whole(35);
  read_block(path_, "/one_image", std::vector<std::uint64_t>{0, 0, 0}, std::vector<std::uint64_t>{1, 5, 7}, whole);
  EXPECT_EQ(whole[34], 34 * 3 - 20);
  std::vector<float> single(1);
  read_block(path_, "/scalar", {}, {}, single);
  EXPECT_EQ(single[0], -3);
  read_block(path_, "/image", first, std::vector<std::uint64_t>{0, 3}, {});
  constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
  for (auto const& bad : {std::vector<std::uint64_t>{4, 2}, {1, 5}, {huge, 2}, {1}, {1, 2, 3}})
    EXPECT_THAT(input_error_of([&] { read_block(path_, "/image", bad, count, block); }).value_or(""),
                HasSubstr("does not hold"));
  EXPECT_TRUE(input_error_of([&] { read_block(path_, "/image", first, std::vector<std::uint64_t>{2, 2}, block); }));
}

TEST_F(arrays, texts) {
  EXPECT_EQ(read_text(path_, "/text"), "abcdef");
  EXPECT_EQ(read_text(path_, "/variable"), "as long as it likes");
  EXPECT_EQ(read_text(path_, "/none"), "");
  EXPECT_EQ(read_text(path_, "/image"), "");
  EXPECT_EQ(read_text_attribute(path_, "/1.1/measurement/rot", "units"), "deg");
  EXPECT_EQ(read_text_attribute(path_, "/column", "unit"), "mm");
  EXPECT_EQ(read_text_attribute(path_, "/column", "units"), "");
  EXPECT_EQ(read_text_attribute(path_, "/none", "units"), "");
  EXPECT_TRUE(input_error_of([&] { read_text(path_ + "x", "/text"); }));
}

TEST_F(arrays, of_virtual_datasets_with_absent_sources_are_refused) {
  {
    auto file = h5_file::reopen(path_);
    auto const properties = test::creation();
    test::map(properties.id(), test::slab({3}, {0}, {3}).id(), "absent.h5", "/rot", test::slab({3}, {0}, {3}).id());
    file.dataset("/virtual", H5T_IEEE_F64LE, {3}, properties.id());
    auto const present = test::creation();
    test::map(present.id(), test::slab({3}, {0}, {3}).id(), ".", "/n/2", test::slab({3}, {0}, {3}).id());
    file.dataset("/present", H5T_IEEE_F64LE, {3}, present.id());
  }
  EXPECT_THAT(says("/virtual"), HasSubstr("absent.h5"));
  EXPECT_THAT(read_numbers("/present", path_).values, ElementsAre(-3, 4, 100));
}

TEST(split_file_dataset, at_two_colons) {
  EXPECT_EQ(split_file_dataset("a/b.h5::/c/d"), std::pair(std::string("a/b.h5"), std::string("/c/d")));
  EXPECT_EQ(split_file_dataset("a/b.h5"), std::pair(std::string("a/b.h5"), std::string()));
  EXPECT_EQ(split_file_dataset("C:/b.h5::/d::e"), std::pair(std::string("C:/b.h5"), std::string("/d::e")));
}

}  // namespace
}  // namespace xrdct
