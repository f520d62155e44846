// Jobs with iterative algorithms: what they write, and that it is what the solvers make of the rays of the frames.

#include "kernels/reference/reference.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/pipeline/sample_absorption.hpp"
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

/// The rays of a scan of 7 rotations and 11 translations about an axis, from what its file says of every entry.
ray_list rays_in(std::string const& file, std::vector<float> const& intensity, double about) {
  auto const rotation = read_all_numbers(file, "/entry/sinogram/rotation_position");
  auto const translation = read_all_numbers(file, "/entry/sinogram/translation_position");
  auto const axis = read_numbers("/entry/sinogram/translation", file).values;
  std::vector<double> steps;
  for (std::size_t i = 1; i < axis.size(); ++i) steps.push_back(axis[i] - axis[i - 1]);
  std::ranges::nth_element(steps, steps.begin() + 5);
  ray_list rays{7, 11, {}, {}, {}, 11, 5};
  for (std::size_t e = 0; e < 77; ++e) {
    rays.angles.push_back(rotation[e] * std::numbers::pi / 180);
    rays.positions.push_back((translation[e] - about) / steps[5]);
    rays.weights.push_back(std::isnan(intensity[e * 150]) ? 0.0F : 1.0F);
  }
  return rays;
}

/// The rays and the solver are put together here anew.
TEST_F(solver_jobs, take_every_frame_where_it_was) {
  auto what = written(awkward());
  what.tomogram.axis = 0.07;
  what.tomogram.solver.iterations = 4;
  for (auto const which : all_algorithms) {
    what.tomogram.solver.algorithm = which;
    auto const file = reconstructed(what, "out.h5");
    auto const sinogram = read_array(file, "/entry/sinogram/intensity");
    auto const rays = rays_in(file, sinogram.values, 0.07);
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
    EXPECT_EQ(read_text(file, "/entry/tomogram/objective"), objective_of(options));
    EXPECT_FALSE(dataset_exists(file, "/entry/tomogram/intensity_errors"));
    EXPECT_FALSE(dataset_exists(file, "/entry/tomogram/filter"));

    auto const once_more = again(file, what.tomogram, "again.h5");
    test::expect_same_bits(read_array(once_more, "/entry/tomogram/intensity").values, tomogram.values,
                           std::string(name_of(which)));
  }
}

