// Gathers over links that are made up: ranks are threads, memory is shared as a team shares it, and leaders exchange
// sections by mailboxes that deliver late.

#include "kernels/common/gather_plan.hpp"
#include "kernels/common/team_gather.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

namespace xrdct {
namespace {

using bytes = std::vector<std::byte>;

/// What ranks of a team share.
struct team_memory {
  bytes given, taken;
  std::vector<std::array<std::atomic<std::uint64_t>, gather_steps>> counts;
  team_memory(gather_plan const& plan, std::size_t members)
      : given(plan.most_given()), taken(plan.most_taken()), counts(members) {}
};

/// Sections on their way: by sender, receiver and round of the pair.
struct mailboxes {
  std::mutex lock;
  std::map<std::array<int, 3>, bytes> letters;
};

/// Copies are made when they are asked after, sections are taken out some polls after they came.
class model_link {
 public:
  model_link(gather_plan const& plan, team_memory& team, mailboxes& world, unsigned seed)
      : team_number_(plan.team()), team_(team), world_(world), random_(seed) {
    auto const& members = plan.members(plan.team());
    member_ = static_cast<std::size_t>(std::ranges::find(members, plan.rank()) - members.begin());
  }
  std::string description() const { return "a model"; }
  void put(host_rows from, std::uint64_t to) {
    copies_.push_back([this, from, to] {
      for (std::uint64_t r = 0; r < from.rows; ++r)
        std::memcpy(team_.given.data() + to + r * from.length, from.data + r * from.stride, from.length);
    });
  }
  void get(bool given, std::uint64_t from, host_rows to) {
    copies_.push_back([this, given, from, to] {
      auto const& memory = given ? team_.given : team_.taken;
      for (std::uint64_t r = 0; r < to.rows; ++r)
        std::memcpy(to.data + r * to.stride, memory.data() + from + r * to.length, to.length);
    });
  }
  bool copied() {
    if (random_() % 3 == 0) return false;
    for (auto const& copy : copies_) copy();
    copies_.clear();
    return true;
  }
  void exchange(std::vector<gather_plan::section> const& gives, std::vector<gather_plan::section> const& takes) {
    std::lock_guard const guard(world_.lock);
    for (auto const& part : gives) {
      if (part.team == team_number_) continue;
      auto const at = team_.given.begin() + static_cast<std::ptrdiff_t>(part.offset);
      world_.letters[{team_number_, part.team, round_}] = bytes(at, at + static_cast<std::ptrdiff_t>(part.bytes));
    }
    expected_ = takes;
  }
  bool exchanged() {
    if (random_() % 3 == 0) return false;
    std::lock_guard const guard(world_.lock);
    std::erase_if(expected_, [&](auto const& part) {
      if (part.team == team_number_) return true;
      auto const letter = world_.letters.find({part.team, team_number_, round_});
      if (letter == world_.letters.end()) return false;
      EXPECT_EQ(letter->second.size(), part.bytes);
      std::ranges::copy(letter->second, team_.taken.begin() + static_cast<std::ptrdiff_t>(part.offset));
      world_.letters.erase(letter);
      return true;
    });
    if (!expected_.empty()) return false;
    ++round_;
    return true;
  }
  void tell(gather_step step, std::uint64_t count) { team_.counts[member_][static_cast<std::size_t>(step)] = count; }
  std::uint64_t heard(int member, gather_step step) const {
    return team_.counts[static_cast<std::size_t>(member)][static_cast<std::size_t>(step)];
  }

