// Ranges that are handed out to threads and added up in their order, whoever is late.
#include "kernels/cpu/count_sums.hpp"
#include "kernels/cpu/huge_buffer.hpp"
#include "tests/kernels/plain_reduction.hpp"
#include "tests/kernels/reduction_case.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

namespace xrdct::test {
namespace {

using cpu::count_sums;
using cpu::range_sums;

constexpr std::size_t lanes = 16;

class ordered_sums : public testing::Test {
 protected:
  ordered_sums() {
    std::mt19937 random(61);
    auto const given =
        make_case({.type = pixel_type::u8, .rows = 700, .columns = 700, .frames = 0, .bins = 30}, random);
    cpu::thread_pool pool(1);
    cpu::count_tables::make(given.what(), given.format, pool, [this](std::size_t bytes) {
      memory_ = cpu::huge_buffer<std::byte>(bytes);
      return std::span(memory_.data(), bytes);
    });
    tables_.emplace(std::span<std::byte const>(memory_.data(), memory_.size()));
  }

  // The second half takes away again what the first half gave: what is left depends on the order of the sums.
  void fill(range_sums& part) const {
    auto const half = tables_->ranges() / 2;
    std::mt19937 random(static_cast<unsigned>(part.range % half));
    double const sign = part.range < half ? 1 : -1;
    part.wide.resize((tables_->bins() + 1) * 2 * lanes);
    part.any_wide = true;
    for (auto& x : part.wide) x = sign * std::uniform_real_distribution<double>(0.1, 1)(random);
    if (part.range % 9 == 7) part.frames.status[part.range % lanes] = frame_status(3 + part.range % 3);
    part.frames.raw_sum[1] = static_cast<std::int64_t>(part.range);
  }

  pattern_memory patterns_of(count_sums& sums) const {
    pattern_memory found(lanes, tables_->bins());
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      found.status[lane] = sums.frames().status[lane];
      sums.write(lane, lane, found.all());
    }
    return found;
  }

  pattern_memory add_one_by_one(std::vector<std::size_t> const& order) const {
    count_sums sums;
    sums.begin(*tables_, lanes);
    range_sums part(*tables_, lanes);
    for (auto const range : order) {
      part.range = range;
      fill(part);
      sums.add(part);
    }
    return patterns_of(sums);
  }

  // A thread now and then does not go on for much longer than others need for a range.
  static void be_late(unsigned seed) {
    std::mt19937 random(seed);
    auto const longest = random() % 16 == 0 ? 4000U : 100U;
    if (random() % 3 != 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % longest));
  }

  cpu::huge_buffer<std::byte> memory_;
  std::optional<cpu::count_tables> tables_;
};

TEST_F(ordered_sums, are_the_same_whatever_the_threads_and_their_delays) {
  ASSERT_GT(tables_->ranges(), 50U);
  std::vector<std::size_t> order(tables_->ranges());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  auto const expected = add_one_by_one(order);
  EXPECT_NE(expected.signal, add_one_by_one({order.rbegin(), order.rend()}).signal) << "the order does not matter";
  unsigned seed = 0;
  for (int const threads : {2, 5, 24}) {
    cpu::thread_pool pool(threads);
    for (std::size_t const parts : {std::size_t{1}, std::size_t{2}, std::size_t(threads), 2 * std::size_t(threads)}) {
      for (int round = 0; round < 4; ++round, ++seed) {
        count_sums sums;
        sums.begin(*tables_, lanes);
        cpu::ordered_count_sums ordered(*tables_, sums, lanes, parts);
        std::vector<std::atomic<int>> times(tables_->ranges());
        pool.run(tables_->ranges(), [&](std::size_t task, int) {
          auto part = ordered.take();
          ++times.at(part->range);
          be_late(1000 * seed + static_cast<unsigned>(task));
          fill(*part);
          ordered.give(std::move(part));
        });
        for (auto const& n : times) ASSERT_EQ(n, 1);
        auto const found = patterns_of(sums);
        for (std::size_t lane = 0; lane < lanes; ++lane) expect_same_bits(found, lane, expected, lane);
        ASSERT_FALSE(HasFailure()) << threads << " threads, " << parts << " parts";
      }
    }
  }
}

// With few parts, most threads wait when a range fails: none of them waits for ever, and what is thrown is what failed.
TEST_F(ordered_sums, of_a_range_that_fails_end_with_its_error) {
  for (int const threads : {2, 9}) {
    cpu::thread_pool pool(threads);
    for (std::size_t const parts : {1, 2, 30}) {
      for (std::size_t const failing : {0, 1, 17, 40}) {
        count_sums sums;
        sums.begin(*tables_, lanes);
        cpu::ordered_count_sums ordered(*tables_, sums, lanes, parts);
        auto const work = [&](std::size_t task, int) {
          try {
            auto part = ordered.take();
            if (!part) return;
            be_late(static_cast<unsigned>(task));
            if (part->range == failing) throw std::runtime_error("the range that fails");
            ordered.give(std::move(part));
          } catch (...) {
            ordered.abandon();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));  // others notice first
            throw;
          }
        };
        try {
          pool.run(tables_->ranges(), work);
          ADD_FAILURE() << "nothing was thrown";
        } catch (std::runtime_error const& e) {
          EXPECT_STREQ(e.what(), "the range that fails");
        }
      }
    }
  }
}

}  // namespace
}  // namespace xrdct::test
