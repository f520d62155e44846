// Jobs that name nothing but the file: what belongs to the scan is found by convention, and is what one would have
// named.

#include "tests/io/h5_files.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/pipeline/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

namespace xrdct {
namespace {

using test::h5_file;
using test::read_array;
using ::testing::HasSubstr;

constexpr hsize_t rows = 33;
constexpr hsize_t columns = 47;
constexpr std::size_t lines = 5;
constexpr std::size_t points = 8;

using image = std::vector<std::uint16_t>;

class conventions : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log(log_level::quiet, "");
    test::small_scan().write(folder_.path());  // for its geometry
    std::mt19937 engine(77);
    for (std::size_t i = 0; i < lines * points; ++i) {
      auto& pixels = frames_.emplace_back(rows * columns);
      for (auto& p : pixels) p = static_cast<std::uint16_t>(engine() % 1000);
      monitor_.push_back(900 + static_cast<double>(engine() % 200));
      rotation_.push_back(20.0 * static_cast<double>(i % points));
      translation_.push_back(0.25 * static_cast<double>(i / points));
    }
  }

  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  static void write_frames(h5_file& file, std::string const& name, std::span<image const> images) {
    auto const made =
        file.dataset(name, H5T_STD_U16LE, {images.size(), rows, columns}, test::chunked({1, rows, columns}).id());
    for (std::size_t i = 0; i < images.size(); ++i)
      test::write_frame(made.id(), H5T_NATIVE_UINT16, i, rows, columns, images[i].data());
  }
  static void write_list(h5_file& file, std::string const& name, std::span<double const> values) {
    test::write_all(file.dataset(name, H5T_IEEE_F64LE, {values.size()}).id(), H5T_NATIVE_DOUBLE, values.data());
  }
  static void write_value(h5_file& file, std::string const& name, double value) {
    test::write_all(file.dataset(name, H5T_IEEE_F64LE, {}).id(), H5T_NATIVE_DOUBLE, &value);
  }

  /// A file and nothing else.
  job bare(std::vector<std::string> files) const {
    job what = test::small_scan().reconstruction(folder_.path(), path("out.h5"));
    what.input.files = std::move(files);
    what.input.dataset.clear();
    what.scan.rotation.clear();
    what.scan.translation.clear();
    what.scan.layer.clear();
    what.geometry.monitor.clear();
    return what;
  }
  /// All in one entry, and all of it named.
  job named() const {
    h5_file file(folder_ / "named.h5");
    write_frames(file, "/1.1/measurement/first", frames_);
    write_frames(file, "/1.1/measurement/second", frames_);
    write_list(file, "/1.1/measurement/a", rotation_);
    write_list(file, "/1.1/measurement/b", translation_);
    write_list(file, "/1.1/measurement/c", monitor_);
    file.close();
    auto what = bare({path("named.h5")});
    what.input.dataset = "/1.1/measurement/second";
    what.scan.rotation = "/1.1/measurement/a";
    what.scan.translation = "b";
    what.geometry.monitor = "/1.1/measurement/c";
    return what;
  }
  /// An entry a line, numbered so that their names are not in this order.
  void write_line(h5_file& file, std::size_t line, std::string const& entry) const {
    auto const first = line * points;
    write_frames(file, entry + "/instrument/eiger/data", std::span(frames_).subspan(first, points));
    file.soft_link(entry + "/measurement/eiger", entry + "/instrument/eiger/data");
    write_list(file, entry + "/measurement/rot", std::span(rotation_).subspan(first, points));
    write_list(file, entry + "/measurement/fpico6", std::span(monitor_).subspan(first, points));
    write_value(file, entry + "/instrument/positioners/dty", translation_[first]);
    write_value(file, entry + "/instrument/positioners/rot", 0);
  }
  std::string run(job what, std::string const& name) {
    what.output = path(name);
    reconstruct(what, communicator());
    return what.output;
  }
  void expect_same(std::string const& a, std::string const& b) {
    for (char const* name : {"sinogram/intensity", "sinogram/intensity_errors", "tomogram/intensity"}) {
      auto const dataset = std::string("/entry/") + name;
      auto const one = read_array(a, dataset).values;
      auto const other = read_array(b, dataset).values;
      ASSERT_EQ(one.size(), other.size());
      EXPECT_EQ(std::memcmp(one.data(), other.data(), one.size() * sizeof(float)), 0) << name;
    }
  }
  std::string mistake_of(job const& what) {
    try {
      reconstruct(what, communicator());
    } catch (error const& e) {
      EXPECT_EQ(e.code(), exit_code::bad_input) << e.what();
      return e.what();
    }
    return "none";
  }

