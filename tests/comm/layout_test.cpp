#include "xrdct/comm/layout.hpp"
#include "xrdct/comm/band_exchange.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace xrdct {
namespace {

TEST(share_of, parts_follow_each_other_and_are_cut_at_units) {
  for (std::uint64_t const count : {0U, 1U, 15U, 16U, 17U, 41U, 1000U})
    for (int const parts : {1, 2, 3, 15, 64})
      for (std::uint64_t const unit : {1U, 16U, 64U}) {
        std::uint64_t next = 5;
        for (int i = 0; i < parts; ++i) {
          auto const part = share_of(5, count, i, parts, unit);
          EXPECT_EQ(part.first, next);
          if (part.first - 5 != count) {
            EXPECT_EQ((part.first - 5) % unit, 0U);
          }
          next += part.count;
          auto const units = (count + unit - 1) / unit;
          EXPECT_LE(part.count, (units / static_cast<std::uint64_t>(parts) + 1) * unit);
        }
        EXPECT_EQ(next, 5 + count);
      }
}

TEST(share_of, large_numbers_do_not_overflow) {
  auto const count = std::numeric_limits<std::uint64_t>::max() / 2;
  auto const last = share_of(0, count, 99'999, 100'000, 1);
  EXPECT_EQ(last.first + last.count, count);
  EXPECT_NEAR(static_cast<double>(last.count), static_cast<double>(count) / 100'000, 2);
}

TEST(channel_layout, every_channel_belongs_to_one_slab_of_whole_units) {
  for (std::uint64_t const channels : {1U, 63U, 64U, 65U, 160U, 1000U, 4000U})
    for (int const ranks : {1, 2, 3, 4, 15, 100}) {
      auto const layout = channel_layout(channels, ranks);
      ASSERT_EQ(layout.size(), static_cast<std::size_t>(ranks));
      std::uint64_t next = 0;
      for (std::size_t r = 0; r < layout.size();) {
        auto const& slab = layout[r];
        EXPECT_EQ(slab.first, next);
        EXPECT_EQ(slab.first % 64, 0U);
        EXPECT_GT(slab.count, 0U);
        for (int member = 0; member < slab.members; ++member, ++r) {
          ASSERT_LT(r, layout.size());
          EXPECT_EQ(layout[r].first, slab.first);
          EXPECT_EQ(layout[r].count, slab.count);
          EXPECT_EQ(layout[r].member, member);
          EXPECT_EQ(layout[r].members, slab.members);
        }
        next += slab.count;
      }
      EXPECT_EQ(next, channels);
    }
}

TEST(exchange_plan, rounds_are_cut_between_batches_and_cover_every_slice) {
  for (std::uint64_t const batch : {1U, 7U, 32U}) {
    auto const plan = plan_exchange({{0, 1000}, {1000, 3}, {1003, 0}, {1003, 517}}, 100, batch);
    EXPECT_GE(plan.rounds, 1);
    EXPECT_LE(plan.rounds, 8);
    EXPECT_EQ(plan.frame_count(), 1520U);
    for (int rank = 0; rank < 4; ++rank) {
      auto const& slice = plan.frames[static_cast<std::size_t>(rank)];
      std::uint64_t next = slice.first;
      for (int round = 0; round < plan.rounds; ++round) {
        auto const part = plan.round_of(rank, round);
        EXPECT_EQ(part.first, next);
        next += part.count;
        if (next != slice.first + slice.count) {
          EXPECT_EQ((next - slice.first) % batch, 0U);
        }
      }
      EXPECT_EQ(next, slice.first + slice.count);
    }
  }
}

TEST(bands, give_every_rank_something_to_write) {
  for (int const ranks : {1, 2, 15, 64})
    for (std::uint64_t const columns : {50U, 300U, 1000U}) {
      slab_array const shape{5000, columns, 3000, channel_layout(3000, ranks)};
      auto const rows = rows_a_band(shape);
      for (int rank = 0; rank < ranks; ++rank) {
        auto const share = band_share(rows, rows, rank, ranks);
        EXPECT_GT(share.count, 0U) << ranks << " ranks, " << columns << " columns";
        EXPECT_LE(share.count * columns * 3000 * 4, 256'000'000U);
      }
    }
}

TEST(slabs_within, hold_what_a_rank_has_of_a_range) {
  std::vector<channel_slab> const slabs{{0, 64, 0, 1}, {64, 64, 0, 2}, {64, 64, 1, 2}, {128, 22, 0, 1}};
  auto const part = slabs_within(slabs, {60, 10});
  EXPECT_EQ(part[0].first, 0U);
  EXPECT_EQ(part[0].count, 4U);
  EXPECT_EQ(part[1].first, 4U);
  EXPECT_EQ(part[1].count, 6U);
  EXPECT_EQ(part[2].count, 6U);
  EXPECT_EQ(part[2].member, 1);
  EXPECT_EQ(part[3].count, 0U);
}

/// Every channel of every sector is with as many ranks as share its slab, and with each but once.
TEST(slabs_within, sectors_together_are_all_bins) {
  for (auto const& bins : {bin_layout{37, 5}, {7, 40}, {200, 3}, {64, 4}, {150, 0}, {1, 1}})
    for (int const ranks : {1, 2, 4, 15}) {
      auto const slabs = channel_layout(bins.count(), ranks);
      for (std::size_t rank = 0; rank < slabs.size(); ++rank) {
        std::uint64_t next = slabs[rank].first;
        for (std::uint64_t k = 0; k < bins.parts(); ++k) {
          auto const own = slabs_within(slabs, bins.in_part(k, {0, bins.channels}))[rank];
          if (own.count == 0) continue;
          EXPECT_EQ(k * bins.channels + own.first, next);
          EXPECT_LE(own.first + own.count, bins.channels);
          next += own.count;
        }
        EXPECT_EQ(next, slabs[rank].first + slabs[rank].count);
      }
    }
}

TEST(bands, stay_below_the_limit_in_whole_chunks_of_rows) {
  slab_array shape{300, 300, 1000, channel_layout(1000, 1)};
  EXPECT_EQ(rows_a_band(shape) % 16, 0U);
  EXPECT_LE(rows_a_band(shape) * 300 * 1000 * 4, 256'000'000U);
  EXPECT_GT(rows_a_band(shape) * 300 * 1000 * 4, 200'000'000U);
  shape.columns = 100'000;
  shape.channels = 10'000;
  EXPECT_EQ(rows_a_band(shape), 1U);
  for (int rank = 0; rank < 15; ++rank) {
    auto const share = band_share(32, 100, rank, 15);
    if (share.count > 0) {
      EXPECT_EQ(share.first % 16, 0U);
    }
  }
}

}  // namespace
}  // namespace xrdct
