// A result as a page: what it holds, whatever a browser makes of it.
#include "xrdct/plot/page.hpp"

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
