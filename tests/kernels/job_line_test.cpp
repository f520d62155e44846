// Jobs in phases that threads work on one behind the other.
#include "kernels/cpu/job_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <random>
#include <stdexcept>
#include <vector>

namespace xrdct::cpu {
namespace {

using places = std::array<std::atomic<int>, job_line::at_once>;  // jobs that use each

/// Counts what is done, and notes what must not be.
class counting_job : public phased_job {
 public:
  counting_job(std::vector<std::size_t> phases, places& used, std::function<void(std::size_t)> task = {})
      : phases_(std::move(phases)), used_(used), task_(std::move(task)), done_(phases_.size()) {}

  std::size_t phases() const override { return phases_.size(); }
  std::size_t tasks(std::size_t phase) const override { return phases_[phase]; }
  void run(std::size_t phase, std::size_t task, int worker, std::size_t place) override {
    auto known = nowhere;  // in one step: who comes second must see the place as soon as the first has it
    if (place_.compare_exchange_strong(known, place)) {
      if (++used_[place] != 1) shared_place = true;
    } else if (known != place) {
      moved = true;
    }
    if (worker < 0 || task >= phases_[phase]) wrong_task = true;
    for (std::size_t before = 0; before < phase; ++before)
      if (done_[before] != phases_[before]) early = true;
    if (task_) task_(phase);
    auto const is_last = ++done_[phase] == phases_[phase] && all_done();
    if (is_last) --used_[place];
  }
  void abandon() override { ++abandoned; }
  bool all_done() const {
    for (std::size_t phase = 0; phase < phases_.size(); ++phase)
      if (done_[phase] != phases_[phase]) return false;
    return true;
  }

  std::atomic<bool> early = false, moved = false, shared_place = false, wrong_task = false;
  std::atomic<int> abandoned = 0;

 private:
  std::vector<std::size_t> phases_;
  places& used_;
  std::function<void(std::size_t)> task_;
  std::vector<std::atomic<std::size_t>> done_;
  static constexpr std::size_t nowhere = job_line::at_once;
  std::atomic<std::size_t> place_ = nowhere;
};

TEST(job_line, does_all_tasks_of_all_jobs_phase_by_phase) {
  for (int const threads : {1, 2, 3, 8}) {
    thread_pool pool(threads);
    job_line line(pool);
    std::mt19937 random(static_cast<unsigned>(threads));
    places used{};
    std::vector<std::unique_ptr<counting_job>> jobs;
    std::vector<std::shared_ptr<job_line::ticket>> tickets;
    for (int i = 0; i < 300; ++i) {
      std::vector<std::size_t> phases(random() % 5);
      for (auto& tasks : phases) tasks = random() % 7;
      if (std::ranges::all_of(phases, [](auto n) { return n == 0; })) phases.push_back(1);
      jobs.push_back(std::make_unique<counting_job>(std::move(phases), used));
      tickets.push_back(line.submit(*jobs.back()));
      if (random() % 3 == 0) line.wait(*tickets[random() % tickets.size()]);
    }
    for (auto const& ticket : tickets) line.wait(*ticket);
    for (auto const& job : jobs) {
      EXPECT_TRUE(job->all_done());
      EXPECT_FALSE(job->early);
      EXPECT_FALSE(job->moved);
      EXPECT_FALSE(job->shared_place);
      EXPECT_FALSE(job->wrong_task);
      EXPECT_EQ(job->abandoned, 0);
    }
  }
}

TEST(job_line, a_job_without_tasks_has_ended) {
  thread_pool pool(2);
  job_line line(pool);
  places used{};
  counting_job nothing({}, used), also_nothing({0, 0}, used);
  line.wait(*line.submit(nothing));
  line.wait(*line.submit(also_nothing));
}

TEST(job_line, the_next_job_is_begun_while_a_task_of_the_first_goes_on) {
  thread_pool pool(2);
  job_line line(pool);
  places used{};
  std::atomic<bool> next_has_run = false;
  counting_job first({1}, used, [&](std::size_t) {
    while (!next_has_run) std::this_thread::yield();
  });
  counting_job second({1, 1}, used, [&](std::size_t phase) { next_has_run = next_has_run || phase == 1; });
  auto const a = line.submit(first), b = line.submit(second);
  line.wait(*a);
  line.wait(*b);
}

TEST(job_line, a_third_job_waits_for_a_place) {
  thread_pool pool(3);
  job_line line(pool);
  places used{};
  std::atomic<bool> let_go = false;
  std::atomic<int> begun = 0;
  auto const hold = [&](std::size_t) {
    ++begun;
    while (!let_go) std::this_thread::yield();
  };
  counting_job first({1}, used, hold), second({1}, used, hold), third({1}, used, hold);
  auto const a = line.submit(first), b = line.submit(second), c = line.submit(third);
  while (begun < 2) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(begun, 2);
  let_go = true;
  for (auto const& ticket : {a, b, c}) line.wait(*ticket);
  EXPECT_EQ(begun, 3);
}

/// Has one task, which needs no place.
struct placeless_job : phased_job {
  std::size_t phases() const override { return 1; }
  std::size_t tasks(std::size_t /*phase*/) const override { return 1; }
  void run(std::size_t /*phase*/, std::size_t /*task*/, int /*worker*/, std::size_t /*place*/) override { ran = true; }
  bool needs_place() const override { return false; }
  void abandon() override {}
  std::atomic<bool> ran = false;
};

TEST(job_line, a_job_that_needs_no_place_waits_for_none) {
  thread_pool pool(3);
  job_line line(pool);
  places used{};
  placeless_job third;
  auto const hold = [&](std::size_t) {  // until the third job has run
    while (!third.ran) std::this_thread::yield();
  };
  counting_job first({1}, used, hold), second({1}, used, hold);
  auto const a = line.submit(first), b = line.submit(second), c = line.submit(third);
  for (auto const& ticket : {a, b, c}) line.wait(*ticket);
  EXPECT_TRUE(third.ran);
}

TEST(job_line, throws_what_a_task_threw_and_leaves_the_rest_of_the_job_out) {
  for (int const threads : {1, 3}) {
    thread_pool pool(threads);
    job_line line(pool);
    places used{};
    std::atomic<int> in_second_phase = 0;
    counting_job bad({20, 5}, used, [&](std::size_t phase) {
      if (phase == 1) ++in_second_phase;
      throw std::runtime_error("no");
    });
    places of_good{};
    counting_job good({20, 5}, of_good);
    auto const a = line.submit(bad), b = line.submit(good);
    EXPECT_THROW(line.wait(*a), std::runtime_error);
    EXPECT_NO_THROW(line.wait(*b));
    EXPECT_GE(bad.abandoned, 1);
    EXPECT_LE(bad.abandoned, threads);
    EXPECT_EQ(in_second_phase, 0);
    EXPECT_TRUE(good.all_done());
  }
}

TEST(job_line, leaves_the_pool_to_others_when_it_is_empty) {
  thread_pool pool(2);
  job_line line(pool);
  places used{};
  counting_job job({4}, used);
  line.wait(*line.submit(job));
  std::atomic<int> done = 0;
  pool.run(5, [&](std::size_t, int) { ++done; });
  EXPECT_EQ(done, 5);
}

}  // namespace
}  // namespace xrdct::cpu
