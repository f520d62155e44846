// Jobs with iterative algorithms: what they write, and that it is what the solvers make of the rays of the frames.

#include "kernels/reference/reference.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/tomo/solver.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xrdct {
namespace {

using test::read_array;
using test::small_scan;
using extent = std::vector<std::uint64_t>;

class solver_jobs : public ::testing::Test {
 protected:
  void SetUp() override { set_log(log_level::quiet, ""); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  job written(small_scan const& scan) {
    scan.write(folder_.path());
    auto what = scan.reconstruction(folder_.path(), path("out.h5"));
    what.run.skip_bad_frames = true;
    what.run.backend = "reference";
    what.overwrite = true;
    return what;
  }
  std::string reconstructed(job what, std::string const& name) {
    what.output = path(name);
    reconstruct(what, communicator());
    return what.output;
  }
  std::string again(std::string const& file, tomogram_options const& options, std::string const& name) {
    job what;
    what.input.files = {file};
    what.tomogram = options;
    what.run.backend = "reference";
    what.overwrite = true;
    what.output = path(name);
    backproject(what, communicator());
    return what.output;
  }
  test::temporary_folder folder_;
};

small_scan awkward() {
  small_scan scan;
  scan.missing = {3, 12};
  scan.corrupt = {40};
  scan.without_position = {61};
  scan.noise = 20;  // positions are far from those of the axes
  return scan;
}

constexpr algorithm all_algorithms[] = {algorithm::sirt, algorithm::cgls, algorithm::mlem, algorithm::osem,
                                        algorithm::tv};

/// The rays and the solver are put together here anew, from what the file says of every entry.
TEST_F(solver_jobs, take_every_frame_where_it_was) {
  auto what = written(awkward());
  what.tomogram.axis = 0.07;
  what.tomogram.solver.iterations = 4;
  for (auto const which : all_algorithms) {
    what.tomogram.solver.algorithm = which;
    auto const file = reconstructed(what, "out.h5");
    auto const sinogram = read_array(file, "/entry/sinogram/intensity");
    auto const rotation = read_all_numbers(file, "/entry/sinogram/rotation_position");
    auto const translation = read_all_numbers(file, "/entry/sinogram/translation_position");
    auto const axis = read_numbers("/entry/sinogram/translation", file).values;
    std::vector<double> steps;
    for (std::size_t i = 1; i < axis.size(); ++i) steps.push_back(axis[i] - axis[i - 1]);
    std::ranges::nth_element(steps, steps.begin() + 5);
    ray_list rays{7, 11, {}, {}, {}, 11, 5};
    for (std::size_t e = 0; e < 77; ++e) {
      rays.angles.push_back(rotation[e] * std::numbers::pi / 180);
      rays.positions.push_back((translation[e] - 0.07) / steps[5]);
      rays.weights.push_back(std::isnan(sinogram.values[e * 150]) ? 0.0F : 1.0F);
    }
    EXPECT_EQ(std::ranges::count(rays.weights, 0.0F), 4);
    auto const device = reference::make_device();
    auto const projector = device->make_projector(rays);
    parts_team alone;
    auto const options = settle(what.tomogram.solver, 7);
    ray_operator const a(*projector, rays, alone, options.subsets);
    std::vector<float> expected(121 * 150);
    auto const ended =
        solve(a, options, view<float const>(sinogram.values.data(), 77, 150), view<float>(expected.data(), 121, 150));
    auto const tomogram = read_array(file, "/entry/tomogram/intensity");
    EXPECT_EQ(tomogram.shape, (extent{11, 11, 150}));
    auto const largest = *std::ranges::max_element(expected);
    ASSERT_GT(largest, 0);
    // The median of steps may be the mean of two.
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(tomogram.values[i], expected[i], 1e-5 * largest) << name_of(which);
    auto const residual = read_array(file, "/entry/tomogram/residual").values;
    for (std::size_t c = 0; c < 150; ++c) ASSERT_NEAR(residual[c], ended.residual[c], 1e-5);
    EXPECT_EQ(read_numbers("/entry/tomogram/iterations", file).values,
              std::vector<double>(ended.iterations.begin(), ended.iterations.end()));
    EXPECT_EQ(read_text(file, "/entry/tomogram/algorithm"), name_of(which));
    EXPECT_EQ(read_text(file, "/entry/tomogram/objective"), objective_of(which, false));
    EXPECT_FALSE(dataset_exists(file, "/entry/tomogram/intensity_errors"));
    EXPECT_FALSE(dataset_exists(file, "/entry/tomogram/filter"));

    auto const once_more = again(file, what.tomogram, "again.h5");
    test::expect_same_bits(read_array(once_more, "/entry/tomogram/intensity").values, tomogram.values,
                           std::string(name_of(which)));
  }
}

TEST_F(solver_jobs, solve_every_layer_and_sector_by_itself) {
  small_scan scan;
  scan.layers = 3;
  scan.repeated.clear();
  auto what = written(scan);
  what.run.backend = "cpu";
  what.geometry.integration.azimuth_bins = 2;
  what.tomogram.channels = {10, 90};
  what.tomogram.solver.algorithm = algorithm::cgls;
  what.tomogram.solver.iterations = 3;
  auto const file = reconstructed(what, "stack.h5");
  auto const all = read_array(file, "/entry/tomogram/intensity");
  EXPECT_EQ(all.shape, (extent{3, 2, 11, 11, 80}));
  EXPECT_EQ(dataset_shape(file, "/entry/tomogram/residual"), (extent{3, 2, 80}));
  auto const iterations = read_all_numbers(file, "/entry/tomogram/iterations");
  EXPECT_EQ(*std::ranges::max_element(iterations), 3);
  // Other channels do not change it.
  what.tomogram.channels = {10, 11};
  auto const one = read_array(reconstructed(what, "one.h5"), "/entry/tomogram/intensity");
  for (std::size_t i = 0; i < one.values.size(); ++i) ASSERT_EQ(one.values[i], all.values[i * 80]);
  auto const from_file = again(file, what.tomogram, "again.h5");
  EXPECT_EQ(dataset_shape(from_file, "/entry/tomogram/intensity"), (extent{3, 2, 11, 11, 1}));
}

TEST_F(solver_jobs, let_no_value_be_negative) {
  auto what = written({});
  for (auto const which : {algorithm::fbp, algorithm::sirt, algorithm::tv}) {
    what.tomogram.solver = {which, which == algorithm::fbp ? std::optional<int>() : 5, {}, {}, {}, false};
    auto const free = read_array(reconstructed(what, "free.h5"), "/entry/tomogram/intensity").values;
    EXPECT_LT(*std::ranges::min_element(free), 0) << name_of(which);
    what.tomogram.solver.non_negative = true;
    auto const cut = read_array(reconstructed(what, "cut.h5"), "/entry/tomogram/intensity").values;
    EXPECT_EQ(*std::ranges::min_element(cut), 0) << name_of(which);
  }
}

TEST_F(solver_jobs, refuse_what_an_algorithm_cannot) {
  auto what = written({});
  what.tomogram.solver.iterations = 3;  // of filtered back-projection
  auto const code = [&] {
    try {
      reconstruct(what, communicator());
    } catch (error const& e) {
      return e.code();
    }
    return exit_code::done;
  };
  EXPECT_EQ(code(), exit_code::usage);
  what.tomogram.solver.algorithm = algorithm::cgls;
  what.tomogram.solver.non_negative = true;
  EXPECT_EQ(code(), exit_code::usage);
}

}  // namespace
}  // namespace xrdct