TEST_F(solver_jobs, weigh_values_by_their_errors_if_asked_to) {
  auto what = written(awkward());
  what.tomogram.axis = 0.07;
  what.tomogram.solver.iterations = 4;
  what.tomogram.solver.weighted = true;
  for (auto const which : {algorithm::cgls, algorithm::sirt}) {
    what.tomogram.solver.algorithm = which;
    auto const file = reconstructed(what, "out.h5");
    auto const intensity = read_array(file, "/entry/sinogram/intensity").values;
    auto const errors = read_array(file, "/entry/sinogram/intensity_errors").values;
    auto const rays = rays_in(file, intensity, 0.07);
    auto const device = reference::make_device();
    auto const projector = device->make_projector(rays);
    parts_team alone;
    ray_operator const a(*projector, rays, alone);
    std::vector<float> expected(121 * 150);
    solve(a, settle(what.tomogram.solver, 7), view<float const>(intensity.data(), 77, 150),
          view<float>(expected.data(), 121, 150), {}, {}, view<float const>(errors.data(), 77, 150));
    auto const tomogram = read_array(file, "/entry/tomogram/intensity").values;
    auto const largest = *std::ranges::max_element(expected);
    for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(tomogram[i], expected[i], 1e-5 * largest) << i;
    EXPECT_NE(read_text(file, "/entry/tomogram/objective").find("sigma"), std::string::npos);
    auto const once_more = again(file, what.tomogram, "again.h5");
    test::expect_same_bits(read_array(once_more, "/entry/tomogram/intensity").values, tomogram, "again");
  }
  what.geometry.errors = error_model::none;
  EXPECT_THROW(reconstructed(what, "out.h5"), error);
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

/// Absorption makes the tomogram brighter, no more than the thickest ray is dimmed, and by all algorithms alike.
TEST_F(solver_jobs, undo_absorption_by_the_sample) {
  auto what = written({});
  what.run.backend = "cpu";
  auto const file = reconstructed(what, "bright.h5");
  auto const bright = read_array(file, "/entry/tomogram/intensity").values;
  std::vector<float> absorption(121);
  for (std::size_t i = 0; i < 121; ++i) absorption[i] = i % 11 > 2 && i % 11 < 8 && i / 11 > 3 ? 0.1F : 0.0F;
  {
    nexus_file image(path("absorption.h5"), nexus_file::mode::create);
    std::uint64_t const shape[] = {11, 11};
    image.array<float>("/absorption", absorption, shape);
    image.close();
  }
  what.tomogram.sample_absorption = path("absorption.h5") + "::/absorption";
  auto const corrected = reconstructed(what, "corrected.h5");
  auto const brighter = read_array(corrected, "/entry/tomogram/intensity").values;
  EXPECT_NE(brighter, bright);
  auto const total = [](std::vector<float> const& v) {
    double sum = 0;
    for (float const x : v) sum += static_cast<double>(x);
    return sum;
  };
  EXPECT_GT(total(brighter), 1.05 * total(bright));
  EXPECT_LT(total(brighter), std::exp(0.1 * 8) * total(bright));
  // An even absorption of no thickness changes nothing.
  {
    std::vector<float> const nothing(121);
    nexus_file image(path("none.h5"), nexus_file::mode::create);
    std::uint64_t const shape[] = {1, 11, 11, 1};
    image.array<float>("/entry/tomogram/intensity", std::span<float const>(nothing), shape);
    image.close();
  }
  what.tomogram.sample_absorption = path("none.h5");
  test::expect_same_bits(read_array(reconstructed(what, "same.h5"), "/entry/tomogram/intensity").values, bright,
                         "without absorption");
  for (auto const which : {algorithm::cgls, algorithm::mlem}) {
    what.tomogram.solver.algorithm = which;
    what.tomogram.solver.iterations = 10;
    what.tomogram.sample_absorption.clear();
    auto const plain = total(read_array(reconstructed(what, "plain.h5"), "/entry/tomogram/intensity").values);
    what.tomogram.sample_absorption = path("absorption.h5") + "::/absorption";
    auto const weighted = total(read_array(reconstructed(what, "weighted.h5"), "/entry/tomogram/intensity").values);
    EXPECT_NEAR(weighted / plain, total(brighter) / total(bright), 0.1) << name_of(which);
  }
}

TEST(sample_absorption, is_summed_up_along_rays) {
  auto plan = plan_tomogram({}, {0, 90}, {-2, -1, 0, 1, 2}, {3, 0});
  for (int i = 0; i < 25; ++i) plan.absorption.push_back(0.01F * static_cast<float>(i * i % 17));
  entry_map entries{2, 5, std::vector<std::uint8_t>(10, 1)};
  entries.present[7] = 0;
  auto const device = reference::make_device();
  auto const left = transmission(plan, 0, *device, entries);
  auto const at = [&](int row, int column) {
    return static_cast<double>(plan.absorption[static_cast<std::size_t>(row * 5 + column)]);
  };
  std::vector<double> expected(10);
  for (int t = 0; t < 5; ++t)
    for (int i = 0; i < 5; ++i) {
      expected[static_cast<std::size_t>(t)] += at(i, t);          // at 0 degrees, a column
      expected[static_cast<std::size_t>(5 + t)] += at(4 - t, i);  // at 90, a row, the lowest first
    }
  for (auto& v : expected) v = std::exp(-v);
  expected[7] = 1;
  for (std::size_t e = 0; e < 10; ++e) EXPECT_NEAR(left[e], expected[e], 1e-6) << e;

  std::vector<float> intensity(30, 2.0F), errors(30, 0.5F);
  undo_absorption(left, {{0, 3}, entries, {intensity.data(), 10, 3}, {errors.data(), 10, 3}, true, {}});
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_NEAR(intensity[i], 2 / expected[i / 3], 1e-5);
    EXPECT_NEAR(errors[i], 0.5 / expected[i / 3], 1e-5);
  }
}

TEST_F(solver_jobs, refuse_absorption_that_does_not_fit) {
  auto what = written({});
  auto const file = reconstructed(what, "result.h5");
  auto const refused = [&](std::string const& source) {
    what.tomogram.sample_absorption = source;
    try {
      reconstruct(what, communicator());
    } catch (error const& e) {
      return e.code() == exit_code::bad_input;
    }
    return false;
  };
  EXPECT_TRUE(refused(file));  // 150 channels
  EXPECT_TRUE(refused(path("absent.h5")));
  EXPECT_TRUE(refused(file + "::/entry/tomogram/x"));
  std::uint64_t const shape[] = {11, 11};
  nexus_file image(path("absorption.h5"), nexus_file::mode::create);
  image.array<float>("/opaque", std::vector<float>(121, 3), shape);
  image.array<float>("/nan", std::vector<float>(121, std::nanf("")), shape);
  image.close();
  EXPECT_TRUE(refused(path("absorption.h5::/opaque")));
  EXPECT_TRUE(refused(path("absorption.h5::/nan")));
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
