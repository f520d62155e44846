// What is taken out of a scan or said of it: air, absorption, exposure times, frames that stick out, saturated pixels.

#include "tests/io/h5_files.hpp"
#include "tests/pipeline/raster_scan.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/robust.hpp"
#include "xrdct/pipeline/air.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/pipeline/frame_norms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <random>

namespace xrdct {
namespace {

using test::read_array;
using test::small_scan;
using testing::HasSubstr;

TEST(air_options, are_ranges_columns_or_flats) {
  auto const ranges = parse_air("0:40,1900:1968");
  ASSERT_EQ(ranges.frames.size(), 2U);
  EXPECT_EQ(ranges.frames[1].first, 1900U);
  EXPECT_EQ(ranges.frames[1].count, 68U);
  EXPECT_EQ(parse_air("columns:3").columns, 3);
  EXPECT_TRUE(parse_air("flat").flat);
  EXPECT_FALSE(air_options().any());
  for (char const* text :
       {"", "5", "5:", ":5", "5:5", "7:3", "1:2,", "-1:5", "1:2;3:4", "columns:", "columns:0", "columns:-1",
        "columns:x", "columns:99999999999999999999", "0:99999999999999999999", "flats", " 1:2", "1.5:2"})
    EXPECT_THROW(parse_air(text), usage_error) << text;
}

TEST(air_plan, knows_the_frames) {
  auto const plan = plan_air(parse_air("7:9,2:4,3:5"), 9);
  EXPECT_EQ(plan.frames, (std::vector<std::uint64_t>{2, 3, 4, 7, 8}));
  EXPECT_THAT(describe(plan), HasSubstr("2:5,7:9 (5 frames)"));
  EXPECT_THROW(plan_air(parse_air("7:10"), 9), input_error);
  EXPECT_THROW(plan_air(parse_air("9:10"), 9), input_error);
  EXPECT_THROW(plan_air(parse_air("1:18446744073709551615"), 9), input_error);
  EXPECT_THROW(plan_air(parse_air("flat"), 9), input_error);
  std::vector<std::uint64_t> const flats{1, 5};
  EXPECT_EQ(plan_air(parse_air("flat"), 9, flats).frames, flats);
}

class cleaning : public ::testing::Test {
 protected:
  void SetUp() override { set_log(log_level::quiet, ""); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  job written(small_scan const& scan) {
    scan.write(folder_.path());
    auto what = scan.reconstruction(folder_.path(), path("out.h5"));
    what.run.skip_bad_frames = true;
    what.scan.layer = scan.layers > 1 ? "/1.1/measurement/dtz" : "";
    return what;
  }
  /// Writes one number a frame into a text file.
  std::string numbers(std::string const& name, std::vector<double> const& values) const {
    std::ofstream file(path(name));
    file.precision(17);
    for (double const v : values) file << v << "\n";
    return path(name);
  }
  std::string integrated(job what, std::string const& name) const {
    what.output = path(name);
    what.overwrite = true;
    integrate(what, communicator());
    return what.output;
  }
  std::vector<double> column(std::string const& file, std::string const& name) const {
    return read_numbers("/entry/frames/" + name, file).values;
  }
  test::temporary_folder folder_;
};

/// The sums of every frame, bin by bin of all sectors, from /entry/patterns.
struct frame_sums {
  std::uint64_t frames, bins;
  std::vector<float> signal, variance, norm, count;
  std::vector<double> status, entry;

