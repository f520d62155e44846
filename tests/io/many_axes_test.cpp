// Stacks with several axes before the rows, as maps have them: their frames are taken row by row.

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace xrdct {
namespace {

using test::creation;
using test::h5_file;
using test::handle;
using test::input_error_of;
using test::map;
using test::read_stack;
using test::slab;
using testing::HasSubstr;

constexpr hsize_t rows = 6, columns = 11;
constexpr std::size_t pixels = rows * columns;
using frame_values = std::vector<std::uint16_t>;

class many_axes : public ::testing::Test {
 protected:
  void SetUp() override { hdf5::start(); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  test::temporary_folder folder_;
};

std::vector<std::uint16_t> counting(std::size_t n, std::size_t from = 0) {
  std::vector<std::uint16_t> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<std::uint16_t>((from + i) * 7);
  return values;
}

handle put(h5_file& file, std::string const& name, std::vector<hsize_t> const& extent, hid_t properties,
           std::vector<std::uint16_t> const& values) {
  auto dataset = file.dataset(name, H5T_STD_U16LE, extent, properties);
  test::write_all(dataset.id(), H5T_NATIVE_UINT16, values.data());
  return dataset;
}

std::vector<frame_values> frames_of(std::vector<std::uint16_t> const& values) {
  std::vector<frame_values> frames;
  for (std::size_t f = 0; f < values.size() / pixels; ++f)
    frames.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(f * pixels),
                        values.begin() + static_cast<std::ptrdiff_t>((f + 1) * pixels));
  return frames;
}

void expect_frames(std::string const& file, std::string const& dataset, std::vector<frame_values> const& expected,
                   std::optional<bool> as_stored = {}) {
  auto const stack = open_stack(file, dataset);
  ASSERT_EQ(stack.frames, expected.size()) << dataset;
  auto const back = read_stack(stack);
  for (std::size_t f = 0; f < back.size(); ++f) {
    if (expected[f].empty()) {
      EXPECT_EQ(back[f].status, frame_status::missing) << dataset << " " << f;
      continue;
    }
    ASSERT_EQ(back[f].status, frame_status::ok) << dataset << " " << f;
    EXPECT_EQ(back[f].as<std::uint16_t>(), expected[f]) << dataset << " " << f;
    EXPECT_EQ(back[f].as_stored, as_stored.value_or(back[f].as_stored)) << dataset;
  }
}

TEST_F(many_axes, of_any_layout) {
  constexpr hsize_t a = 3, b = 5;
  auto const values = counting(a * b * pixels);
  auto const expected = frames_of(values);
  {
    h5_file file(path("map.h5"));
    std::vector<hsize_t> const extent{a, b, rows, columns};
    put(file, "/contiguous", extent, H5P_DEFAULT, values);
    put(file, "/single", extent, test::chunked({1, 1, rows, columns}).id(), values);
    put(file, "/packed", extent, test::chunked({1, 1, rows, columns}, 32008, {0, 2}).id(), values);
    put(file, "/lines", extent, test::chunked({1, b, rows, columns}, 32008, {0, 2}).id(), values);
    put(file, "/ragged", extent, test::chunked({2, 2, 4, 4}, 32008, {0, 2}).id(), values);
    put(file, "/five", {1, a, b, rows, columns}, test::chunked({1, 1, 1, rows, columns}, 32004).id(), values);
  }
  expect_frames(path("map.h5"), "/contiguous", expected);
  expect_frames(path("map.h5"), "/single", expected);
  expect_frames(path("map.h5"), "/packed", expected, true);
  expect_frames(path("map.h5"), "/lines", expected, false);
  expect_frames(path("map.h5"), "/ragged", expected, false);
  expect_frames(path("map.h5"), "/five", expected, true);
}

TEST_F(many_axes, with_frames_that_were_never_written) {
  auto const values = counting(2 * 3 * pixels);
  auto expected = frames_of(values);
  {
    h5_file file(path("half.h5"));
    auto const d = file.dataset("/d", H5T_STD_U16LE, {2, 3, rows, columns}, test::chunked({1, 1, rows, columns}).id());
    for (hsize_t f : {1, 3, 5}) {
      std::vector<hsize_t> const start{f / 3, f % 3, 0, 0}, count{1, 1, rows, columns};
      auto const space = slab({2, 3, rows, columns}, start, count);
      handle const memory(H5Screate_simple(4, count.data(), nullptr), H5Sclose);
      test::check(H5Dwrite(d.id(), H5T_NATIVE_UINT16, memory.id(), space.id(), H5P_DEFAULT, expected[f].data()),
                  "write");
    }
  }
  for (std::size_t f : {0, 2, 4}) expected[f].clear();
  expect_frames(path("half.h5"), "/d", expected);
}

/// Every line of the map is a file; one of them is absent. HDF5 itself tells what belongs where.
TEST_F(many_axes, of_virtual_datasets) {
  constexpr hsize_t a = 4, b = 3;
  std::vector<frame_values> expected;
  for (hsize_t line = 0; line < a; ++line) {
    auto const values = counting(b * pixels, line * 1000);
    for (auto& frame : frames_of(values)) expected.push_back(line == 2 ? frame_values() : frame);
    if (line == 2) continue;
    h5_file file(path("line" + std::to_string(line) + ".h5"));
    put(file, "/d", {b, rows, columns}, test::chunked({1, rows, columns}, 32008, {0, 2}).id(), values);
    put(file, "/d4", {1, b, rows, columns}, test::chunked({1, 1, rows, columns}, 32008, {0, 2}).id(), values);
  }
  {
    h5_file file(path("map.h5"));
    std::vector<hsize_t> const extent{a, b, rows, columns};
    for (bool const four : {false, true}) {
      auto const properties = creation();
      for (hsize_t line = 0; line < a; ++line) {
        auto const to = slab(extent, {line, 0, 0, 0}, {1, b, rows, columns});
        auto const from = four ? slab({1, b, rows, columns}, {0, 0, 0, 0}, {1, b, rows, columns})
                               : slab({b, rows, columns}, {0, 0, 0}, {b, rows, columns});
        map(properties.id(), to.id(), "line" + std::to_string(line) + ".h5", four ? "/d4" : "/d", from.id());
      }
      file.dataset(four ? "/four" : "/three", H5T_STD_U16LE, extent, properties.id());
    }
    // Columns of the map, each from a stack of its own frames; and 3-D out of 4-D.
    auto const properties = creation();
    for (hsize_t column = 0; column < b; ++column)
      map(properties.id(), slab(extent, {0, column, 0, 0}, {a, 1, rows, columns}).id(), ".", "/columns",
          slab({a * b, rows, columns}, {column * a, 0, 0}, {a, rows, columns}).id());
    file.dataset("/by_columns", H5T_STD_U16LE, extent, properties.id());
    put(file, "/columns", {a * b, rows, columns}, test::chunked({1, rows, columns}).id(), counting(a * b * pixels));
    auto const part = creation();
    map(part.id(), slab({4, rows, columns}, {0, 0, 0}, {4, rows, columns}).id(), "map.h5", "/by_columns",
        slab(extent, {1, 1, 0, 0}, {2, 2, rows, columns}).id());
    file.dataset("/part", H5T_STD_U16LE, {4, rows, columns}, part.id());
  }
  expect_frames(path("map.h5"), "/three", expected, true);
  expect_frames(path("map.h5"), "/four", expected, true);
  auto const stored = frames_of(counting(a * b * pixels));
  std::vector<frame_values> by_columns, part;
  for (hsize_t f = 0; f < a * b; ++f) by_columns.push_back(stored[f % b * a + f / b]);
  expect_frames(path("map.h5"), "/by_columns", by_columns);
  for (hsize_t f : {1 * b + 1, 1 * b + 2, 2 * b + 1, 2 * b + 2}) part.push_back(by_columns[f]);
  expect_frames(path("map.h5"), "/part", part);
}

/// Two modules side by side, in every frame of a map.
TEST_F(many_axes, put_together_from_modules) {
  constexpr hsize_t a = 2, b = 2;
  std::vector<std::uint16_t> all(a * b * pixels * 2);
  {
    h5_file file(path("map.h5"));
    auto const properties = creation();
    std::vector<hsize_t> const extent{a, b, rows, 2 * columns};
    for (hsize_t m = 0; m < 2; ++m) {
      auto const values = counting(a * b * pixels, m * 5000);
      put(file, "/module" + std::to_string(m), {a, b, rows, columns}, H5P_DEFAULT, values);
      map(properties.id(), slab(extent, {0, 0, 0, m * columns}, {a, b, rows, columns}).id(), ".",
          "/module" + std::to_string(m), slab({a, b, rows, columns}, {0, 0, 0, 0}, {a, b, rows, columns}).id());
      for (std::size_t i = 0; i < values.size(); ++i)
        all[i / columns * 2 * columns + m * columns + i % columns] = values[i];
    }
    file.dataset("/both", H5T_STD_U16LE, extent, properties.id());
  }
  auto const stack = open_stack(path("map.h5"), "/both");
  ASSERT_EQ(stack.frames, a * b);
  auto const back = read_stack(stack);
  std::vector<std::uint16_t> found;
  for (auto const& frame : back) {
    ASSERT_EQ(frame.status, frame_status::ok);
    auto const values = frame.as<std::uint16_t>();
    found.insert(found.end(), values.begin(), values.end());
  }
  EXPECT_EQ(found, all);
}

TEST_F(many_axes, that_are_absurd) {
  {
    h5_file file(path("odd.h5"));
    hsize_t const huge = hsize_t(1) << 40;
    file.dataset("/huge", H5T_STD_U8LE, {huge, huge, 2, 2}, test::chunked({1, 1, 2, 2}).id());
    file.dataset("/none", H5T_STD_U8LE, {3, 0, 2, 2}, test::chunked({1, 1, 2, 2}).id(), {3, H5S_UNLIMITED, 2, 2});
    file.dataset("/seven", H5T_STD_U8LE, {1, 1, 1, 1, 1, 2, 2});
  }
  for (auto const& [name, words] : {std::pair{"/huge", "absurdly large"}, std::pair{"/none", "no frames"},
                                    std::pair{"/seven", "frames are [frames][rows][columns]"}}) {
    auto const message = input_error_of([&, n = name] { open_stack(path("odd.h5"), n); });
    ASSERT_TRUE(message) << name;
    EXPECT_THAT(*message, HasSubstr(words)) << name;
  }
}

}  // namespace
}  // namespace xrdct
