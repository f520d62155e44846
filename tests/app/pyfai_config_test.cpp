// Set-up files of pyFAI as configurations: those that pyFAI wrote, each key, and what is ill.

#include "tests/app/program.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

namespace xrdct::test {
namespace {

using testing::HasSubstr;
using words = std::vector<std::string>;

/// A folder with a small simulated scan of 42 frames of 40 x 44 pixels.
class pyfai_config : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new temporary_folder;
    auto const made = run({"simulate", "-o", "scan", "--shape", "40", "44", "--rotations", "6", "--translations", "7",
                           "--distance", "0.03", "--log-level", "error"});
    ASSERT_EQ(made.code, 0) << made.err;
    std::ofstream(path("other.poni")) << poni_of_files;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static finished_run run(words const& line) { return run_program(folder_->path(), line, 0); }
  static std::string path(std::string const& name) { return (*folder_ / name).string(); }
  static void write(std::string const& name, std::string const& text) { std::ofstream(path(name)) << text; }

  /// Patterns by the set-up, and by the command line that says the same: alike to the bit.
  static void expect_same(std::string const& config, words const& options, words const& both = {}) {
    words by_file{"integrate", "scan/scan.h5", "--config", config, "-o", "file.h5", "--overwrite"};
    words by_words{"integrate", "scan/scan.h5", "-o", "words.h5", "--overwrite"};
    by_file.insert(by_file.end(), both.begin(), both.end());
    by_words.insert(by_words.end(), both.begin(), both.end());
    by_words.insert(by_words.end(), options.begin(), options.end());
    auto const one = run(by_file);
    auto const other = run(by_words);
    ASSERT_EQ(one.code, 0) << one.err;
    ASSERT_EQ(other.code, 0) << other.err;
    for (char const* name : {"intensity", "sum_signal", "sum_variance", "sum_normalization", "count"}) {
      auto const dataset = "/entry/patterns/" + std::string(name);
      auto const a = read_array(path("file.h5"), dataset);
      auto const b = read_array(path("words.h5"), dataset);
      ASSERT_EQ(a.shape, b.shape) << name;
      EXPECT_EQ(std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(float)), 0) << name;
    }
  }
  /// A minimal set-up with more keys.
  static std::string setup(std::string const& more) {
    return R"({"poni": "scan/geometry.poni", "version": 3, "unit": "q_nm^-1", "nbpt_rad": 30, "error_model": "poisson")" +
           (more.empty() ? "" : ", " + more) + "}";
  }
  static void expect_option(std::string const& more, words const& options) {
    SCOPED_TRACE(more);
    write("setup.json", setup(more));
    words all{"--poni", "scan/geometry.poni", "--bins", "30"};
    all.insert(all.end(), options.begin(), options.end());
    expect_same("setup.json", all);
  }
  /// One error line that names this.
  static void expect_error(std::string const& text, int code, words const& says, words const& more = {}) {
    SCOPED_TRACE(text.substr(0, 200));
    write("ill.json", text);
    words line{"integrate", "scan/scan.h5", "--config", "ill.json", "-o", "ill.h5"};
    line.insert(line.end(), more.begin(), more.end());
    auto const done = run(line);
    EXPECT_EQ(done.code, code) << done.err;
    ASSERT_EQ(done.errors().size(), 1U) << done.err;
    for (auto const& what : says) EXPECT_THAT(done.errors()[0], HasSubstr(what));
    EXPECT_FALSE(std::filesystem::exists(path("ill.h5")));
  }

  /// The geometry of the files in tests/data/pyfai.
  static constexpr char const* poni_of_files =
      "Detector: Detector\nDetector_config: {\"pixel1\": 0.0002, \"pixel2\": 0.0003, \"max_shape\": [40, 44]}\n"
      "Distance: 0.05\nPoni1: 0.004\nPoni2: 0.0062\nRot1: 0.02\nRot2: -0.01\nRot3: 0.3\nWavelength: 2e-11\n";
  static inline words const worker_options{
      "--poni",        "other.poni", "--unit",         "q_nm^-1", "--bins",  "37",
      "--split",       "full",       "--polarization", "0.95",    "--dummy", "3",
      "--delta-dummy", "0.5",        "--radial-range", "2",       "30",      "--azimuth-range",
      "-100",          "120",        "--error-model",  "poisson"};

 private:
  static temporary_folder* folder_;
};
temporary_folder* pyfai_config::folder_ = nullptr;

TEST_F(pyfai_config, written_by_pyfai_0_21_3) {
  expect_same(own_data("pyfai/worker_0.21.3.json").string(), worker_options, {"--mask", "scan/mask.edf"});
}