  explicit frame_sums(std::string const& file) {
    auto const read = [&](char const* name) { return read_array(file, std::string("/entry/patterns/") + name); };
    auto const first = read("sum_signal");
    frames = first.shape[0];
    bins = first.values.size() / frames;
    signal = first.values;
    variance = read("sum_variance").values;
    norm = read("sum_normalization").values;
    count = read("count").values;
    status = read_numbers("/entry/frames/status", file).values;
    entry = read_numbers("/entry/frames/sinogram_entry", file).values;
  }
};

struct sums {
  double signal = 0, variance = 0, norm = 0, count = 0;
  bool any = false;
};

/// Over all good frames that `take` takes.
sums add(frame_sums const& all, std::uint64_t bin, std::function<bool(std::uint64_t)> const& take) {
  sums made;
  for (std::uint64_t f = 0; f < all.frames; ++f) {
    if (all.status[f] != 0 || !take(f)) continue;
    auto const i = f * all.bins + bin;
    made.signal += all.signal[i];
    made.variance += all.variance[i];
    made.norm += all.norm[i];
    made.count += all.count[i];
    made.any = true;
  }
  return made;
}

/// Every entry is S − N·A, with the variance of it, computed frame by frame: Σ V_f (δ − w)², where δ is 1 for frames of
/// the entry, w = N/N_a for frames of the air and 0 otherwise.
void expect_subtracted(std::string const& file, std::uint64_t rotations, std::uint64_t translations,
                       std::function<std::vector<std::uint64_t>(std::uint64_t row)> const& air_of_row) {
  frame_sums const all(file);
  auto const intensity = read_array(file, "/entry/sinogram/intensity");
  auto const errors = read_array(file, "/entry/sinogram/intensity_errors");
  auto const count = read_array(file, "/entry/sinogram/count");
  auto const channels = intensity.shape.back();
  auto const sectors = all.bins / channels;
  auto const entries = intensity.values.size() / all.bins;
  auto const layers = entries / rotations / translations;
  std::uint64_t compared = 0;
  for (std::uint64_t entry = 0; entry < entries; ++entry) {
    auto const row = entry / translations;
    auto const air_frames = air_of_row(row);
    auto const is_air = [&](std::uint64_t f) { return std::ranges::binary_search(air_frames, f); };
    auto const is_own = [&](std::uint64_t f) { return all.entry[f] == static_cast<double>(entry); };
    for (std::uint64_t bin = 0; bin < all.bins; ++bin) {
      // [layer][sector][rotation][translation][channel]
      auto const layer = row / rotations;
      auto const within = entry % (rotations * translations);
      auto const at =
          ((layer * sectors + bin / channels) * rotations * translations + within) * channels + bin % channels;
      auto const own = add(all, bin, is_own);
      auto const air = add(all, bin, is_air);
      if (!own.any) {
        ASSERT_TRUE(std::isnan(intensity.values[at]) && std::isnan(errors.values[at])) << entry;
        continue;
      }
      ASSERT_EQ(count.values[at], static_cast<float>(own.count));
      if (own.count == 0) {
        ASSERT_EQ(intensity.values[at], 0);
        continue;
      }
      double const a = air.norm != 0 ? air.signal / air.norm : 0;
      double const share = air.norm != 0 ? own.norm / air.norm : 0;
      double variance = 0;
      for (std::uint64_t f = 0; f < all.frames; ++f) {
        if (all.status[f] != 0) continue;
        double const weight = (is_own(f) ? 1 : 0) - (is_air(f) ? share : 0);
        variance += weight * weight * all.variance[f * all.bins + bin];
      }
      double const expected = (own.signal - own.norm * a) / own.norm;
      double const sigma = std::sqrt(variance) / own.norm;
      ASSERT_NEAR(intensity.values[at], expected, 1e-6 * (std::abs(a) + std::abs(expected)))
          << "entry " << entry << " bin " << bin;
      ASSERT_NEAR(errors.values[at], sigma, 2e-6 * sigma) << "entry " << entry << " bin " << bin;
      ++compared;
    }
  }
  EXPECT_GT(compared, layers * 1000);
}

/// Good frames in the outermost columns of a row.
std::vector<std::uint64_t> column_frames(frame_sums const& all, std::uint64_t row, std::uint64_t translations,
                                         std::uint64_t columns) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t f = 0; f < all.frames; ++f) {
    if (all.entry[f] < 0 || all.status[f] != 0) continue;
    auto const entry = static_cast<std::uint64_t>(all.entry[f]);
    auto const t = entry % translations;
    if (entry / translations == row && (t < columns || t >= translations - columns)) found.push_back(f);
  }
  return found;
}

TEST_F(cleaning, air_of_columns_is_that_of_the_rotation_or_of_the_nearest_one) {
  small_scan scan;
  scan.noise = 0;
  scan.missing = {0, 1, 20, 70};
  // Rotation 3 (backwards) has no air of its own; nearest are 2 and 4, of which the former is first.
  scan.missing.insert({33, 34, 42, 43});
  scan.repeated = {9, 9, 50};
  auto what = written(scan);
  what.geometry.air = parse_air("columns:2");
  auto const file = integrated(what, "air.h5");
  frame_sums const all(file);
  EXPECT_TRUE(column_frames(all, 3, 11, 2).empty());
  expect_subtracted(file, 7, 11, [&](std::uint64_t row) { return column_frames(all, row == 3 ? 2 : row, 11, 2); });
  EXPECT_EQ(read_text_attribute(file, "/entry/sinogram", "air_subtracted"),
            "the 2 outermost translations on both sides of every rotation");
}

TEST_F(cleaning, an_only_column_of_air_becomes_zero_without_an_error) {
  small_scan scan;
  scan.noise = 0;
  scan.repeated.clear();
  scan.missing = {10};  // rotation 0, translation 10
  auto what = written(scan);
  what.geometry.air = parse_air("columns:1");
  auto const file = integrated(what, "air.h5");
  auto const intensity = read_array(file, "/entry/sinogram/intensity").values;
  auto const errors = read_array(file, "/entry/sinogram/intensity_errors").values;
  for (std::size_t c = 0; c < 150; ++c) {
    EXPECT_NEAR(intensity[c], 0, 1e-9);
    EXPECT_NEAR(errors[c], 0, 1e-9);
  }
}

TEST_F(cleaning, air_is_subtracted_in_every_sector_and_layer) {
  small_scan scan;
  scan.noise = 0;
  scan.layers = 2;
  scan.repeated = {3, 100};
  scan.missing = {80, 90};
  auto what = written(scan);
  what.geometry.integration.bins = 50;
  what.geometry.integration.azimuth_bins = 3;
  what.geometry.air = parse_air("columns:3");
  auto const file = integrated(what, "air.h5");
  frame_sums const all(file);
  expect_subtracted(file, 7, 11, [&](std::uint64_t row) { return column_frames(all, row, 11, 3); });
}

TEST_F(cleaning, frames_of_air_are_no_part_of_the_sinogram) {
  small_scan scan;
  scan.noise = 0;
  scan.repeated = {0, 5, 38, 76, 76};
  scan.missing = {22};
  scan.without_position = {79};
  auto what = written(scan);
  what.geometry.air = parse_air("20:24,79:82");
  auto const file = integrated(what, "air.h5");
  std::vector<std::uint64_t> const air{20, 21, 22, 23, 79, 80, 81};
  auto const entry = column(file, "sinogram_entry");
  auto const flags = column(file, "air");
  for (std::uint64_t f = 0; f < entry.size(); ++f) {
    EXPECT_EQ(entry[f] < 0, std::ranges::binary_search(air, f)) << f;
    EXPECT_EQ(flags[f], std::ranges::binary_search(air, f) ? 1 : 0) << f;
  }
  expect_subtracted(file, 7, 11, [&](std::uint64_t) { return air; });
  // Patterns stay as measured.
  auto plain = what;
  plain.geometry.air = {};
  plain.run.skip_bad_frames = true;
  auto const before = read_array(integrated(plain, "plain.h5"), "/entry/patterns/intensity").values;
  auto const after = read_array(file, "/entry/patterns/intensity").values;
  for (std::size_t i = 0; i < 79 * 150; ++i)
    ASSERT_TRUE(before[i] == after[i] || (std::isnan(before[i]) && std::isnan(after[i])));
}

TEST_F(cleaning, flats_that_the_file_marks_show_air_where_that_is_asked) {
  small_scan scan;
  scan.noise = 0;
  scan.repeated.clear();
  scan.image_key.assign(scan.frames(), 0);
  std::vector<std::uint64_t> const flats{0, 1, 2, 75, 76};
  for (auto const f : flats) scan.image_key[f] = 1;
  auto what = written(scan);
  what.geometry.air = parse_air("flat");
  auto const file = integrated(what, "flat.h5");
  expect_subtracted(file, 7, 11, [&](std::uint64_t) { return flats; });
  // By number they are the same, though the file says that they are none of the scan.
  what.geometry.air = parse_air("0:3,75:77");
  auto const named = integrated(what, "named.h5");
  EXPECT_EQ(read_array(file, "/entry/sinogram/count").values, read_array(named, "/entry/sinogram/count").values);
  EXPECT_EQ(column(file, "air"), column(named, "air"));
  EXPECT_EQ(column(named, "status"), std::vector<double>(scan.frames(), 0));
}

TEST_F(cleaning, a_grid_has_no_place_for_air) {
  small_scan scan;
  scan.noise = 0;
  scan.repeated = {3, 3, 3, 3};
  auto what = written(scan);
  what.scan.rotation.clear();
  what.scan.translation.clear();
  what.scan.grid = grid_scan{};
  what.scan.grid->rotations = 7;
  what.scan.grid->translations = 11;
  what.scan.grid->how = grid_scan::order::zigzag;
  what.geometry.air = parse_air("0:3,40:41");
  auto const file = integrated(what, "grid.h5");
  std::vector<std::uint64_t> const air{0, 1, 2, 40};
  expect_subtracted(file, 7, 11, [&](std::uint64_t) { return air; });
  auto const entry = column(file, "sinogram_entry");
  EXPECT_EQ(std::vector<double>(entry.begin(), entry.begin() + 5), (std::vector<double>{-1, -1, -1, 0, 1}));
  EXPECT_EQ(entry[80], 6 * 11 + 10);
  what.geometry.air = parse_air("0:3");
  EXPECT_THROW(integrated(what, "few.h5"), error);
}

TEST_F(cleaning, a_tomogram_of_the_stored_sinogram_is_that_of_the_whole_job) {
  auto what = written({});
  what.geometry.air = parse_air("columns:2");
  reconstruct(what, communicator());
  auto again = what;
  again.input.files = {what.output};
  again.output = path("again.h5");
  backproject(again, communicator());
  for (char const* name : {"/entry/tomogram/intensity", "/entry/tomogram/intensity_errors"})
    EXPECT_EQ(read_array(what.output, name).values, read_array(again.output, name).values);
}

TEST_F(cleaning, air_that_cannot_be_is_refused) {
  auto what = written({});
  auto const refuses = [&](std::string const& air, std::string const& why) {
    what.geometry.air = parse_air(air);
    try {
      integrated(what, "bad.h5");
      ADD_FAILURE() << air;
    } catch (error const& e) {
      EXPECT_EQ(e.code(), exit_code::bad_input) << air;
      EXPECT_THAT(e.what(), HasSubstr(why)) << air;
    }
  };
  refuses("80:83", "82 frames");
  refuses("0:82", "none is left");
  refuses("columns:6", "leave nothing");
  refuses("flat", "no frame");
  small_scan scan;
  scan.missing = {3, 4};
  what = written(scan);
  refuses("3:5", "none of the frames");
}

/// Norms of the patterns, over those of a job that has none of its options.
std::vector<double> norm_ratios(std::string const& with, std::string const& without) {
  frame_sums const a(with), b(without);
  std::vector<double> ratio;
  for (std::uint64_t f = 0; f < a.frames; ++f) ratio.push_back(a.norm[f * a.bins + 60] / b.norm[f * a.bins + 60]);
  return ratio;
}

TEST_F(cleaning, transmission_and_exposure_multiply_the_norm) {
  auto what = written({});
  std::mt19937 random(41);
  std::uniform_real_distribution<double> unit(0, 1);
  auto const monitor = read_numbers("/1.1/measurement/monitor", what.input.files.front()).values;
  std::vector<double> transmitted, exposed;
  for (double const m : monitor) {
    transmitted.push_back(m * 37 * (0.2 + 0.8 * unit(random)));
    exposed.push_back(0.1 + unit(random));
  }
  auto const plain = integrated(what, "plain.h5");
  what.geometry.transmission = numbers("transmitted.txt", transmitted);
  auto const expect = [&](std::string const& name, double air) {
    auto const file = integrated(what, name);
    auto const ratio = norm_ratios(file, plain);
    auto const stored = column(file, "transmission");
    for (std::size_t f = 0; f < ratio.size(); ++f) {
      double const expected = transmitted[f] / monitor[f] / air;
      EXPECT_NEAR(ratio[f], expected, 3e-7 * expected);
      EXPECT_DOUBLE_EQ(stored[f], expected);
    }
  };
  std::vector<double> ratio;
  for (std::size_t f = 0; f < monitor.size(); ++f) ratio.push_back(transmitted[f] / monitor[f]);
  auto sorted = ratio;
  std::sort(sorted.rbegin(), sorted.rend());
  expect("largest.h5", median({sorted.begin(), sorted.begin() + 5}));  // 5 of 82
  what.geometry.air = parse_air("30:33");
  expect("frames.h5", median({ratio[30], ratio[31], ratio[32]}));
  what.geometry.air = {};
  what.geometry.transmission_reference = 20;
  expect("given.h5", 20);

  auto alone = what;  // without a monitor, its beam's changes are in it
  alone.geometry.monitor = "none";
  auto bare = alone;
  bare.geometry.transmission.clear();
  bare.geometry.transmission_reference.reset();
  auto const bare_file = integrated(bare, "bare.h5");
  auto const ratios = norm_ratios(integrated(alone, "alone.h5"), bare_file);
  for (std::size_t f = 0; f < ratios.size(); ++f)
    EXPECT_NEAR(ratios[f], transmitted[f] / 20, 1e-6 * transmitted[f] / 20);

  bare.geometry.exposure = numbers("exposed.txt", exposed);
  auto const by_time = norm_ratios(integrated(bare, "time.h5"), bare_file);
  for (std::size_t f = 0; f < by_time.size(); ++f) {
    double const expected = exposed[f] / median(exposed);
    EXPECT_NEAR(by_time[f], expected, 3e-7 * expected);
  }
}

TEST_F(cleaning, readings_that_are_no_measurement_make_a_frame_bad) {
  auto what = written({});
  for (bool const exposure : {false, true})
    for (double const bad : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
      std::vector<double> values(82, 5);
      values[17] = bad;
      auto odd = what;
      (exposure ? odd.geometry.exposure : odd.geometry.transmission) = numbers("odd.txt", values);
      odd.run.skip_bad_frames = true;
      auto const status = column(integrated(odd, "odd.h5"), "status");
      for (std::size_t f = 0; f < 82; ++f) EXPECT_EQ(status[f], f == 17 ? 6 : 0);
      odd.run.skip_bad_frames = false;
      EXPECT_THROW(integrated(odd, "refused.h5"), error);
    }
  what.geometry.transmission = numbers("few.txt", std::vector<double>(81, 1));
  EXPECT_THROW(integrated(what, "few.h5"), error);
  what.geometry.transmission = numbers("none.txt", std::vector<double>(82, 0));
  EXPECT_THROW(integrated(what, "none.h5"), error);
}

TEST_F(cleaning, ratios_that_float_cannot_hold_are_refused) {
  auto what = written({});
  for (double const odd : {1e-300, 1e300, 1e-30, 1e31}) {
    std::vector<double> values(82, 3);
    values[9] = odd;
    what.geometry.monitor = numbers("monitor.txt", values);
    what.run.skip_bad_frames = false;
    try {
      integrated(what, "bad.h5");
      ADD_FAILURE() << odd;
    } catch (error const& e) {
      EXPECT_THAT(e.what(), HasSubstr("frame 9 ")) << odd;
      EXPECT_THAT(e.what(), HasSubstr("reference 3")) << odd;
    }
    what.run.skip_bad_frames = true;
    EXPECT_EQ(column(integrated(what, "skipped.h5"), "status")[9], 6);
  }
  // All alike is no problem, however large.
  what.run.skip_bad_frames = false;
  for (double const scale : {1e-300, 1e300, 8e307}) {
    what.geometry.monitor = numbers("monitor.txt", std::vector<double>(82, scale));
    auto const file = integrated(what, "fine.h5");
    auto plain = what;
    plain.geometry.monitor = "none";
    for (double const r : norm_ratios(file, integrated(plain, "plain.h5"))) EXPECT_EQ(r, 1);
  }
}

TEST(drift, is_told_in_percent) {
  EXPECT_EQ(describe_drift({5, 5, 5}), "constant");
  EXPECT_EQ(describe_drift({0, -1, std::nan("")}), "no usable value");
  std::vector<double> decay;
  for (int i = 0; i < 100; ++i) decay.push_back(1000 - 4 * i);
  EXPECT_EQ(describe_drift(decay), "604 to 1000, -36.7 % from the first tenth of the frames to the last");
  decay[50] = 10;
  EXPECT_THAT(describe_drift(decay), HasSubstr("below half of its median in 1 frame"));
}

/// A scan in which frames without beam, dim ones and copies are.
small_scan odd_scan() {
  small_scan scan;
  scan.rotations = 20;
  scan.translations = 15;
  scan.repeated.clear();
  scan.noise = 0;
  return scan;
}

TEST_F(cleaning, frames_that_stick_out_are_flagged_and_stay) {
  auto scan = odd_scan();
  scan.dark = {100, 201};
  scan.copied = {50, 130, 131};
  auto what = written(scan);
  what.geometry.monitor = "none";
  auto const file = integrated(what, "odd.h5");
  auto const flags = column(file, "outlier");
  auto const score = column(file, "outlier_score");
  for (std::uint64_t f = 0; f < scan.frames(); ++f) {
    EXPECT_EQ(flags[f], (scan.dark.contains(f) ? 1 : 0) + (scan.copied.contains(f) ? 8 : 0)) << f;
    EXPECT_EQ(score[f] < -8, scan.dark.contains(f)) << f;
  }
  EXPECT_EQ(column(file, "status"), std::vector<double>(scan.frames(), 0));
  auto const count = read_array(file, "/entry/sinogram/count").values;
  EXPECT_TRUE(std::ranges::none_of(count, [](float c) { return std::isnan(c); }));
}

TEST_F(cleaning, a_beam_dump_of_several_lines_is_flagged) {
  auto scan = odd_scan();
  for (std::uint64_t f = 110; f < 165; ++f) scan.dark.insert(f);
  auto what = written(scan);
  what.geometry.monitor = "none";
  auto const flags = column(integrated(what, "dump.h5"), "outlier");
  for (std::uint64_t f = 0; f < scan.frames(); ++f) {
    auto const beam_off = static_cast<int>(flags[f]) & 5;
    EXPECT_EQ(beam_off != 0, scan.dark.contains(f)) << f;
  }
}

TEST_F(cleaning, a_dip_of_the_monitor_is_flagged) {
  auto const scan = odd_scan();
  auto what = written(scan);
  std::mt19937 random(42);
  std::normal_distribution<double> noise(1, 0.003);
  std::vector<double> monitor;
  for (std::uint64_t f = 0; f < scan.frames(); ++f) monitor.push_back(1e5 * (1 - 1e-3 * f) * noise(random));
  for (std::uint64_t f = 200; f < 204; ++f) monitor[f] *= 0.8;
  what.geometry.monitor = numbers("monitor.txt", monitor);
  auto const file = integrated(what, "dip.h5");
  auto const flags = column(file, "outlier");
  auto const score = column(file, "monitor_outlier_score");
  for (std::uint64_t f = 0; f < scan.frames(); ++f) {
    EXPECT_EQ(static_cast<int>(flags[f]) & 2, f >= 200 && f < 204 ? 2 : 0) << f;
    EXPECT_EQ(score[f] < -8, f >= 200 && f < 204) << f;
  }
}

TEST_F(cleaning, saturated_pixels_are_those_at_or_above_the_level) {
  auto what = written({});
  auto const at = [&](std::optional<double> level, std::string const& name) {
    what.geometry.saturation = level;
    return integrated(what, name);
  };
  auto const plain = at({}, "plain.h5");
  auto const counted = at(50'000, "level.h5");
  auto const few = column(plain, "saturated");
  auto const many = column(counted, "saturated");
  for (std::size_t f = 0; f < few.size(); ++f) EXPECT_GT(many[f], few[f]);
  for (char const* name : {"sum_signal", "sum_variance", "count"}) {
    auto const dataset = std::string("/entry/patterns/") + name;
    EXPECT_EQ(read_array(plain, dataset).values, read_array(counted, dataset).values) << name;
  }
  EXPECT_EQ(column(plain, "raw_sum"), column(counted, "raw_sum"));
}

// --- shared scans ---

TEST_F(cleaning, what_is_in_clean_scans_does_not_stick_out) {
  for (char const* name : {"raster", "zigzag"}) {
    XRDCT_NEEDS_SHARED(std::string("data/scans/") + name);
    auto const what = test::reference_job(name, path(std::string(name) + ".h5"));
    reconstruct(what, communicator());
    auto const flags = column(what.output, "outlier");
    EXPECT_EQ(std::ranges::count(flags, 0), 1968) << name;
  }
}

TEST_F(cleaning, air_of_the_reference_scan_is_the_one_it_was_made_with) {
  XRDCT_NEEDS_SHARED("data/scans/raster");
  auto what = test::reference_job("raster", path("air.h5"));
  what.geometry.errors = error_model::counts;  // max(raw, 1) would be too much for the few counts of air
  auto plain = what;
  plain.output = path("plain.h5");
  reconstruct(plain, communicator());
  what.geometry.air = parse_air("columns:2");
  reconstruct(what, communicator());
  auto const truth = read_array(test::shared("data/scans/raster/expected.h5").string(), "/truth/air").values;
  auto const before = read_array(plain.output, "/entry/sinogram/intensity").values;
  auto const sigma = read_array(plain.output, "/entry/sinogram/intensity_errors").values;
  auto const after = read_array(what.output, "/entry/sinogram/intensity").values;
  // What was subtracted is the same for all entries of a rotation, and the truth within the errors of four frames.
  double chi_square = 0;
  std::size_t bins = 0;
  for (std::size_t r = 0; r < 48; ++r)
    for (std::size_t c = 0; c < 160; ++c) {
      auto const at = [&](std::size_t t) { return (r * 41 + t) * 160 + c; };
      double const subtracted = double{before[at(0)]} - after[at(0)];
      EXPECT_NEAR(double{before[at(20)]} - after[at(20)], subtracted,
                  1e-6 * (std::abs(before[at(20)]) + std::abs(subtracted)));
      double error = 0;
      for (std::size_t const t : {0, 1, 39, 40}) error += std::pow(sigma[at(t)] / 4, 2);
      if (error == 0) continue;
      chi_square += std::pow(subtracted - truth[c], 2) / error;
      ++bins;
    }
  EXPECT_GT(bins, 7000U);
  EXPECT_NEAR(chi_square / static_cast<double>(bins), 1, 0.15);
  // And so the tomogram is empty where there is no sample, as well as the errors say.
  auto const tomogram = read_array(what.output, "/entry/tomogram/intensity").values;
  auto const errors = read_array(what.output, "/entry/tomogram/intensity_errors").values;
  auto const untreated = read_array(plain.output, "/entry/tomogram/intensity").values;
  std::vector<float> phases(41 * 41, 0);
  for (char const* name : {"phase0", "phase1", "phase2"}) {
    auto const phase =
        read_array(test::shared("data/scans/raster/expected.h5").string(), std::string("/truth/") + name).values;
    for (std::size_t i = 0; i < phases.size(); ++i) phases[i] += phase[i];
  }
  double mean_pull = 0, square = 0, mean = 0, mean_before = 0;
  double pixels = 0;
  for (int y = 0; y < 41; ++y)
    for (int x = 0; x < 41; ++x) {
      double const radius = std::hypot(x - 20, y - 20);
      if (radius < 17.5 || radius > 19.5) continue;
      auto const pixel = static_cast<std::size_t>(y * 41 + x);
      ASSERT_EQ(phases[pixel], 0) << x << " " << y;
      for (std::size_t c = 20; c < 140; ++c, ++pixels) {
        double const pull = tomogram[pixel * 160 + c] / errors[pixel * 160 + c];
        mean_pull += pull;
        square += pull * pull;
        mean += tomogram[pixel * 160 + c];
        mean_before += untreated[pixel * 160 + c];
      }
    }
  EXPECT_GT(pixels, 10'000);
  EXPECT_LT(std::abs(mean_pull / pixels), 0.05);
  EXPECT_LT(std::abs(mean), 0.02 * std::abs(mean_before));
  // Above 1 by streaks of 48 rotations, and by what entries of a rotation have in common of the error of their air.
  EXPECT_LT(std::sqrt(square / pixels), 1.7);
}

}  // namespace
}  // namespace xrdct
