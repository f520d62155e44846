// Pieces of work that rank 0 hands out, and patterns whose senders nobody knows before.

#include "xrdct/comm/work_queue.hpp"
#include "tests/mpi/world.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/block_exchange.hpp"
#include "xrdct/comm/patience.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/pipeline/dynamic_stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace xrdct {
namespace {

using test::world;

/// What this rank takes until nothing comes any more, or `most` pieces. It takes its time, and each rank another.
std::vector<std::size_t> take_all(work_queue& queue, std::size_t most) {
  std::vector<std::size_t> mine;
  for (patience patient; mine.size() < most; patient.wait()) {
    if (auto const piece = queue.take()) {
      mine.push_back(*piece);
      std::this_thread::sleep_for(std::chrono::microseconds(50 * (world().rank() % 3)));
    } else if (queue.ended()) {
      break;
    }
  }
  return mine;
}

void finish(work_queue& queue, std::vector<std::size_t>& unwanted) {
  if (world().root())
    for (auto const piece : queue.withdraw()) unwanted.push_back(piece);
  for (patience patient; !queue.poll(); patient.wait())
    while (auto const piece = world().root() ? std::nullopt : queue.take()) unwanted.push_back(*piece);
}

/// Every piece once, wherever it went.
void expect_each_once(std::vector<std::size_t> const& taken, std::vector<std::size_t> const& unwanted,
                      std::size_t pieces) {
  auto all = taken;
  all.insert(all.end(), unwanted.begin(), unwanted.end());
  std::vector<std::size_t> found;
  for (auto const& of_rank : world().collect(all)) found.insert(found.end(), of_rank.begin(), of_rank.end());
  if (!world().root()) return;
  std::ranges::sort(found);
  ASSERT_EQ(found.size(), pieces);
  for (std::size_t i = 0; i < pieces; ++i) ASSERT_EQ(found[i], i);
}

TEST(work_queue, hands_out_every_piece_once) {
  for (std::size_t const pieces : {0, 1, 2, 7, 100}) {
    work_queue queue(world().duplicate(), pieces);
    queue.open();
    std::vector<std::size_t> unwanted;
    auto const mine = take_all(queue, pieces + 1);
    EXPECT_TRUE(std::ranges::is_sorted(mine));
    finish(queue, unwanted);
    EXPECT_TRUE(unwanted.empty());
    expect_each_once(mine, unwanted, pieces);
  }
}

/// Ranks leave at any time: what they were handed comes back to them, what nobody got to rank 0.
TEST(work_queue, gives_back_what_nobody_wants) {
  std::mt19937 draw(static_cast<unsigned>(world().rank()) + 5);
  for (std::size_t const pieces : {1, 5, 60}) {
    work_queue queue(world().duplicate(), pieces);
    queue.open();
    std::vector<std::size_t> unwanted;
    auto const mine = take_all(queue, draw() % 4);
    finish(queue, unwanted);
    expect_each_once(mine, unwanted, pieces);
  }
}

float value_at(std::uint64_t frame, std::uint64_t quantity, std::uint64_t channel) {
  return static_cast<float>(frame * 7919 % 4099 * 4 + quantity) + static_cast<float>(channel) / 4096;
}

block_plan random_blocks(std::uint64_t channels, std::mt19937& draw) {
  block_plan plan{{}, channel_layout(channels, world().size()), channels};
  for (std::uint64_t blocks = 1 + draw() % 40; plan.blocks.size() < blocks;)
    plan.blocks.push_back({plan.frame_count(), 1 + draw() % 9});
  return plan;
}

TEST(block_exchange, every_rank_gets_all_frames_in_its_channels) {
  std::mt19937 draw(20261122);  // the same on all ranks
  for (std::uint64_t const channels : {1U, 64U, 65U, 150U, 1000U}) {
    auto const plan = random_blocks(channels, draw);
    block_exchange exchange(world().duplicate(), plan);
    exchange.open();
    std::vector<int> owner;
    for (std::size_t b = 0; b < plan.blocks.size(); ++b)
      owner.push_back(static_cast<int>(draw() % static_cast<unsigned>(world().size() + 1)));
    for (std::size_t b = 0; b < plan.blocks.size(); ++b) {
      bool const nobodys = owner[b] == world().size();
      if (nobodys && world().root()) exchange.abandon(b);
      if (owner[b] != world().rank()) continue;
      auto const& frames = plan.blocks[b];
      for (auto f = frames.first; f < frames.first + frames.count; ++f)
        for (std::uint64_t q = 0; q < pattern_quantities; ++q)
          for (std::uint64_t c = 0; c < channels; ++c)
            exchange.mine()[(f * pattern_quantities + q) * channels + c] = value_at(f, q, c);
      exchange.send(b);
      exchange.poll();
    }
    for (patience patient; !exchange.poll(); patient.wait()) {
    }
    auto const received = exchange.take_received();
    auto const& slab = plan.slabs[static_cast<std::size_t>(world().rank())];
    ASSERT_EQ(received.size(), plan.frame_count() * pattern_quantities * slab.count);
    std::uint64_t wrong = 0;
    for (std::size_t b = 0; b < plan.blocks.size(); ++b)
      for (auto f = plan.blocks[b].first; f < plan.blocks[b].first + plan.blocks[b].count; ++f)
        for (std::uint64_t q = 0; q < pattern_quantities; ++q)
          for (std::uint64_t c = 0; c < slab.count; ++c) {
            float const wanted = owner[b] == world().size() ? 0.0F : value_at(f, q, slab.first + c);
            wrong += received[(f * pattern_quantities + q) * slab.count + c] != wanted ? 1 : 0;
          }
    EXPECT_EQ(wrong, 0U);
  }
}

/// All frames, in order, in whole batches, and as many blocks for every rank as messages can tell apart.
TEST(frame_blocks, hold_every_frame_once) {
  std::mt19937 draw(7);
  job what;
  what.output = "/nowhere/out.h5";
  checkpoints const nothing(what, run_identity(), communicator());
  for (int trial = 0; trial < 30; ++trial) {
    measurement m;
    m.radial.resize(1 + draw() % 3000);
    m.detectors.resize(1 + trial % 2);
    auto const frames = trial == 0 ? 1'000'000 : 1 + draw() % 20'000;
    for (auto& detector : m.detectors) detector.stack.frames = frames;
    int const ranks = trial == 0 ? 1000 : static_cast<int>(2 + draw() % 40);
    auto const batch = 1 + draw() % 40;
    auto const blocks = cut_into_blocks(m, nothing, batch, ranks);
    std::uint64_t next = 0;
    for (auto const& block : blocks) {
      EXPECT_EQ(block.owner, -1);
      EXPECT_EQ(block.frames.first, next);
      EXPECT_TRUE(block.frames.count % batch == 0 || &block == &blocks.back());
      next += block.frames.count;
    }
    EXPECT_EQ(next, frames);
    EXPECT_LE(blocks.size(), std::min<std::size_t>(64 * static_cast<std::size_t>(ranks), 8192));
    EXPECT_GE(blocks.size() * 2, std::min<std::size_t>({64 * static_cast<std::size_t>(ranks), 8192, frames / batch}));
  }
}

}  // namespace
}  // namespace xrdct