TEST_F(pyfai_config, written_by_pyfai_2026_9) {
  auto options = worker_options;
  options.insert(options.end(), {"--normalization", "2.5"});
  expect_same(own_data("pyfai/worker_2026.9.json").string(), options);
}

TEST_F(pyfai_config, sigma_clipping_written_by_pyfai_2026_9) {
  auto options = worker_options;
  options.back() = "azimuthal";
  options[7] = "no";
  options.insert(options.end(), {"--normalization", "2.5", "--reject", "sigma-clip", "--reject-threshold", "3.5",
                                 "--reject-cycles", "4"});
  expect_same(own_data("pyfai/clipping_2026.9.json").string(), options);
}

TEST_F(pyfai_config, a_mapping_names_input_output_and_grid) {
  std::filesystem::copy_file(own_data("pyfai/mapping_2026.9.json"), path("scan/mapping.json"));
  auto const done = run({"integrate", "--config", "scan/mapping.json", "--log-level", "warning"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(read_array(path("map.h5"), "/entry/sinogram/count").shape, (std::vector<std::uint64_t>{6, 7, 37}));
  auto const angles = read_numbers("/entry/sinogram/rotation_angle", path("map.h5")).values;
  EXPECT_NEAR(angles.back(), 150, 1e-9);
  auto const entry = read_numbers("/entry/frames/sinogram_entry", path("map.h5")).values;
  EXPECT_EQ(entry[6], 6);
  EXPECT_EQ(entry[7], 13);  // zigzag
  auto options = worker_options;
  options.insert(options.end(), {"--normalization", "2.5"});
  expect_same("scan/mapping.json", options);
}

TEST_F(pyfai_config, its_geometry_is_kept_as_a_poni_file) {
  auto const config = own_data("pyfai/worker_2026.9.json").string();
  ASSERT_EQ(run({"integrate", "scan/scan.h5", "--config", config, "-o", "kept.h5"}).code, 0);
  auto const text = read_text(path("kept.h5"), "/entry/process/poni");
  EXPECT_THAT(text, HasSubstr("Distance: 0.05\n"));
  write("kept.poni", text);
  auto options = worker_options;
  options[1] = "kept.poni";
  options.insert(options.end(), {"--normalization", "2.5"});
  expect_same(config, options);
}

TEST_F(pyfai_config, files_are_found_beside_it) {
  write("scan/beside.json", R"({"poni": "geometry.poni", "mask_file": "mask.edf", "do_mask": true})");
  expect_same("scan/beside.json", {"--poni", "scan/geometry.poni", "--mask", "scan/mask.edf", "--unit", "2th_deg",
                                   "--error-model", "none"});
}

TEST_F(pyfai_config, keys_that_are_switched_off_are_not_used) {
  expect_option(R"("do_mask": false, "mask_file": "absent", "do_dark": false, "dark_current": "absent, too",
                   "do_flat": 0, "flat_field": ["absent"], "do_polarization": false, "polarization_factor": 0.9,
                   "do_dummy": false, "val_dummy": 3, "delta_dummy": 1, "do_radial_range": false,
                   "radial_range_min": 3, "radial_range_max": 9, "do_azimuthal_range": false,
                   "azimuth_range_min": 0, "azimuth_range_max": 9, "do_2D": false, "nbpt_azim": 360)",
                {});
}

TEST_F(pyfai_config, each_key_means_what_it_says) {
  expect_option("", {});
  expect_option(R"("unit_": null, "polarization_factor": 0.5, "polarization_offset": 0.25)",
                {"--polarization", "0.5", "--polarization-offset", "14.32394487827058"});
  expect_option(R"("polarization_description": [0.5, 0])", {"--polarization", "0.5"});
  expect_option(R"("do_solid_angle": false)", {"--no-solid-angle"});
  expect_option(R"("correct_solid_angle": false)", {"--no-solid-angle"});
  expect_option(R"("do_radial_range": true, "radial_range_min": 3.5, "radial_range_max": 30)",
                {"--radial-range", "3.5", "30"});
  expect_option(R"("radial_range": [3.5, 30])", {"--radial-range", "3.5", "30"});
  expect_option(R"("radial_range": [-Infinity, Infinity], "azimuth_range": [NaN, NaN])", {});
  expect_option(R"("azimuthal_range_min": -30, "azimuthal_range_max": 60)", {"--azimuth-range", "-30", "60"});
  expect_option(R"("nbpt_azim": 5, "do_2D": true)", {"--azimuth-bins", "5"});
  expect_option(R"("nbpt_azim": 1, "do_2D": true)", {});
  expect_option(R"("val_dummy": 2, "delta_dummy": null, "do_dummy": true)", {"--dummy", "2"});
  expect_option(R"("normalization_factor": 0.125)", {"--normalization", "0.125"});
  expect_option(R"("normalization_factor": 0, "monitor_name": "")", {});
  for (char const* split : {"no", "bbox", "full"}) {
    expect_option(R"("method": [")" + std::string(split) + R"(", "csr", "opencl"], "opencl_device": [0, 0])",
                  {"--split", split});
    expect_option(R"("method": ")" + std::string(split) + R"(_csr_ocl_gpu")", {"--split", split});
    expect_option(R"("method": [1, ")" + std::string(split) + R"(", "csr", "cython", null])", {"--split", split});
  }
  expect_option(R"("method": "csr", "do_OpenCL": true, "application": "pyfai-integrate", "shape": [40, 44])", {});
  expect_option(R"("chi_discontinuity_at_0": true)", {});
  expect_option(R"("integrator_name": "integrate1d_ng", "integrator_class": "AzimuthalIntegrator")", {});
}

TEST_F(pyfai_config, integrators_that_reject_outliers) {
  expect_option(R"("integrator_method": "medfilt1d_ng")", {"--reject", "median"});
  expect_option(R"("integrator_method": "medfilt1d_ng", "extra_options": {"percentile": [80, 20]})",
                {"--reject", "trimmed-mean", "--reject-quantiles", "20", "80"});
  expect_option(R"("integrator_method": "sigma_clip_ng")", {"--reject", "sigma-clip"});
  write("scatter.json", R"({"poni": "scan/geometry.poni", "error_model": "azimuth"})");
  expect_same("scatter.json", {"--poni", "scan/geometry.poni", "--unit", "2th_deg", "--error-model", "azimuthal"});
}

TEST_F(pyfai_config, errors_are_estimated_as_pyfai_would) {
  auto const with = [](std::string const& model, char const* option) {
    SCOPED_TRACE(model);
    write("setup.json", R"({"poni": "scan/geometry.poni")" + model + "}");
    expect_same("setup.json", {"--poni", "scan/geometry.poni", "--unit", "2th_deg", "--error-model", option});
  };
  with("", "none");
  with(R"(, "error_model": "no")", "none");
  with(R"(, "error_model": 0)", "none");
  with(R"(, "error_model": "POISSON")", "poisson");
  with(R"(, "error_model": 2)", "poisson");
  with(R"(, "do_poisson": true)", "poisson");
}

TEST_F(pyfai_config, the_first_version_overrides_the_poni_file_that_it_names) {
  std::ofstream(path("moved.poni")) << std::ifstream(path("scan/geometry.poni")).rdbuf()
                                    << "\nDistance: 0.04\nRot1: 0.1\n";
  write("first.json",
        R"({"poni": "scan/geometry.poni", "dist": 0.04, "rot1": 0.1, "detector": null, "unit": "2th_deg"})");
  expect_same("first.json", {"--poni", "moved.poni", "--unit", "2th_deg", "--error-model", "none"});
}

TEST_F(pyfai_config, what_has_no_distance_amends_the_poni_file_that_it_names) {
  std::ofstream(path("longer.poni")) << std::ifstream(path("scan/geometry.poni")).rdbuf() << "\nWavelength: 3e-11\n";
  write("longer.json", setup(R"("wavelength": 3e-11)"));
  expect_same("longer.json", {"--poni", "longer.poni", "--bins", "30"});
}

TEST_F(pyfai_config, the_command_line_goes_first) {
  write("asks.json",
        setup(R"("mask_file": "absent", "polarization_factor": 0.5, "polarization_offset": 1, "val_dummy": 3,
      "delta_dummy": 1, "monitor_name": "counter", "dark_current": ["a", "b"])"));
  expect_same("asks.json", {"--poni", "scan/geometry.poni", "--unit", "q_nm^-1"},
              {"--mask", "scan/mask.edf", "--polarization", "off", "--dummy", "none", "--monitor", "none", "--dark",
               "scan/mask.edf", "--bins", "20"});
}

TEST_F(pyfai_config, what_cannot_be_had_is_named) {
  expect_error(setup(R"("frobnicate": 7)"), 2, {"ill.json", "'frobnicate' = 7", "not supported"});
  expect_error(setup(R"("dark_current": ["a", "b"])"), 2, {"'dark_current' = [\"a\",\"b\"]", "averaged"});
  expect_error(setup(R"("flat_field": "a,b")"), 2, {"'flat_field'", "averaged"});
  expect_error(R"({"poni": "scan/geometry.poni", "error_model": "hybrid"})", 2, {"'error_model' = \"hybrid\""});
  expect_error(R"({"poni": "scan/geometry.poni", "error_model": "variance"})", 2, {"--variance"});
  expect_error(R"({"poni": "scan/geometry.poni", "error_model": "gauss"})", 2, {"unknown"});
  expect_error(setup(R"("method": ["pseudo", "csr", "cython"])"), 2, {"'method'", "no, bbox or full"});
  expect_error(setup(R"("integrator_class": "FiberIntegrator")"), 2, {"integrator_class"});
  expect_error(setup(R"("integrator_method": "separate")"), 2, {"'integrator_method' = \"separate\""});
  expect_error(setup(R"("integrator_method": "sigma_clip_ng", "extra_options": {"npt": 3})"), 2,
               {"extra_options", "'npt' = 3"});
  expect_error(setup(R"("extra_options": {"thres": 3})"), 2, {"'thres' = 3"});
  expect_error(setup(R"("monitor_name": "counter")"), 2, {"'monitor_name' = \"counter\"", "--monitor"});
  expect_error(setup(R"("radial_range_min": 3)"), 2, {"radial_range", "open at one end"});
  expect_error(setup(R"("unit_": "x")"), 2, {"'unit_'"});
  expect_error(R"({"version": 6})", 2, {"'version' = 6"});
  expect_error(R"({"application": "distortion"})", 2, {"'application' = \"distortion\""});
  expect_error(setup(R"("chi_discontinuity_at_0": true, "nbpt_azim": 4)"), 2, {"chi_discontinuity_at_0"});
  expect_error(R"({"unit": "logq_nm", "poni": "scan/geometry.poni"})", 2, {"--unit", "logq"});
  expect_error(R"({"ai": {"poni": "scan/geometry.poni"}, "offset": 3})", 2, {"'offset' = 3"});
  expect_error(R"({"ai": null, "diffmap_config_version": 1})", 2, {"'ai'"});
  expect_error(
      R"({"ai": {"poni": "scan/geometry.poni"}, "slow_motor": {"points": 6, "start": 10, "stop": 90}, "fast_motor": {"points": 7}})",
      2, {"slow motor goes from 10 to 90"});
}

TEST_F(pyfai_config, ill_values_and_ill_files_are_one_line) {
  for (char const* more : {R"("nbpt_rad": "many")", R"("nbpt_rad": 1e30)", R"("nbpt_rad": -3)", R"("nbpt_rad": 2.5)",
                           R"("normalization_factor": NaN)", R"("mask_file": 7)", R"("val_dummy": [1])",
                           R"("do_mask": "yes")", R"("method": 3)", R"("method": [1, 2, 3])", R"("radial_range": [1])",
                           R"("poni": 7)", R"("extra_options": [1])", R"("polarization_factor": true)"}) {
    auto text = setup(more);
    if (std::string(more).starts_with("\"poni\"")) text = R"({"poni": 7})";
    if (std::string(more).starts_with("\"nbpt_rad\""))
      text = R"({"poni": "scan/geometry.poni", )" + std::string(more) + "}";
    expect_error(text, 2, {"ill.json"});
  }
  expect_error("", 3, {"ill.json"});
  expect_error("[1, 2]", 3, {"not an object"});
  expect_error("{\"poni\": ", 3, {"not JSON", "line 1"});
  expect_error("{\"poni\": \"\xff\xfe\"}", 3, {"not JSON"});
  expect_error("{\"poni\": 1, \"poni\": 2}", 3, {"'poni' is given twice"});
  expect_error("{\"nbpt_rad\": 1e999}", 3, {"too large"});
  expect_error("{\"a\": " + std::string(200'000, '[') + std::string(200'000, ']') + "}", 3, {"nested too deeply"});
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  expect_error(deep, 3, {"nested too deeply"});
  expect_error(R"({"poni": {"dist": "far", "poni1": 0, "poni2": 0}})", 3, {"ill.json", "distance"});
  expect_error(R"({"poni": {"dist": [1], "poni1": 0, "poni2": 0}})", 3, {"ill.json", "'dist'"});
  expect_error(R"({"poni": {"dist": "1\nPoni1: 3", "poni1": 0, "poni2": 0}})", 3, {"ill.json", "'dist'"});
  expect_error(R"({"poni": {"dist": 0.1, "poni1": 0, "poni2": 0, "detector": "Nonesuch 3M"}})", 3,
               {"ill.json", "unknown"});
  std::filesystem::create_directory(path("folder.json"));
  auto const folder = run({"integrate", "scan/scan.h5", "--config", "folder.json", "-o", "ill.h5"});
  EXPECT_EQ(folder.code, 3);
  EXPECT_EQ(folder.errors().size(), 1U) << folder.err;
  EXPECT_EQ(run({"integrate", "scan/scan.h5", "--config", "absent.json", "-o", "ill.h5"}).code, 3);
}

}  // namespace
}  // namespace xrdct::test
