#include "xrdct/plot/plan_picture.hpp"
#include "tests/scan/odd_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace xrdct {
namespace {

using test::take;

/// Pixels in the red of missing frames, between these columns and rows.
std::size_t red_pixels(canvas const& picture, double x0 = 0, double x1 = 1e9, double y0 = 0, double y1 = 1e9) {
  auto const bytes = picture.bytes();
  std::size_t count = 0;
  for (std::size_t p = 0; p < bytes.size() / 3; ++p) {
    auto const x = static_cast<double>(p % static_cast<std::size_t>(picture.width()));
    auto const y = static_cast<double>(p / static_cast<std::size_t>(picture.width()));
    if (x < x0 || x >= x1 || y < y0 || y >= y1) continue;
    if (bytes[3 * p] > 180 && bytes[3 * p + 1] < 90 && bytes[3 * p + 2] < 90) ++count;
  }
  return count;
}

TEST(plan_picture, has_no_red_where_nothing_is_missing) {
  EXPECT_EQ(red_pixels(draw_plan(make_plan(take({3, 20, 15, 180, true, true, false, 0, 1}).positions, {}), "a scan")),
            0U);
}

TEST(plan_picture, shows_a_missing_frame_of_large_scans_and_small_ones) {
  for (auto const& [rotations, translations] : {std::pair{6, 5}, {90, 61}, {700, 500}}) {
    auto scan = take({1, rotations, translations, 180, false, false, false, 0, 1});
    scan.erase(scan.frames() / 2);
    auto const picture = draw_plan(make_plan(scan.positions, {}), "a scan");
    auto const legend = 14 * 14U;
    EXPECT_GE(red_pixels(picture), legend + 1) << rotations;
    EXPECT_LE(red_pixels(picture), legend + 20U + 331 * 331 / 30) << rotations;
  }
}

TEST(plan_picture, has_a_map_of_every_layer) {
  auto scan = take({6, 10, 8, 180, false, false, false, 0, 1});
  scan.erase(5 * 80 + 3);  // the last layer: second in the second row of maps
  auto const plan = make_plan(scan.positions, {});
  auto const picture = draw_plan(plan, "a stack");
  EXPECT_EQ(red_pixels(picture, 0, 600, 0, 900), 0U);
  EXPECT_GT(red_pixels(picture, 600, 1000, 500, 900), 500U);
  EXPECT_GT(draw_plan(make_plan(take({40, 5, 4, 180, false, false, false, 0, 1}).positions, {}), "many").height(),
            1000);
}

TEST(plan_picture, is_written_but_replaces_nothing_unasked) {
  set_log(log_level::error, "xrdct: ");
  test::temporary_folder const folder;
  auto const plan = make_plan(take({}).positions, {});
  plot_plan(plan, "a scan", folder / "map.png", false);
  EXPECT_TRUE(std::filesystem::exists(folder / "map.png"));
  EXPECT_THROW(plot_plan(plan, "a scan", folder / "map.png", false), usage_error);
  EXPECT_NO_THROW(plot_plan(plan, "a scan", folder / "map.png", true));
  EXPECT_THROW(plot_plan(plan, "a scan", folder / "no/map.png", false), runtime_failure);
}

}  // namespace
}  // namespace xrdct
