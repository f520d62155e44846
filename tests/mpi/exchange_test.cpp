#include "tests/mpi/world.hpp"
#include "xrdct/base/stop_request.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/band_exchange.hpp"
#include "xrdct/comm/control_channel.hpp"
#include "xrdct/comm/patience.hpp"
#include "xrdct/comm/pattern_exchange.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <thread>

namespace xrdct {
namespace {

using test::world;

/// A number that says where it belongs.
float value_at(std::uint64_t row, std::uint64_t quantity, std::uint64_t channel) {
  return static_cast<float>(row * 7919 % 4099 * 4 + quantity) + static_cast<float>(channel) / 4096;
}

/// The same random cut of `frames` frames on every rank; some ranks may get none.
std::vector<frame_range> random_slices(std::uint64_t frames, std::mt19937& engine) {
  std::vector<std::uint64_t> cuts{0, frames};
  for (int i = 1; i < world().size(); ++i) cuts.push_back(engine() % (frames + 1));
  std::sort(cuts.begin(), cuts.end());
  std::vector<frame_range> slices;
  for (std::size_t r = 0; r + 1 < cuts.size(); ++r) slices.push_back({cuts[r], cuts[r + 1] - cuts[r]});
  return slices;
}

frame_range my_frames(exchange_plan const& plan) { return plan.frames[static_cast<std::size_t>(world().rank())]; }

void fill_frame(pattern_exchange& exchange, exchange_plan const& plan, std::uint64_t mine) {
  auto const row = exchange.mine().subspan(mine * pattern_quantities * plan.channels);
  for (std::uint64_t q = 0; q < pattern_quantities; ++q)
    for (std::uint64_t c = 0; c < plan.channels; ++c)
      row[q * plan.channels + c] = value_at(my_frames(plan).first + mine, q, c);
}

void expect_all_frames(std::vector<float> const& received, exchange_plan const& plan) {
  auto const& slab = plan.slabs[static_cast<std::size_t>(world().rank())];
  ASSERT_EQ(received.size(), plan.frame_count() * pattern_quantities * slab.count);
  std::uint64_t wrong = 0;
  for (std::uint64_t f = 0; f < plan.frame_count(); ++f)
    for (std::uint64_t q = 0; q < pattern_quantities; ++q)
      for (std::uint64_t c = 0; c < slab.count; ++c)
        wrong += received[(f * pattern_quantities + q) * slab.count + c] != value_at(f, q, slab.first + c) ? 1 : 0;
  EXPECT_EQ(wrong, 0U);
}

TEST(pattern_exchange, every_rank_gets_all_frames_in_its_channels) {
  std::mt19937 engine(20261121);
  for (std::uint64_t const channels : {1U, 64U, 65U, 150U, 1000U}) {
    auto const plan = plan_exchange(random_slices(1 + engine() % 400, engine), channels, 1 + engine() % 9);
    auto const lane = world().duplicate();
    pattern_exchange exchange(lane, plan);
    exchange.open();
    for (std::uint64_t f = 0; f < my_frames(plan).count; ++f) {
      fill_frame(exchange, plan, f);
      exchange.filled(f + 1);
      if (f % 5 == 0) exchange.poll();
    }
    exchange.filled(my_frames(plan).count);
    while (!exchange.poll()) std::this_thread::yield();
    expect_all_frames(exchange.take_received(), plan);
  }
}

TEST(pattern_exchange, ends_when_a_rank_gives_up_or_is_cut_short_by_an_exception) {
  std::mt19937 engine(7);
  for (int giving_up = 0; giving_up < world().size(); ++giving_up)
    for (bool const by_exception : {false, true}) {
      auto const plan = plan_exchange(random_slices(300, engine), 130, 2);
      auto const lane = world().duplicate();
      try {
        pattern_exchange exchange(lane, plan);
        exchange.open();
        for (std::uint64_t f = 0; f < my_frames(plan).count; ++f) {
          if (world().rank() == giving_up && f == my_frames(plan).count / 2) {
            if (by_exception) throw 1;
            break;
          }
          fill_frame(exchange, plan, f);
          exchange.filled(f + 1);
        }
        exchange.abandon();
        while (!exchange.poll()) std::this_thread::yield();
      } catch (int) {
      }
    }
  world().barrier();
}

TEST(pattern_exchange, a_plan_without_rounds_moves_nothing) {
  auto plan = plan_exchange({random_slices(100, *std::make_unique<std::mt19937>(3))}, 100, 8);
  plan.rounds = 0;
  pattern_exchange exchange(world().duplicate(), plan);
  exchange.open();
  EXPECT_TRUE(exchange.poll());
  EXPECT_EQ(exchange.mine().size(), my_frames(plan).count * pattern_quantities * 100);
}

/// No message of this communicator waits to be received.
void expect_silence(communicator const& lane) {
  lane.barrier();
  if (lane.size() == 1) return;
  int waiting = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, lane.handle(), &waiting, MPI_STATUS_IGNORE);
  EXPECT_EQ(waiting, 0);
}

TEST(control_channel, a_signal_to_any_rank_stops_all_whenever_it_comes) {
  for (int chosen = 0; chosen < world().size(); ++chosen)
    for (bool const late : {false, true}) {
      stop_signals const signals;
      auto const lane = world().duplicate();
      control_channel control(lane);
      control.open();
      if (!late && world().rank() == chosen) std::raise(SIGUSR2);
      if (!late)
        for (patience patient; !control.stopping(); control.poll()) patient.wait();
      if (late && world().rank() == chosen) std::raise(SIGUSR2);  // others may be gone from their work
      control.finish();
      expect_silence(lane);
    }
}

TEST(control_channel, rank_0_hears_how_far_all_are) {
  auto const lane = world().duplicate();
  {
    control_channel control(lane);
    control.open();
    auto const mine = static_cast<std::uint64_t>(world().rank() + 1);
    for (std::uint64_t i = 1; i <= 100; ++i) {
      control.report({i * mine, i});
      control.poll();
    }
    control.finish();
    auto const n = static_cast<std::uint64_t>(world().size());
    EXPECT_FALSE(control.stopping());
    if (world().root()) {
      EXPECT_EQ(control.total().frames, 100 * n * (n + 1) / 2);
      EXPECT_EQ(control.total().bytes, 100 * n);
    }
  }
  expect_silence(lane);
}

TEST(control_channel, a_stop_that_any_rank_asks_for_reaches_all) {
  auto const lane = world().duplicate();
  for (int asking = 0; asking < world().size(); ++asking) {
    control_channel control(lane);
    control.open();
    if (world().rank() == asking) control.stop();
    auto const begin = std::chrono::steady_clock::now();
    while (!control.stopping() && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
      control.report({1, 1});
      control.poll();
      std::this_thread::yield();
    }
    EXPECT_TRUE(control.stopping());
    control.finish();
  }
  expect_silence(lane);
}

TEST(control_channel, stops_that_cross_and_channels_that_are_only_destroyed_leave_nothing_behind) {
  auto const lane = world().duplicate();
  for (int round = 0; round < 20; ++round) {
    control_channel control(lane);
    control.open();
    for (int i = 0; i < world().rank() % 4 + round % 3; ++i) control.poll();
    if (world().rank() % 2 == round % 2) control.stop();
    control.report({1, 1});
  }
  expect_silence(lane);
}

TEST(band_exchange, rows_come_together_with_all_channels) {
  std::mt19937 engine(99);
  for (std::uint64_t const channels : {3U, 64U, 200U, 700U})
    for (std::uint64_t const rows : {1U, 15U, 41U, 100U}) {
      slab_array const shape{rows, 1 + engine() % 9, channels, channel_layout(channels, world().size())};
      auto const held = shape.rows_of(world().rank());
      auto const& slab = shape.slabs[static_cast<std::size_t>(world().rank())];
      std::vector<float> mine;
      std::uint64_t const other = engine() % 3;  // columns of something else, between rows
      for (std::uint64_t y = held.first; y < held.first + held.count; ++y)
        for (std::uint64_t x = 0; x < shape.columns; ++x) {
          for (std::uint64_t c = 0; c < slab.count; ++c) mine.push_back(value_at(y, x, slab.first + c));
          mine.insert(mine.end(), other, -2);
        }
      view<float const> const held_view(mine.data(), held.count * shape.columns, slab.count, slab.count + other);

      std::uint64_t const band = 1 + engine() % rows;
      std::vector<std::uint64_t> written{0};
      for (std::uint64_t first = 0; first < rows; first += band) {
        auto const count = std::min(band, rows - first);
        auto const part = band_share(first, count, world().rank(), world().size());
        std::vector<float> into(part.count * shape.columns * channels, -1);
        gather_band(world(), shape, {first, count}, held_view, into);
        std::uint64_t wrong = 0;
        for (std::uint64_t i = 0; i < into.size(); ++i) {
          auto const row = i / channels;
          wrong += into[i] != value_at(part.first + row / shape.columns, row % shape.columns, i % channels) ? 1 : 0;
        }
        EXPECT_EQ(wrong, 0U);
        written[0] += part.count;
      }
      world().sum(written);
      EXPECT_EQ(written[0], rows);
    }
}

}  // namespace
}  // namespace xrdct
