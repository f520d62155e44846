// Ranks that share the rotations of a sinogram: sums in a tree, and the same bits as by one rank.

#include "xrdct/tomo/solver.hpp"
#include "kernels/cpu/cpu.hpp"
#include "kernels/reference/reference.hpp"
#include "tests/mpi/world.hpp"
#include "xrdct/comm/tree_sum.hpp"
#include "xrdct/pipeline/rank_team.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numbers>
#include <random>

namespace xrdct {
namespace {

using test::world;

template <class T>
std::vector<T> numbers_of(int rank, std::size_t count) {
  std::mt19937_64 random(static_cast<std::size_t>(rank) * 1000 + count);
  std::normal_distribution<T> normal;
  std::vector<T> values(count);
  for (auto& v : values) v = normal(random) * std::exp(normal(random));
  return values;
}

/// Neighbours first.
template <class T>
std::vector<T> sum_of_all(int first, int ranks, std::size_t count) {
  if (ranks == 1) return numbers_of<T>(first, count);
  auto sum = sum_of_all<T>(first, ranks / 2, count);
  auto const other = sum_of_all<T>(first + ranks / 2, ranks / 2, count);
  for (std::size_t i = 0; i < count; ++i) sum[i] += other[i];
  return sum;
}

template <class T>
void sums_are_made_in_a_tree() {
  for (int workers = 1; workers <= world().size(); workers *= 2)
    for (std::size_t const count : {0, 1, 3, 16, 1001}) {
      auto values = numbers_of<T>(world().rank(), count);
      auto const before = values;
      tree_sum(world(), workers, std::span(values));
      EXPECT_EQ(values, world().rank() < workers ? sum_of_all<T>(0, workers, count) : before)
          << workers << " of " << world().size() << " ranks, " << count;
    }
}

TEST(tree_sum, adds_neighbours_first) {
  sums_are_made_in_a_tree<float>();
  sums_are_made_in_a_tree<double>();
}

/// Fewer rotations than parts, and more.
ray_list rays_of_scan(int rotations) {
  ray_list rays{rotations, 17, {}, {}, {}, 18, 8.3};
  for (int r = 0; r < rotations; ++r)
    for (int t = 0; t < 17; ++t) {
      rays.angles.push_back(std::numbers::pi * r / rotations + 1e-3 * t);
      rays.positions.push_back(t - 8 + 0.1 * (r % 3));
      rays.weights.push_back((r * 17 + t) % 23 == 5 ? 0.0F : 1.0F);
    }
  return rays;
}

std::vector<float> solved(device& on, ray_list const& rays, solver_options const& options, parts_team& team,
                          solver_outcome& outcome) {
  std::size_t const channels = 70;
  auto const projector = on.make_projector(rays);
  ray_operator const a(*projector, rays, team, options.subsets);
  std::mt19937_64 random(4);
  std::uniform_real_distribution<float> uniform;
  std::vector<float> sinogram(rays.weights.size() * channels);
  std::ranges::generate(sinogram, [&] { return uniform(random); });
  std::vector<float> image(18 * 18 * channels);
  outcome = solve(a, options, view<float const>(sinogram.data(), rays.weights.size(), channels),
                  view<float>(image.data(), 18 * 18, channels));
  return image;
}

TEST(rank_team, gives_the_bits_that_one_rank_gives) {
  auto const device = cpu::make_device(1);
  for (int const rotations : {7, 40})
    for (auto const which : {algorithm::sirt, algorithm::cgls, algorithm::mlem, algorithm::osem, algorithm::tv}) {
      solver_choice choice;
      choice.algorithm = which;
      choice.iterations = 4;
      choice.tolerance = 2e-2;
      if (which == algorithm::osem) choice.subsets = 3;
      auto const options = settle(choice, rotations);
      auto const rays = rays_of_scan(rotations);
      parts_team alone;
      solver_outcome expected;
      auto const image = solved(*device, rays, options, alone, expected);
      for (int workers = 1; workers <= std::min(world().size(), projection_parts); workers *= 2) {
        rank_team team(world(), workers);
        EXPECT_EQ(team.works(), world().rank() < workers);
        if (!team.works()) continue;
        solver_outcome outcome;
        EXPECT_EQ(solved(*device, rays, options, team, outcome), image) << name_of(which) << " by " << workers;
        EXPECT_EQ(outcome.iterations, expected.iterations);
        EXPECT_EQ(outcome.residual, expected.residual);
      }
    }
}

TEST(rank_team, is_for_single_precision) {
  auto const rays = rays_of_scan(5);
  EXPECT_TRUE(keeps_single_precision(*cpu::make_device(1)->make_projector(rays)));
  auto const plain = reference::make_device();
  auto const projector = plain->make_projector(rays);
  EXPECT_FALSE(keeps_single_precision(*projector));
  solver_options options;
  options.algorithm = algorithm::cgls;
  EXPECT_EQ(predict_sharing(world(), *projector, rays, options, 3).workers, 1);
}

TEST(rank_team, is_chosen_by_all_alike) {
  auto const rays = rays_of_scan(64);
  auto const device = cpu::make_device(1);
  auto const projector = device->make_projector(rays);
  solver_options options;
  options.algorithm = algorithm::sirt;
  auto const found = predict_sharing(world(), *projector, rays, options, 64);
  EXPECT_EQ(found.members, world().size());
  EXPECT_GT(found.alone, 0);
  EXPECT_LE(found.of_iteration(), found.alone);
  EXPECT_EQ(world().maximum(std::int64_t{found.workers}), found.workers);
  EXPECT_EQ(world().minimum(found.workers), found.workers);
}

}  // namespace
}  // namespace xrdct
