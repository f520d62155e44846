// What inspect finds, compared with what jobs do and with what was written; and that nothing unclear stops it.

#include "xrdct/pipeline/inspection.hpp"

#include "tests/io/h5_files.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/memory.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/text_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

namespace xrdct {
namespace {

using test::h5_file;
using test::small_scan;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class looked_at : public ::testing::Test {
 protected:
  void SetUp() override { set_log(log_level::quiet, ""); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  job written(small_scan const& scan) {
    scan.write(folder_.path());
    return scan.reconstruction(folder_.path(), path("out.h5"));
  }
  /// Nothing but the file.
  static job bare(job what) {
    what.input.dataset.clear();
    what.scan.rotation.clear();
    what.scan.translation.clear();
    what.geometry.monitor.clear();
    what.geometry.ponis.clear();
    return what;
  }
  static inspection look(job const& what) { return look_into(what, communicator()); }
  /// Of a look that fails.
  static exit_code code_of(job const& what) {
    try {
      look(what);
    } catch (agreed_error const& e) {
      return e.code();
    }
    return exit_code::done;
  }
  test::temporary_folder folder_;
};

TEST_F(looked_at, frames_are_told_as_they_are_stored) {
  small_scan scan;
  scan.missing = {5, 17};
  auto const what = written(scan);
  auto const stack = open_stack(what.input.files[0], what.input.dataset);
  auto const found = look(what);
  ASSERT_EQ(found.frames.size(), 1U);
  auto const& f = found.frames[0];
  EXPECT_EQ(f.frames, scan.frames());
  EXPECT_EQ(f.missing, 2U);
  EXPECT_EQ(f.rows, 33);
  EXPECT_EQ(f.columns, 47);
  EXPECT_EQ(f.stored_bytes, std::accumulate(stack.stored_bytes.begin(), stack.stored_bytes.end(), std::uint64_t{0}));
  EXPECT_EQ(f.decoded_bytes, (scan.frames() - 2) * 33 * 47 * 4);
  EXPECT_THAT(f.filters, testing::ElementsAre("bitshuffle (32008)"));
  EXPECT_THAT(f.chunk, testing::ElementsAre(1, 33, 47));
  EXPECT_EQ(f.files, 1U);
  EXPECT_EQ(f.absent_files, 0U);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.mistake, IsEmpty());
}

TEST_F(looked_at, geometry_counts_pixels_and_bins) {
  auto what = written({});
  auto const whole = look(what).bins.value();
  what.geometry.integration.radial_range = {whole.lowest, whole.highest * 3};
  auto const found = look(what);
  auto const m = examine(what, 1);
  auto const& matrix = m.detectors[0].matrix;
  std::vector<double> weight(matrix.bins);
  for (std::size_t i = 0; i < matrix.entries(); ++i) weight[matrix.bin[i]] += matrix.coefficient[i];
  auto const& g = found.geometry.at(0);
  EXPECT_EQ(g.pixels, 33U * 47U);
  EXPECT_EQ(g.empty_bins, static_cast<std::uint64_t>(std::count(weight.begin(), weight.end(), 0.0)));
  EXPECT_GT(g.empty_bins, 90U);  // those beyond the first third
  auto const& mask = m.detectors[0].pixels.mask;
  EXPECT_EQ(g.masked, mask.size() - static_cast<std::size_t>(std::count(mask.begin(), mask.end(), 0)));
  EXPECT_DOUBLE_EQ(found.bins->highest, m.radial.back());
}

TEST_F(looked_at, memory_is_what_patterns_sinogram_frames_and_reducers_take) {
  small_scan const scan;
  auto const what = written(scan);
  auto const used_before = most_memory_used();  // by earlier tests as well
  auto const found = look(what);
  auto const used = most_memory_used();
  auto const m = examine(what, 1);
  auto const reducer = make_backend("cpu", 1)->make_reducer(
      {&m.detectors[0].matrix, &m.detectors[0].pixels, what.geometry.errors, what.geometry.reject}, m.stack().format);
  auto const patterns = (scan.frames() + 7 * 11) * 4 * 150 * sizeof(float);
  auto const two_batches = std::min<std::uint64_t>(2 * reducer->preferred_batch(), scan.frames());
  auto const longest = *std::ranges::max_element(m.stack().stored_bytes);
  EXPECT_GT(two_batches * longest, 0U);
  auto const running =
      patterns + reducer->memory() + two_batches * room_for_frame(longest) + 26'000'000;  // the program itself
  EXPECT_GE(found.memory->all_ranks, std::max<std::uint64_t>(running, used_before));
  EXPECT_LE(found.memory->all_ranks, std::max<std::uint64_t>(running, used));
  EXPECT_EQ(found.memory->this_node, found.memory->all_ranks);
  EXPECT_GT(found.memory->available, 0U);
}

TEST_F(looked_at, sizes_are_those_of_the_result) {
  auto const found = look(written({}));
  EXPECT_DOUBLE_EQ(found.disk->result, 4.0 * 150 * (4 * 7 * 11 + 2 * 11 * 11));
  EXPECT_GT(found.disk->free, 0U);
}

TEST_F(looked_at, time_is_measured_on_frames) {
  small_scan const scan;
  auto const time = look(written(scan)).time.value();
  EXPECT_FALSE(time.decoding_only);
  EXPECT_GT(time.reducing.measured, 0U);
  EXPECT_GT(time.reducing.frames, 0);
  EXPECT_GT(time.reading.frames, 0);
  EXPECT_DOUBLE_EQ(time.reduce, static_cast<double>(scan.frames()) / time.reducing.frames);
  EXPECT_GT(time.tomogram, 0);
  EXPECT_GT(time.setup, 0);
}

TEST_F(looked_at, without_a_geometry_decoding_is_timed) {
  auto what = written({});
  what.geometry.ponis.clear();
  auto const found = look(what);
  EXPECT_TRUE(found.time.value().decoding_only);
  EXPECT_GT(found.time->reducing.frames, 0);
  EXPECT_TRUE(found.plan.has_value());
  EXPECT_THAT(found.mistake, IsEmpty());
  EXPECT_THAT(text_of(found), HasSubstr("--poni"));
}

TEST_F(looked_at, frames_that_may_be_meant_are_shown) {
  {
    h5_file file(path("two.h5"));
    std::vector<std::uint16_t> const pixels(3 * 5 * 7, 2);
    for (char const* name : {"/entry/left", "/entry/right"})
      test::write_all(file.dataset(name, H5T_STD_U16LE, {3, 5, 7}).id(), H5T_NATIVE_UINT16, pixels.data());
  }
  auto what = bare(written({}));
  what.input.files = {path("two.h5")};
  auto const found = look(what);
  EXPECT_THAT(found.frames, IsEmpty());
  EXPECT_EQ(found.candidates.size(), 2U);
  EXPECT_THAT(found.mistake, IsEmpty());
  for (char const* word : {"/entry/left", "/entry/right", "--dataset"}) EXPECT_THAT(text_of(found), HasSubstr(word));
  what.input.dataset = "/entry/right";
  EXPECT_EQ(look(what).frames.at(0).frames, 3U);
  what.input.dataset = "/entry/middle";
  EXPECT_THAT(look(what).mistake, HasSubstr("middle"));
}

TEST_F(looked_at, a_file_without_frames_is_a_mistake) {
  {
    h5_file file(path("none.h5"));
    double const one = 1;
    test::write_all(file.dataset("/one", H5T_IEEE_F64LE, {}).id(), H5T_NATIVE_DOUBLE, &one);
  }
  auto what = bare(written({}));
  what.input.files = {path("none.h5")};
  EXPECT_THAT(look(what).mistake, HasSubstr("none.h5"));
  what.input.files = {path("absent.h5")};
  EXPECT_EQ(code_of(what), exit_code::bad_input);
  std::ofstream(path("plain.txt")) << "plain\n";
  what.input.files = {path("plain.txt")};
  EXPECT_EQ(code_of(what), exit_code::bad_input);
}

TEST_F(looked_at, frames_of_absent_files_only_are_missing_and_no_mistake) {
  {
    h5_file file(path("linked.h5"));
    auto const properties = test::creation();
    auto const space = test::slab({4, 5, 7}, {0, 0, 0}, {4, 5, 7});
    test::map(properties.id(), space.id(), "gone.h5", "data", space.id());
    file.dataset("/entry/data", H5T_STD_U16LE, {4, 5, 7}, properties.id());
  }
  auto what = bare(written({}));
  what.input.files = {path("linked.h5")};
  auto const found = look(what);
  EXPECT_THAT(found.mistake, IsEmpty());
  ASSERT_EQ(found.problems.front().part, step_frames);
  EXPECT_THAT(text_of(found), HasSubstr("gone.h5"));
}

TEST_F(looked_at, bad_frames_are_counted_and_do_not_stop_it) {
  small_scan scan;
  scan.without_position = {3, 9};
  scan.without_monitor = {4};
  auto const found = look(written(scan));
  ASSERT_EQ(found.left_out.size(), 2U);
  EXPECT_EQ(found.left_out[0].frames + found.left_out[1].frames, 3U);
  EXPECT_TRUE(found.left_out[0].refused && found.left_out[1].refused);
  EXPECT_TRUE(found.plan.has_value());
  EXPECT_TRUE(found.time.has_value());
  EXPECT_THAT(text_of(found), HasSubstr("--bad-frames skip"));
}

TEST_F(looked_at, a_wrong_option_is_a_mistake_and_the_rest_is_told) {
  auto const right = written({});
  auto what = right;
  what.scan.rotation = "/1.1/measurement/rott";
  auto found = look(what);
  EXPECT_THAT(found.mistake, HasSubstr("rott"));
  EXPECT_EQ(found.frames.size(), 1U);
  EXPECT_EQ(found.geometry.size(), 1U);
  EXPECT_FALSE(found.plan.has_value());

  what = right;
  what.geometry.ponis = {path("absent.poni")};
  found = look(what);
  EXPECT_THAT(found.mistake, HasSubstr("absent.poni"));
  EXPECT_TRUE(found.plan.has_value());
  EXPECT_THAT(found.geometry, IsEmpty());

  what = right;
  what.geometry.integration.bins = 0;
  EXPECT_EQ(code_of(what), exit_code::usage);
}

TEST_F(looked_at, one_geometry_of_two_that_fails_leaves_decoding) {
  auto what = written({});
  what.input.files.push_back(what.input.files[0]);
  what.geometry.ponis.push_back(path("absent.poni"));
  auto found = look(what);
  EXPECT_THAT(found.mistake, HasSubstr("absent.poni"));
  EXPECT_THAT(found.geometry, IsEmpty());
  EXPECT_TRUE(found.time.value().decoding_only);
  what.geometry.ponis[1] = what.geometry.ponis[0];
  found = look(what);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.geometry.size(), 2U);
  EXPECT_EQ(found.frames.size(), 2U);
}

TEST_F(looked_at, what_is_shown_fits_a_terminal) {
  small_scan scan;
  scan.missing = {5};
  std::istringstream lines(text_of(look(written(scan))));
  for (std::string line; std::getline(lines, line);) {
    auto const first = line.find_first_not_of(' ', 14);
    bool const one_word = first == std::string::npos || line.find(' ', first) == std::string::npos;
    EXPECT_TRUE(line.size() <= 100 || one_word) << line;
  }
}

TEST_F(looked_at, json_holds_the_same) {
  small_scan scan;
  scan.missing = {5};
  auto const found = look(written(scan));
  auto const text = json_of(found);
  for (auto const& word : std::vector<std::string>{"\"frames\": 82", "\"missing\": 1", "\"refused\"", "\"rotation\": [",
                                                   "\"tomogram_seconds\":", "\"problems\": []"})
    EXPECT_EQ(text.find(word) != std::string::npos, word != "\"refused\"") << word << " in\n" << text;
}

TEST_F(looked_at, real_scans_are_told_whole) {
  XRDCT_NEEDS_SHARED("data/scans/zigzag/scan.h5");
  job what;
  what.input.files = {test::shared("data/scans/zigzag/scan.h5").string()};
  what.geometry.ponis = {test::shared("data/scans/zigzag/geometry.poni").string()};
  auto const found = look(what);
  EXPECT_THAT(found.problems, IsEmpty());
  ASSERT_TRUE(found.plan.has_value());
  EXPECT_EQ(found.plan->rotation.size(), 48U);
  EXPECT_EQ(found.plan->translation.size(), 41U);
  ASSERT_EQ(found.numbers.size(), 4U);
  EXPECT_THAT(found.numbers[0].found, HasSubstr("/1.1/measurement/rot"));
  EXPECT_THAT(found.numbers[3].found, HasSubstr("fpico6"));
}

TEST(text_page, names_stand_once_and_long_lines_are_broken) {
  text_page page;
  page.gap();
  page.add("frames", "one");
  page.add("frames", "two");
  page.gap();
  page.add("files", std::string(60, 'a') + " " + std::string(60, 'b') + "\x1b[2J");
  EXPECT_EQ(page.text(), "frames        one\n              two\n\nfiles         " + std::string(60, 'a') +
                             "\n                " + std::string(60, 'b') + "?[2J\n");
}

}  // namespace
}  // namespace xrdct
