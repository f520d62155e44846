// Iterations that ranks share are kept by each of them, and go on where all of them have been.

#include "xrdct/pipeline/solver_keeper.hpp"
#include "kernels/cpu/cpu.hpp"
#include "tests/mpi/common_folder.hpp"
#include "tests/mpi/world.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/pipeline/rank_team.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <numbers>
#include <random>

namespace xrdct {
namespace {

using test::world;
namespace fs = std::filesystem;

constexpr std::size_t channels = 150;
constexpr std::uint64_t first_bin = 70;  // in the middle of a block

/// A job of one solver, whose checkpoint is in a folder that all ranks share.
class keeper_of_a_team : public testing::Test {
 protected:
  keeper_of_a_team() {
    job_.output = folder_ / "out.h5";
    job_.run.checkpoint = 1e-9;
    job_.run.resume = true;
    rays_ = {20, 17, {}, {}, {}, 18, 8.3};
    for (int r = 0; r < rays_.rotations; ++r)
      for (int t = 0; t < rays_.translations; ++t) {
        rays_.angles.push_back(std::numbers::pi * r / rays_.rotations);
        rays_.positions.push_back(t - 8.1);
        rays_.weights.push_back((r * 17 + t) % 23 == 5 ? 0.0F : 1.0F);
      }
    std::mt19937_64 random(4);
    std::uniform_real_distribution<float> uniform;
    sinogram_.resize(rays_.weights.size() * channels);
    std::ranges::generate(sinogram_, [&] { return uniform(random); });
  }

  std::vector<float> solve_by(parts_team& team, algorithm which, solver_outcome& outcome,
                              solver_observer const& observer = {}, group_source const& begin = {}) {
    solver_options options;
    options.algorithm = which;
    options.iterations = 6;
    options.tolerance = 0;
    options.subsets = which == algorithm::osem ? 3 : 1;
    auto const device = cpu::make_device(1);
    auto const projector = device->make_projector(rays_);
    ray_operator const a(*projector, rays_, team, options.subsets);
    std::vector<float> image(18 * 18 * channels);
    outcome = solve(a, options, view<float const>(sinogram_.data(), rays_.weights.size(), channels),
                    view<float>(image.data(), 18 * 18, channels), observer, begin);
    return image;
  }

  /// An attempt that is ended after some iterations, unless there are fewer. Returns how many it made.
  int attempt(int workers, algorithm which, int most, std::vector<float>& image, solver_outcome& outcome) {
    checkpoints const kept(job_, run_identity(), world());
    solver_keeper keeper(kept, world().rank(), world().size());
    rank_team team(world(), workers);
    team_member const me{team, static_cast<std::uint32_t>(world().rank()), static_cast<std::uint32_t>(workers)};
    int made = 0;
    if (team.works()) try {
        image = solve_by(
            team, which, outcome,
            [&](std::uint64_t first, channel_group const& group, bool) {
              bool const ending = ++made == most;
              keeper.look(0, first_bin + first, group, ending, me);
              if (ending) throw runtime_failure("ended");
            },
            [&](std::uint64_t first, std::size_t at_most) { return keeper.begin(0, first_bin + first, at_most, me); });
      } catch (runtime_failure const&) {
        EXPECT_EQ(made, most);
      }
    world().barrier();
    return made;
  }

  job job_;
  test::common_folder folder_;
  ray_list rays_;
  std::vector<float> sinogram_;
};

TEST_F(keeper_of_a_team, goes_on_with_the_bits_of_an_undisturbed_one) {
  for (auto const which : {algorithm::sirt, algorithm::cgls, algorithm::mlem, algorithm::osem, algorithm::tv})
    for (int workers = 1; workers <= std::min(world().size(), 4); workers *= 2) {
      parts_team alone;
      solver_outcome expected, outcome;
      auto const wanted = solve_by(alone, which, expected);
      std::vector<float> image;
      attempt(workers, which, 2, image, outcome);
      attempt(workers, which, 1, image, outcome);
      int const left = attempt(workers, which, 100, image, outcome);
      checkpoints const kept(job_, run_identity(), world());
      solver_keeper const keeper(kept, 0, 1);
      EXPECT_FALSE(kept.states().empty());
      if (world().rank() < workers) {
        EXPECT_EQ(left, 3);
        EXPECT_EQ(image, wanted) << name_of(which) << " by " << workers;
        EXPECT_EQ(outcome.iterations, expected.iterations);
        EXPECT_EQ(outcome.residual, expected.residual);
      }
      world().barrier();
      if (world().root()) kept.remove();
      world().barrier();
    }
}

TEST_F(keeper_of_a_team, goes_back_to_what_all_of_the_team_have) {
  if (world().size() < 2) GTEST_SKIP() << "it needs two ranks";
  parts_team alone;
  solver_outcome expected, outcome;
  auto const wanted = solve_by(alone, algorithm::sirt, expected);
  std::vector<float> image;
  attempt(2, algorithm::sirt, 4, image, outcome);
  // The last that rank 1 wrote is lost, as if it had been killed before.
  if (world().root()) fs::remove(job_.output + ".checkpoint/0001-00001-000003.state");
  world().barrier();
  {
    checkpoints const kept(job_, run_identity(), world());
    EXPECT_EQ(solver_keeper(kept, 0, 1).workers_of(0, {first_bin, channels}), 2);
    EXPECT_EQ(solver_keeper(kept, 0, 1).workers_of(1, {first_bin, channels}), 0);
    EXPECT_EQ(solver_keeper(kept, 0, 1).workers_of(0, {0, 64}), 0);
  }
  int const left = attempt(2, algorithm::sirt, 100, image, outcome);
  if (world().rank() < 2) {
    EXPECT_EQ(left, 3);
    EXPECT_EQ(image, wanted);
  }
}

}  // namespace
}  // namespace xrdct
