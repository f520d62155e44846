// Links to files that were moved are repaired, in all that links: external links, virtual datasets, raw files.

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/io/source_paths.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace xrdct {
namespace {

using test::creation;
using test::h5_file;
using test::input_error_of;
using test::map;
using test::put_array;
using test::read_stack;
using test::slab;
using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr hsize_t rows = 4, columns = 7, frames = 3;
constexpr std::size_t pixels = rows * columns;

class moved_files : public ::testing::Test {
 protected:
  void SetUp() override {
    hdf5::start();
    fs::create_directory(folder_ / "old");
    fs::create_directory(folder_ / "scan");
  }
  void TearDown() override { hdf5::set_moved_paths({}); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  void move() { fs::rename(folder_ / "old", folder_ / "new"); }
  void repair(std::string const& from) { hdf5::set_moved_paths({{from, path("new")}}); }

  static std::vector<double> values(double from) {
    std::vector<double> all(frames * pixels);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = from + static_cast<double>(i);
    return all;
  }
  void write_source(std::string const& name, double from) {
    h5_file file(path("old/" + name));
    put_array(file, "/d", H5T_STD_U16LE, {frames, rows, columns}, values(from));
    put_array(file, "/list", H5T_IEEE_F64LE, {frames}, {from, from + 1, from + 2});
  }
  static void expect_values(std::string const& file, std::string const& dataset, std::vector<double> const& expected) {
    auto const back = read_stack(open_stack(file, dataset));
    std::vector<double> found;
    for (auto const& frame : back) {
      ASSERT_EQ(frame.status, frame_status::ok) << dataset;
      for (auto const v : frame.as<std::uint16_t>()) found.push_back(v);
    }
    EXPECT_EQ(found, expected) << dataset;
  }
  /// Two sources' modules side by side; `nested` through a virtual dataset in the old folder.
  void write_modules() {
    std::vector<hsize_t> const extent{frames, rows, 2 * columns}, own{frames, rows, columns};
    for (bool const nested : {false, true}) {
      h5_file file(path(nested ? "old/nested.h5" : "scan/modules.h5"));
      auto const properties = creation();
      for (hsize_t m = 0; m < 2; ++m)
        map(properties.id(), slab(extent, {0, 0, m * columns}, own).id(),
            nested ? "m" + std::to_string(m) + ".h5" : path("old/m" + std::to_string(m) + ".h5"), "/d",
            slab(own, {0, 0, 0}, own).id());
      file.dataset("/both", H5T_STD_U16LE, extent, properties.id());
    }
    h5_file file(path("scan/outer.h5"));
    auto const properties = creation();  // every second column of it, so that HDF5 reads it
    std::vector<hsize_t> const half{frames, rows, columns};
    map(properties.id(), slab(half, {0, 0, 0}, half).id(), "../old/nested.h5", "/both",
        slab(extent, {0, 0, 0}, half).id());
    file.dataset("/left", H5T_STD_U16LE, half, properties.id());
  }
  test::temporary_folder folder_;
};

TEST_F(moved_files, of_external_links_and_of_whole_frames) {
  write_source("a.h5", 100);
  {
    h5_file file(path("scan/scan.h5"));
    file.external_link("/absolute", path("old/a.h5"), "/d");
    file.external_link("/relative", "../old/a.h5", "/d");
    auto const properties = creation();
    std::vector<hsize_t> const extent{frames, rows, columns};
    map(properties.id(), slab(extent, {0, 0, 0}, extent).id(), path("old/a.h5"), "/d",
        slab(extent, {0, 0, 0}, extent).id());
    file.dataset("/virtual", H5T_STD_U16LE, extent, properties.id());
  }
  move();
  for (char const* name : {"/absolute", "/relative", "/virtual"}) {
    auto const message = input_error_of([&] { open_stack(path("scan/scan.h5"), name); });
    ASSERT_TRUE(message) << name;
    EXPECT_THAT(*message, HasSubstr("--source-path OLD=NEW")) << name;
  }
  repair(path("old"));
  for (char const* name : {"/absolute", "/relative", "/virtual"})
    expect_values(path("scan/scan.h5"), name, values(100));
  EXPECT_TRUE(hdf5::unused_moved_paths().empty());
  repair("../old/");  // as one of the links names it
  expect_values(path("scan/scan.h5"), "/relative", values(100));
  EXPECT_TRUE(input_error_of([&] { open_stack(path("scan/scan.h5"), "/absolute"); }));
  repair(path("ol"));  // no folder, but the beginning of its name
  EXPECT_TRUE(input_error_of([&] { open_stack(path("scan/scan.h5"), "/absolute"); }));
  ASSERT_EQ(hdf5::unused_moved_paths().size(), 1U);
  EXPECT_EQ(hdf5::unused_moved_paths().front().from, path("ol"));
}

TEST_F(moved_files, of_frames_that_are_put_together_also_when_nested) {
  write_source("m0.h5", 0);
  write_source("m1.h5", 5000);
  write_modules();
  auto const whole = [&] {
    std::vector<double> all;
    for (std::size_t line = 0; line < frames * rows; ++line)
      for (double const from : {0.0, 5000.0})
        for (std::size_t c = 0; c < columns; ++c) all.push_back(from + static_cast<double>(line * columns + c));
    return all;
  }();
  auto const expect_all = [&] {
    expect_values(path("scan/modules.h5"), "/both", whole);
    expect_values(path("scan/outer.h5"), "/left", values(0));
  };
  expect_all();
  hdf5::set_moved_paths({{path("elsewhere"), path("nowhere")}});
  expect_all();
  move();
  repair(path("old"));
  expect_all();
  hdf5::set_moved_paths({});
  EXPECT_TRUE(input_error_of([&] { open_stack(path("scan/modules.h5"), "/both"); }));
}

TEST_F(moved_files, of_raw_values_and_of_lists) {
  std::vector<std::uint16_t> raw;
  for (double const v : values(300)) raw.push_back(static_cast<std::uint16_t>(v));
  std::ofstream(path("old/frames.raw"), std::ios::binary)
      .write(reinterpret_cast<char const*>(raw.data()), static_cast<std::streamsize>(raw.size() * sizeof raw[0]));
  write_source("a.h5", 7);
  {
    h5_file file(path("scan/scan.h5"));
    auto const properties = creation();
    test::check(H5Pset_external(properties.id(), path("old/frames.raw").c_str(), 0, raw.size() * sizeof raw[0]),
                "external");
    file.dataset("/raw", H5T_STD_U16LE, {frames, rows, columns}, properties.id());
    auto const list = creation();
    map(list.id(), slab({frames}, {0}, {frames}).id(), path("old/a.h5"), "/list", slab({frames}, {0}, {frames}).id());
    file.dataset("/list", H5T_IEEE_F64LE, {frames}, list.id());
  }
  move();
  EXPECT_TRUE(input_error_of([&] { open_stack(path("scan/scan.h5"), "/raw"); }));
  EXPECT_THAT(input_error_of([&] { read_numbers("/list", path("scan/scan.h5")); }).value_or(""),
              HasSubstr("--source-path"));
  repair(path("old"));
  expect_values(path("scan/scan.h5"), "/raw", values(300));
  EXPECT_EQ(read_numbers("/list", path("scan/scan.h5")).values, (std::vector<double>{7, 8, 9}));
}

TEST_F(moved_files, names_are_matched_by_whole_folders) {
  hdf5::set_moved_paths({{"/data/raw/", "/mnt/x"}, {"/data", "/other/"}, {"rel/a", "/r"}});
  EXPECT_EQ(hdf5::moved_name("/data/raw/f.h5", "/s"), "/mnt/x/f.h5");
  EXPECT_EQ(hdf5::moved_name("/data/rawer/f.h5", "/s"), "/other/rawer/f.h5");
  EXPECT_EQ(hdf5::moved_name("/data/../data/raw/f.h5", "/s"), "/mnt/x/f.h5");
  EXPECT_EQ(hdf5::moved_name("../raw/f.h5", "/data/scan"), "/mnt/x/f.h5");
  EXPECT_EQ(hdf5::moved_name("rel/a/f.h5", "/s"), "/r/f.h5");
  EXPECT_EQ(hdf5::moved_name("a/f.h5", "rel"), "/r/f.h5");  // as seen from the working folder
  EXPECT_EQ(hdf5::moved_name("/elsewhere/f.h5", "/s"), std::nullopt);
  EXPECT_EQ(hdf5::moved_name("f.h5", "/elsewhere"), std::nullopt);
  EXPECT_EQ(hdf5::moved_name("/data", "/s"), "/other/");
}

}  // namespace
}  // namespace xrdct