 private:
  int team_number_;
  std::size_t member_ = 0;
  team_memory& team_;
  mailboxes& world_;
  std::mt19937 random_;
  int round_ = 0;
  std::vector<std::function<void()>> copies_;
  std::vector<gather_plan::section> expected_;
};

std::byte value_of(int round, int from, int to, std::uint64_t row, std::uint64_t at) {
  return static_cast<std::byte>((static_cast<std::uint64_t>(round * 131 + from * 17 + to * 7) + row * 3 + at) % 251);
}

/// One rank's part, in a thread: gives rows of a wider array, takes into another, and looks at all it got.
void take_part(gather_shape const& shape, int rank, team_memory& team, mailboxes& world, std::atomic<int>& wrong) {
  gather_plan const plan(shape, rank);
  team_gather<model_link> gather(plan, model_link(plan, team, world, static_cast<unsigned>(rank) + 5));
  constexpr std::uint64_t margin = 3;  // of rows in the host's memory
  std::vector<std::vector<bytes>> out, in;
  std::mt19937 random(static_cast<unsigned>(rank));
  for (int round = 0; round < plan.rounds(); ++round) {
    auto const n = static_cast<std::size_t>(plan.ranks());
    out.emplace_back(n), in.emplace_back(n);
    std::vector<host_rows> give(n), take(n);
    for (int other = 0; other < plan.ranks(); ++other) {
      auto const o = static_cast<std::size_t>(other);
      auto const rows_out = shape.rows[static_cast<std::size_t>(round)][static_cast<std::size_t>(rank)];
      auto const rows_in = shape.rows[static_cast<std::size_t>(round)][o];
      auto const length_out = shape.lengths[o], length_in = shape.lengths[static_cast<std::size_t>(rank)];
      out.back()[o].resize(rows_out * (length_out + margin));
      in.back()[o].resize(rows_in * (length_in + margin));
      give[o] = {out.back()[o].data(), rows_out, length_out, length_out + margin};
      take[o] = {in.back()[o].data(), rows_in, length_in, length_in + margin};
      for (std::uint64_t r = 0; r < rows_out; ++r)
        for (std::uint64_t i = 0; i < length_out; ++i)
          out.back()[o][r * (length_out + margin) + i] = value_of(round, rank, other, r, i);
    }
    gather.start(std::move(give), std::move(take));
    for (auto polls = random() % 4; polls > 0; --polls) gather.poll();
  }
  while (!gather.poll()) std::this_thread::yield();
  for (int round = 0; round < plan.rounds(); ++round)
    for (int from = 0; from < plan.ranks(); ++from) {
      auto const& got = in[static_cast<std::size_t>(round)][static_cast<std::size_t>(from)];
      auto const length = shape.lengths[static_cast<std::size_t>(rank)];
      for (std::size_t at = 0; at < got.size(); ++at) {
        auto const i = at % (length + margin);
        auto const expected =
            from == rank || i >= length ? std::byte{0} : value_of(round, from, rank, at / (length + margin), i);
        wrong += got[at] != expected ? 1 : 0;
      }
    }
}

void expect_gathered(gather_shape const& shape) {
  auto const ranks = static_cast<int>(shape.lengths.size());
  std::map<int, std::unique_ptr<team_memory>> teams;
  for (int rank = 0; rank < ranks; ++rank) {
    gather_plan const plan(shape, rank);
    if (plan.leads()) teams[plan.team()] = std::make_unique<team_memory>(plan, plan.members(plan.team()).size());
  }
  mailboxes world;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> all;
  for (int rank = 0; rank < ranks; ++rank)
    all.emplace_back(
        [&, rank] { take_part(shape, rank, *teams[shape.teams[static_cast<std::size_t>(rank)]], world, wrong); });
  for (auto& one : all) one.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(world.letters.empty());
}

gather_shape random_shape(std::mt19937& random, std::size_t ranks, int teams, std::size_t rounds) {
  gather_shape shape;
  for (std::size_t r = 0; r < ranks; ++r) {
    shape.lengths.push_back(random() % 4 == 0 ? 0 : random() % 40);
    shape.teams.push_back(r < static_cast<std::size_t>(teams)
                              ? static_cast<int>(r)
                              : static_cast<int>(random() % static_cast<unsigned>(teams)));
  }
  std::shuffle(shape.teams.begin(), shape.teams.end(), random);
  for (std::size_t i = 0; i < rounds; ++i) {
    shape.rows.emplace_back();
    for (std::size_t r = 0; r < ranks; ++r) shape.rows.back().push_back(random() % 4 == 0 ? 0 : random() % 30);
  }
  return shape;
}

TEST(gather, brings_everything_where_it_belongs) {
  std::mt19937 random(20261122);
  expect_gathered(random_shape(random, 1, 1, 3));
  expect_gathered(random_shape(random, 15, 1, 8));  // one device
  expect_gathered(random_shape(random, 6, 6, 5));   // a device each
  for (int i = 0; i < 12; ++i) {
    auto const ranks = 1 + random() % 9;
    expect_gathered(random_shape(random, ranks, 1 + static_cast<int>(random() % ranks), 1 + random() % 8));
  }
}

TEST(gather, sections_of_both_sides_are_the_same_and_overlap_nowhere) {
  std::mt19937 random(3);
  for (int i = 0; i < 50; ++i) {
    auto const ranks = 1 + random() % 12;
    auto const shape = random_shape(random, ranks, 1 + static_cast<int>(random() % ranks), 2);
    std::vector<gather_plan> plans;
    for (std::size_t r = 0; r < ranks; ++r) plans.emplace_back(shape, static_cast<int>(r));
    for (auto const& from : plans)
      for (auto const& to : plans) {
        if (from.team() == to.team()) continue;
        auto const out = from.gives(1)[static_cast<std::size_t>(to.team())];
        auto const in = to.takes(1)[static_cast<std::size_t>(from.team())];
        ASSERT_EQ(out.bytes, in.bytes);
        // A pair's place in the section is the same on both sides.
        ASSERT_EQ(from.place_to_give(1, from.rank(), to.rank()) - out.offset,
                  to.place_to_take(1, from.rank(), to.rank()) - in.offset);
        ASSERT_LE(out.offset + out.bytes, from.most_given());
        ASSERT_LE(in.offset + in.bytes, to.most_taken());
      }
  }
}

TEST(gather, counts_beyond_32_bits) {
  // 4 ranks on 2 devices, rounds of 40 million rows of 64 channels.
  gather_shape const shape{{{40'000'000, 40'000'000, 40'000'000, 40'000'000}}, {256, 256, 256, 256}, {0, 0, 1, 1}};
  gather_plan const plan(shape, 1);
  constexpr std::uint64_t pair = 40'000'000ULL * 256;
  EXPECT_EQ(plan.bytes(0, 1, 2), pair);
  EXPECT_EQ(plan.most_given(), 6 * pair);  // 2 pairs in the team, 4 to the other
  EXPECT_EQ(plan.most_taken(), 4 * pair);
  EXPECT_EQ(plan.place_to_give(0, 1, 3), 5 * pair);
}

TEST(gather, refuses_what_does_not_fit_together) {
  EXPECT_THROW(gather_plan({{{1, 1}}, {1, 1}, {0}}, 0), std::invalid_argument);
  EXPECT_THROW(gather_plan({{{1}}, {1, 1}, {0, 0}}, 0), std::invalid_argument);
  EXPECT_THROW(gather_plan({{{1, 1}}, {1, 1}, {1, 1}}, 0), std::invalid_argument);  // team 0 has no ranks
  EXPECT_THROW(gather_plan({{{1, 1}}, {1, 1}, {0, 0}}, 2), std::invalid_argument);
  gather_shape const shape{{{2, 2}}, {4, 4}, {0, 0}};
  gather_plan const plan(shape, 0);
  team_memory team(plan, 2);
  mailboxes world;
  team_gather<model_link> gather(plan, model_link(plan, team, world, 1));
  EXPECT_THROW(gather.start({{}, {nullptr, 2, 3, 3}}, {{}, {nullptr, 2, 4, 4}}), std::invalid_argument);
  EXPECT_THROW(gather.start({{}}, {{}}), std::invalid_argument);
}

}  // namespace
}  // namespace xrdct