  test::temporary_folder folder_;
  std::vector<image> frames_;
  std::vector<double> rotation_, translation_, monitor_;
};

TEST_F(conventions, an_entry_a_line_is_one_scan) {
  h5_file file(folder_ / "lines.h5");
  for (std::size_t line = 0; line < lines; ++line) write_line(file, line, "/" + std::to_string(line + 8) + ".1");
  file.close();
  auto const found = run(bare({path("lines.h5")}), "found.h5");
  expect_same(found, run(named(), "by_name.h5"));
  EXPECT_THAT(read_text(found, "/entry/process/chosen"),
              ::testing::AllOf(HasSubstr("'/8.1/measurement/eiger' to '/12.1/measurement/eiger' (5 parts)"),
                               HasSubstr("rotation rot ('/*.1/measurement/rot', 0 to 140), by its name"),
                               HasSubstr("translation dty ('/*.1/instrument/positioners/dty', 0 to 1), by its name"),
                               HasSubstr("no layer"), HasSubstr("monitor fpico6")));
  auto piecewise = bare({path("lines.h5")});
  piecewise.input.dataset = "/*.1/measurement/eiger";
  piecewise.scan.rotation = "/*.1/measurement/rot";
  piecewise.geometry.monitor = "fpico6";
  expect_same(found, run(piecewise, "piecewise.h5"));
}

TEST_F(conventions, a_file_a_line_is_one_scan) {
  for (std::size_t line = 0; line < lines; ++line) {
    h5_file file(folder_ / ("line_" + std::to_string(line + 8) + ".h5"));
    write_line(file, line, "/1.1");
  }
  expect_same(run(bare({path("line_*.h5")}), "found.h5"), run(named(), "by_name.h5"));
}

TEST_F(conventions, frames_that_are_not_of_the_scan_are_left_out_and_darks_subtracted) {
  auto const write = [&](std::string const& name, bool with_others) {
    h5_file file(folder_ / name);
    auto images = frames_;
    auto rotation = rotation_;
    auto translation = translation_;
    auto monitor = monitor_;
    std::vector<double> keys(images.size(), 0);
    auto const add = [&](std::size_t at, std::uint16_t level, double key) {
      auto const i = static_cast<std::ptrdiff_t>(at);
      images.insert(images.begin() + i, image(rows * columns, level));
      rotation.insert(rotation.begin() + i, 33.3);
      translation.insert(translation.begin() + i, 50);
      monitor.insert(monitor.begin() + i, key == 2 ? 0 : 1000);
      keys.insert(keys.begin() + i, key);
    };
    if (with_others) {
      add(0, 10, 2);
      add(0, 13, 2);
      add(20, 60000, 1);
      add(images.size(), 3, 3);
      add(images.size(), 16, 2);
    }
    write_frames(file, "/entry/instrument/detector/data", images);
    write_list(file, "/entry/sample/rotation_angle", rotation);
    write_list(file, "/entry/sample/x_translation", translation);
    write_list(file, "/entry/beam/i0", monitor);
    if (with_others) write_list(file, "/entry/instrument/detector/image_key", keys);
    std::vector<float> const dark(rows * columns, 13);
    test::write_all(file.dataset("/other/dark", H5T_IEEE_F32LE, {rows, columns}).id(), H5T_NATIVE_FLOAT, dark.data());
  };
  write("mixed.h5", true);
  write("pure.h5", false);
  auto given = bare({path("pure.h5")});
  given.input.darks = {{path("pure.h5") + "::/other/dark", {}}};
  given.geometry.monitor_reference = 1000;
  auto mixed = bare({path("mixed.h5")});
  mixed.geometry.monitor_reference = 1000;
  auto const found = run(mixed, "found.h5");
  expect_same(found, run(given, "given.h5"));
  auto const status = read_numbers("/entry/frames/status", found).values;
  auto const excluded = static_cast<double>(frame_status::excluded);
  EXPECT_EQ(std::ranges::count(status, excluded), 5);
  EXPECT_EQ(std::ranges::count(status, 0), static_cast<std::ptrdiff_t>(frames_.size()));
  EXPECT_EQ(status[0], excluded);
  EXPECT_EQ(status[2], 0);

  auto without = bare({path("pure.h5")});
  without.geometry.monitor_reference = 1000;
  mixed.input.darks = {{path("zero.h5") + "::/dark", {}}};
  std::vector<float> const zero(rows * columns, 0);
  {
    h5_file file(folder_ / "zero.h5");
    test::write_all(file.dataset("/dark", H5T_IEEE_F32LE, {rows, columns}).id(), H5T_NATIVE_FLOAT, zero.data());
  }
  expect_same(run(mixed, "own_dark.h5"), run(without, "no_dark.h5"));
}

