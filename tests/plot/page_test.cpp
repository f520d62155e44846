// A result as a page: what it holds, whatever a browser makes of it.
#include "xrdct/plot/page.hpp"

#include "tests/plot/results.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>

namespace xrdct {
namespace {

TEST(page_grain, keeps_all_that_fits) {
  auto const grain = choose_grain(100, 120, 500, 6'000'000);
  EXPECT_EQ(grain.channels, 1U);
  EXPECT_EQ(grain.pixels, 1U);
}

TEST(page_grain, averages_channels_first_and_then_pixels) {
  auto const few = choose_grain(100, 120, 1000, 6'000'000);
  EXPECT_EQ(few.channels, 2U);
  EXPECT_EQ(few.pixels, 1U);
  auto const many = choose_grain(300, 300, 4000, 6'000'000);
  EXPECT_GT(many.pixels, 1U);
}

TEST(page_grain, always_fits) {
  std::mt19937 random(3);
  auto const up_to = [&](std::size_t most) { return 1 + random() % most; };
  for (int i = 0; i < 2000; ++i) {
    auto const rows = up_to(3000), columns = up_to(3000), channels = up_to(5000), most = up_to(1'000'000);
    auto const grain = choose_grain(rows, columns, channels, most);
    auto const values = ((rows + grain.pixels - 1) / grain.pixels) * ((columns + grain.pixels - 1) / grain.pixels) *
                        ((channels + grain.channels - 1) / grain.channels);
    EXPECT_LE(values, most) << rows << " " << columns << " " << channels;
    EXPECT_LE(grain.channels, channels);
  }
}

page_content small_content() {
  page_content content;
  content.title = "a.h5";
  content.part = "layer 1 of 2";
  content.x = {"x", "mm", {0, 0.5}};
  content.y = {"y", "mm", {-1}};
  content.channels = {"2\1", "deg", {1, 2, 3}};
  content.pattern = {1, std::nan(""), 3};
  content.groups = {{0, 0, 2, 0}, {2, 2, 3, 0}};
  content.maps = {{-1, 3}, {std::numeric_limits<float>::quiet_NaN(), 7}};
  content.facts = {{"title", "</script><script>alert(1)</script> \xff"}};
  content.stage_seconds = {{"reduce", 1.5}};
  return content;
}

std::string between(std::string const& text, std::string const& before, std::string const& behind) {
  auto const begin = text.find(before) + before.size();
  return text.substr(begin, text.find(behind, begin) - begin);
}

TEST(page, holds_its_data_and_nothing_of_a_file_becomes_a_part_of_it) {
  auto const text = page_text(small_content());
  EXPECT_TRUE(text.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(text.find("@DATA@"), std::string::npos);
  EXPECT_EQ(text.find("http"), std::string::npos) << "a page asks nothing of the network";
  EXPECT_EQ(text.find("<script>alert"), std::string::npos);
  auto const data = between(text, "<script id=\"data\" type=\"application/json\">", "</script>");
  EXPECT_NE(data.find(R"("pattern":[1.0,null,3.0])"), std::string::npos) << data;
  EXPECT_NE(data.find(R"("groups":[[0,2],[2,3]])"), std::string::npos);
  EXPECT_NE(data.find(R"("least":[-1.0,7.0],"largest":[3.0,7.0])"), std::string::npos);
  // 0, 65534, no number, 0 as 16-bit numbers, the lower byte first
  EXPECT_NE(data.find(R"("maps":"AAD+////AAA=")"), std::string::npos) << data;
  EXPECT_NE(data.find("2\u03b8"), std::string::npos);
  EXPECT_NE(data.find(R"(\u003c/script>)"), std::string::npos);
}

/// A scan of 4 rotations and 3 translations: one position was never measured, one twice, one by a bad frame alone.
void add_frames(nexus_file& file) {
  file.array("/entry/frames/sinogram_entry", std::vector<std::int64_t>{0, 1, 2, 5, 4, 3, 3, 6, 7, 8, 9, 10, -1});
  file.array("/entry/frames/status", std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 7});
}

TEST(page_content, tells_which_frame_was_taken_where) {
  test::temporary_folder folder;
  std::string const path = folder / "result.h5";
  for (bool const with_tomogram : {true, false}) {
    nexus_file file(path, nexus_file::mode::create);
    std::vector<float> values(4 * 3 * 5, 2);
    for (std::size_t c = 0; c < 5; ++c) values[11 * 5 + c] = std::numeric_limits<float>::quiet_NaN();
    test::add_array(file, "sinogram",
                    {{"rotation_angle", test::steps(4, 45), "deg"},
                     {"translation", test::steps(3, 1)},
                     {"q", test::steps(5, 1), "1/nm"}},
                    values, {});
    if (with_tomogram)
      test::add_array(file, "tomogram",
                      {{"y", test::steps(3, 1)}, {"x", test::steps(3, 1)}, {"q", test::steps(5, 1), "1/nm"}},
                      std::vector<float>(45, 1), {});
    add_frames(file);
    file.close();
    auto const content = read_page_content(path, {}, {});
    EXPECT_EQ(content.square, with_tomogram);
    EXPECT_EQ(content.maps[0].size(), with_tomogram ? 9U : 12U);
    EXPECT_EQ(content.sinogram.has_value(), with_tomogram);
    if (content.sinogram) {
      EXPECT_EQ(content.sinogram->values[0], 10);
      EXPECT_TRUE(std::isnan(content.sinogram->values[11]));
    }
    ASSERT_TRUE(content.order.has_value());
    std::vector<float> const first{0, 1, 2, 5, 4, 3, 7, -1, 9, 10, 11, -1};
    for (std::size_t i = 0; i < first.size(); ++i)
      EXPECT_EQ(std::isnan(content.order->values[i]) ? -1 : content.order->values[i], first[i]) << i;
    auto const text = page_text(content);
    EXPECT_NE(text.find(R"(["frames","13, of which 2 were not used"])"), std::string::npos);
    EXPECT_NE(text.find(R"(["positions","12 in a layer; 2 without a frame)"), std::string::npos);
  }
}

TEST(page_content, has_a_size_that_large_scans_do_not_exceed) {
  test::temporary_folder folder;
  std::string const path = folder / "result.h5";
  std::size_t const rotations = 701, translations = 599;
  std::vector<float> values(rotations * translations * 2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / 2 % translations);
  std::vector<std::int64_t> entry(rotations * translations);
  for (std::size_t i = 0; i < entry.size(); ++i) entry[i] = static_cast<std::int64_t>(i);
  nexus_file file(path, nexus_file::mode::create);
  test::add_array(file, "sinogram",
                  {{"rotation_angle", test::steps(rotations, 0.5), "deg"},
                   {"translation", test::steps(translations, 1)},
                   {"q", {1, 2}, "1/nm"}},
                  values, {});
  test::add_array(file, "tomogram", {{"y", {0, 1}}, {"x", {0, 1}}, {"q", {1, 2}, "1/nm"}}, std::vector<float>(8, 1),
                  {});
  file.array("/entry/frames/sinogram_entry", entry);
  file.array("/entry/frames/status", std::vector<std::uint8_t>(entry.size()));
  file.close();
  auto const content = read_page_content(path, {}, {});
  EXPECT_EQ(content.sinogram->values.size(), 351U * 300);  // of 2 x 2 positions
  EXPECT_EQ(content.sinogram->rotation.values[1], 1.25);
  EXPECT_EQ(content.sinogram->values[301], 2 * 2.5F);
  EXPECT_EQ(content.order->values[301], 2 * 599 + 2.5 + 599 / 2.0);
  EXPECT_LT(page_text(content).size(), 5'000'000U);
}

TEST(page, is_written_whole_or_not_at_all) {
  test::temporary_folder folder;
  auto const path = (folder / "page.html").string();
  write_page(path, small_content());
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), page_text(small_content()));
  EXPECT_THROW(write_page((folder / "absent" / "page.html").string(), small_content()), runtime_failure);
  EXPECT_FALSE(std::filesystem::exists(folder / "page.html.unfinished"));
}

}  // namespace
}  // namespace xrdct
