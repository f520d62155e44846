// Error models and rejection from the job to the result.

#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

namespace xrdct {
namespace {

using test::read_array;

class errors_and_outliers : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log(log_level::quiet, "");
    test::small_scan const scan;
    scan.write(folder_.path());
    what_ = scan.reconstruction(folder_.path(), path("out.h5"));
  }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  /// Patterns of the scan, in a file of this name.
  std::string run(std::string const& name, std::string const& backend = "cpu") {
    what_.output = path(name);
    what_.run.backend = backend;
    integrate(what_, communicator());
    return what_.output;
  }
  static std::vector<float> values(std::string const& file, std::string const& name) {
    return read_array(file, "/entry/patterns/" + name).values;
  }
  /// A NumPy file of an image of the frames' shape.
  std::string image(std::string const& name, std::vector<float> const& pixels, int rows = 33, int columns = 47) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                         std::to_string(columns) + "), }";
    header.resize(117, ' ');
    std::ofstream file(path(name), std::ios::binary);
    file << "\x93NUMPY\x01" << '\0' << 'v' << '\0' << header << "\n";
    file.write(reinterpret_cast<char const*>(pixels.data()), static_cast<std::streamsize>(pixels.size() * 4));
    return path(name);
  }
  void expect_refused(exit_code code, std::string const& word) {
    what_.output = path("never.h5");
    try {
      integrate(what_, communicator());
      ADD_FAILURE() << "not refused: " << word;
    } catch (error const& e) {
      EXPECT_EQ(e.code(), code) << e.what();
      EXPECT_NE(std::string(e.what()).find(word), std::string::npos) << e.what();
    }
    EXPECT_FALSE(std::filesystem::exists(what_.output));
  }
  test::temporary_folder folder_;
  job what_;
};

TEST_F(errors_and_outliers, of_every_kind_are_alike_on_both_backends) {
  rejection const ways[] = {{},
                            {.method = rejection_method::sigma_clip, .threshold = 2},
                            {.method = rejection_method::quantiles},
                            {.method = rejection_method::quantiles, .lower = 0.1, .upper = 0.9}};
  for (auto const errors : {error_model::poisson, error_model::azimuthal}) {
    for (auto const& how : ways) {
      what_.geometry.errors = errors;
      what_.geometry.reject = how;
      auto const cpu = run("cpu.h5", "cpu"), reference = run("reference.h5", "reference");
      what_.overwrite = true;
      auto const intensity = values(reference, "intensity");  // of which a scatter of none is a rounding error
      for (char const* name : {"intensity", "intensity_errors", "count"}) {
        auto const found = values(cpu, name), expected = values(reference, name);
        ASSERT_EQ(found.size(), expected.size());
        for (std::size_t i = 0; i < found.size(); ++i)
          ASSERT_NEAR(found[i], expected[i], 2e-7 * std::abs(expected[i]) + 1e-13 * std::abs(intensity[i]))
              << name << " " << i;
      }
    }
  }
}

TEST_F(errors_and_outliers, rejection_leaves_pixels_out) {
  auto const all = values(run("all.h5"), "count");
  what_.geometry.reject = {.method = rejection_method::quantiles, .lower = 0.1, .upper = 0.9};
  auto const middle = values(run("middle.h5"), "count");
  what_.geometry.reject = {.method = rejection_method::quantiles};
  auto const median = values(run("median.h5"), "count");
  double of_all = 0, of_middle = 0, of_median = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    of_all += all[i];
    of_middle += middle[i];
    of_median += median[i];
  }
  EXPECT_GT(of_all, 1.1 * of_middle);
  EXPECT_GT(of_middle, 2 * of_median);
  EXPECT_GT(of_median, 0);
}

TEST_F(errors_and_outliers, a_variance_image_makes_the_errors) {
  std::vector<float> pixels(33 * 47, 4);
  what_.geometry.errors = error_model::image;
  what_.geometry.integration.splitting = pixel_splitting::no;
  what_.input.variances = {{image("four.npy", pixels)}};
  auto const file = run("four.h5");
  auto const error = values(file, "intensity_errors"), norm = values(file, "sum_normalization"),
             count = values(file, "count"), variance = values(file, "sum_variance");
  int filled = 0;
  for (std::size_t i = 0; i < error.size(); ++i) {
    EXPECT_EQ(variance[i], 4 * count[i]);
    if (!(norm[i] > 0)) continue;
    ++filled;
    EXPECT_NEAR(error[i], std::sqrt(4 * count[i]) / norm[i], 1e-6 * error[i]);
  }
  EXPECT_GT(filled, 1000);
}

TEST_F(errors_and_outliers, variance_images_that_cannot_be_right_are_refused) {
  std::vector<float> pixels(33 * 47, 1);
  pixels[2 * 47 + 5] = -0.5F;
  what_.geometry.errors = error_model::image;
  what_.input.variances = {{image("negative.npy", pixels)}};
  expect_refused(exit_code::bad_input, "negative.npy: the variance of pixel (2, 5) is negative");
  what_.input.variances = {{image("small.npy", std::vector<float>(12), 3, 4)}};
  expect_refused(exit_code::bad_input, "the variance image is 3 x 4 pixels");
  what_.input.variances = {{path("absent.npy")}};
  expect_refused(exit_code::bad_input, "absent.npy");
  what_.input.variances.clear();
  expect_refused(exit_code::usage, "--variance");
  what_.geometry.errors = error_model::poisson;
  what_.input.variances = {{image("ones.npy", std::vector<float>(33 * 47, 1))}};
  expect_refused(exit_code::usage, "use one of them");
}

TEST_F(errors_and_outliers, negative_variances_behind_the_mask_are_no_matter) {
  std::vector<float> pixels(33 * 47, 1), mask(33 * 47, 0);
  pixels[99] = -1;
  mask[99] = 1;
  what_.geometry.errors = error_model::image;
  what_.input.variances = {{image("variance.npy", pixels)}};
  what_.input.masks = {{image("mask.npy", mask)}};
  EXPECT_NO_THROW(run("out.h5"));
}

}  // namespace
}  // namespace xrdct