TEST_F(conventions, what_is_ambiguous_or_absent_is_an_error_with_the_way_out) {
  {
    h5_file file(folder_ / "twice.h5");
    write_line(file, 0, "/1.1");
    write_line(file, 1, "/2.1");
    write_list(file, "/1.1/measurement/fpico3", std::span(monitor_).first(points));
    write_list(file, "/2.1/measurement/fpico3", std::span(rotation_).subspan(1, points));
  }
  auto what = bare({path("twice.h5")});
  EXPECT_THAT(mistake_of(what), HasSubstr("choose with --monitor NAME, or --monitor none"));
  what.geometry.monitor = "fpico3";
  EXPECT_THAT(mistake_of(what), HasSubstr("a monitor value"));  // 0, at the first rotation
  what.geometry.monitor = "none";
  EXPECT_EQ(mistake_of(what), "none");
  what.overwrite = true;
  what.scan.rotation = "rott";
  EXPECT_THAT(mistake_of(what), HasSubstr("--rotation: nothing beside the frames"));
  what.scan.rotation.clear();
  what.input.dataset = "/1.1/measurement/eiger";
  EXPECT_THAT(mistake_of(what), HasSubstr("no translation is found"));  // the only line does not move it
  what.scan.translation = "dty";
  EXPECT_EQ(mistake_of(what), "none");
}

TEST_F(conventions, a_last_line_without_all_positions_is_not_guessed) {
  {
    h5_file file(folder_ / "cut.h5");
    for (std::size_t line = 0; line < lines - 1; ++line) write_line(file, line, "/" + std::to_string(line + 1) + ".1");
    auto const first = (lines - 1) * points;
    write_frames(file, "/9.1/measurement/eiger", std::span(frames_).subspan(first, points));
    write_list(file, "/9.1/measurement/rot", std::span(rotation_).subspan(first, points - 3));
    write_list(file, "/9.1/measurement/fpico6", std::span(monitor_).subspan(first, points));
    write_value(file, "/9.1/instrument/positioners/dty", translation_[first]);
  }
  auto what = bare({path("cut.h5")});
  EXPECT_THAT(mistake_of(what), HasSubstr("a position that is not a finite number"));
  what.run.skip_bad_frames = true;
  auto const found = run(what, "found.h5");
  auto const status = read_numbers("/entry/frames/status", found).values;
  EXPECT_EQ(std::ranges::count(status, static_cast<double>(frame_status::bad_position)), 3);
  EXPECT_EQ(status.back(), static_cast<double>(frame_status::bad_position));
}

}  // namespace
}  // namespace xrdct
