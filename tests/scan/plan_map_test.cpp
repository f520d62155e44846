#include "xrdct/scan/plan_map.hpp"
#include "tests/scan/odd_scan.hpp"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <stdexcept>

namespace xrdct {
namespace {

using test::odd_scan;
using test::take;

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(plan_map, shows_every_position_of_a_small_scan) {
  auto scan = take({2, 5, 7, 180, false, false, false, 0, 1});
  for (int i = 0; i < 12; ++i) scan.repeat(3);     // first layer, first rotation
  for (int i = 0; i < 2; ++i) scan.repeat(7 + 2);  // its second
  scan.erase(35 + 14 + 6);                         // second layer, third rotation
  auto const plan = make_plan(scan.positions, {});
  EXPECT_EQ(ascii_map(plan, 0),
            "      0 deg 111+111\n"
            "     36 deg 1131111\n"
            "     72 deg 1111111\n"
            "    108 deg 1111111\n"
            "    144 deg 1111111\n"
            "            -1  -0.7 mm\n"
            "            frames: . none, 1 to 9, + more\n");
  EXPECT_EQ(lines_of(ascii_map(plan, 1))[2], "     72 deg 111111.");
  EXPECT_EQ(poorest_layer(plan), 1U);
  EXPECT_THROW(ascii_map(plan, 2), std::out_of_range);
}

TEST(plan_map, of_any_size_fits_a_terminal_and_hides_no_missing_frame) {
  std::mt19937 engine(4);
  for (int round = 0; round < 40; ++round) {
    int const rotations = 4 + static_cast<int>(engine() % 400);
    int const translations = 4 + static_cast<int>(engine() % 300);
    auto scan = take({1, rotations, translations, 180, round % 2 == 0, false, false, 0, 1});
    auto const gone = engine() % scan.frames();
    auto const place = scan.places[gone];
    scan.erase(gone);
    auto const plan = make_plan(scan.positions, {});
    auto const lines = lines_of(ascii_map(plan, 0));
    ASSERT_LE(lines.size(), 24U);
    int found = 0;
    std::size_t const rows = lines.size() - 2;
    for (std::size_t row = 0; row < rows; ++row) {
      ASSERT_LE(lines[row].size(), 72U);
      ASSERT_EQ(lines[row].size(), lines[0].size());
      for (std::size_t column = 12; column < lines[row].size(); ++column) {
        if (lines[row][column] == '1') continue;
        ASSERT_EQ(lines[row][column], '.');
        ++found;
        auto const width = lines[row].size() - 12;
        // The cell that the position is in: [c·n/cells, (c + 1)·n/cells).
        EXPECT_LE(row * static_cast<std::size_t>(rotations) / rows, static_cast<std::size_t>(place[1]));
        EXPECT_GT((row + 1) * static_cast<std::size_t>(rotations) / rows, static_cast<std::size_t>(place[1]));
        EXPECT_LE((column - 12) * static_cast<std::size_t>(translations) / width, static_cast<std::size_t>(place[2]));
        EXPECT_GT((column - 11) * static_cast<std::size_t>(translations) / width, static_cast<std::size_t>(place[2]));
      }
    }
    EXPECT_EQ(found, 1);
  }
}

TEST(plan_map, cells_have_what_is_furthest_from_the_usual) {
  odd_scan scan;
  for (int r = 0; r < 40; ++r)
    for (int t = 0; t < 6; ++t)
      for (int n = r == 7 && t == 2 ? 1 : (r == 30 && t == 5 ? 8 : 4); n > 0; --n) scan.add({0, r, t}, 0, 4.5 * r, t);
  auto const plan = make_plan(scan.positions, {});
  auto const map = map_frames(plan, 0, 4, 3);
  ASSERT_EQ(map.frames.size(), 12U);
  for (std::size_t row = 0; row < 4; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      EXPECT_EQ(map.at(row, column), row == 0 && column == 1 ? 1U : (row == 3 && column == 2 ? 8U : 4U));
}

TEST(plan_map, of_a_single_frame_or_line) {
  auto const one = make_plan({{3}, {4}, "um"}, {});
  EXPECT_EQ(lines_of(ascii_map(one, 0))[0], "      3 deg 1");
  EXPECT_EQ(lines_of(ascii_map(one, 0))[1], "            4 um");
}

}  // namespace
}  // namespace xrdct
