// Virtual datasets and links: every frame comes from where HDF5 itself would take it, and what is absent is missing.

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

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

constexpr hsize_t rows = 9, columns = 14;
constexpr std::size_t pixels = rows * columns;
using frame_values = std::vector<std::uint16_t>;

/// Frame `f` of source `s` holds numbers that no other frame has.
frame_values source_frame(int s, hsize_t f) {
  frame_values values(pixels);
  for (std::size_t i = 0; i < pixels; ++i) values[i] = static_cast<std::uint16_t>(s * 10000 + f * 150 + i);
  return values;
}

std::string numbered(std::string const& name, int number) { return name + std::to_string(number).append(".h5"); }

/// A file with dataset `dataset` of n frames, of which those in `unwritten` are not there.
void make_source(std::filesystem::path const& path, int s, hsize_t n, std::vector<hsize_t> const& unwritten = {},
                 std::string const& dataset = "/entry/data", int filter = 32008) {
  h5_file file(path);
  auto const d = file.dataset(dataset, H5T_STD_U16LE, {n, rows, columns},
                              test::chunked({1, rows, columns}, filter, {0, 2}).id(), {H5S_UNLIMITED, rows, columns});
  for (hsize_t f = 0; f < n; ++f)
    if (std::ranges::find(unwritten, f) == unwritten.end())
      test::write_frame(d.id(), H5T_STD_U16LE, f, rows, columns, source_frame(s, f).data());
}

/// What HDF5 reads of a whole dataset.
std::vector<frame_values> by_hdf5(std::string const& path, std::string const& dataset) {
  auto const file = hdf5::open_input(path);
  handle const d(H5Dopen2(file->file.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  auto const extent = hdf5::extent_of(d.id());
  std::vector<std::uint16_t> all(hdf5::product(extent));
  test::check(H5Dread(d.id(), H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()), "H5Dread");
  std::vector<frame_values> frames;
  for (std::size_t f = 0; f < all.size() / pixels; ++f)
    frames.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(f * pixels),
                        all.begin() + static_cast<std::ptrdiff_t>((f + 1) * pixels));
  return frames;
}

/// The frames that are not `missing` are as HDF5 reads them; the others are exactly these.
void expect_like_hdf5(std::string const& path, std::string const& dataset, std::vector<std::size_t> const& missing,
                      bool as_stored = true) {
  auto const expected = by_hdf5(path, dataset);
  auto const stack = open_stack(path, dataset);
  ASSERT_EQ(stack.frames, expected.size());
  auto const back = read_stack(stack);
  std::uint64_t next = 0;
  for (auto const& s : stack.segments) {
    EXPECT_EQ(s.first, next);
    next += s.count;
  }
  EXPECT_EQ(next, stack.frames);
  for (std::size_t f = 0; f < back.size(); ++f) {
    bool const gone = std::ranges::find(missing, f) != missing.end();
    ASSERT_EQ(back[f].status, gone ? frame_status::missing : frame_status::ok) << dataset << " frame " << f;
    if (gone) continue;
    EXPECT_EQ(back[f].as<std::uint16_t>(), expected[f]) << dataset << " frame " << f;
    EXPECT_EQ(back[f].as_stored, as_stored) << dataset << " frame " << f;
  }
}

class virtual_dataset : public testing::Test {
 protected:
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  /// Source frames [first, first + count) of n become frames [to, to + count) of `of`.
  static void map_frames(handle const& properties, hsize_t of, hsize_t to, std::string const& file,
                         std::string const& dataset, hsize_t n, hsize_t first, hsize_t count) {
    map(properties.id(), slab({of, rows, columns}, {to, 0, 0}, {count, rows, columns}).id(), file, dataset,
        slab({n, rows, columns}, {first, 0, 0}, {count, rows, columns}).id());
  }
  test::temporary_folder folder_;
};

TEST_F(virtual_dataset, over_several_files_with_gaps_and_absent_ones) {
  std::filesystem::create_directories(folder_ / "raw");
  make_source(folder_ / "raw/a.h5", 1, 5, {3});
  make_source(folder_ / "raw/b.h5", 2, 4);
  make_source(folder_ / "raw/c.h5", 3, 4, {}, "/other");
  {
    h5_file file(folder_ / "master.h5");
    auto const properties = creation();
    map_frames(properties, 20, 0, "raw/a.h5", "/entry/data", 5, 0, 5);
    map_frames(properties, 20, 5, "raw/absent.h5", "/entry/data", 3, 0, 3);
    map_frames(properties, 20, 9, path("raw/b.h5"), "/entry/data", 4, 1, 3);
    map_frames(properties, 20, 12, "raw/c.h5", "/entry/data", 4, 0, 4);  // the file has no such dataset
    map_frames(properties, 20, 17, "./raw/b.h5", "/entry/data", 4, 0, 2);
    file.dataset("/entry/all", H5T_STD_U16LE, {20, rows, columns}, properties.id());
  }
  expect_like_hdf5(path("master.h5"), "/entry/all", {3, 5, 6, 7, 8, 12, 13, 14, 15, 16, 19});
  auto const stack = open_stack(path("master.h5"), "/entry/all");
  EXPECT_THAT(segment_of(stack, 6).file, HasSubstr("raw/absent.h5"));
  EXPECT_FALSE(segment_of(stack, 6).present);
  EXPECT_TRUE(segment_of(stack, 9).present);
  EXPECT_EQ(segment_of(stack, 9).source_first, 1);
}

TEST_F(virtual_dataset, of_random_single_frames_in_both_directions) {
  std::mt19937 engine(20);
  for (int s = 0; s < 5; ++s) make_source(folder_ / (numbered("s", s)), s, 6, {hsize_t(s)});
  std::vector<std::size_t> missing;
  {
    h5_file file(folder_ / "master.h5");
    auto const properties = creation();
    std::vector<bool> absent(60, true);
    for (int i = 0; i < 200; ++i) {  // later ones overwrite earlier ones, as HDF5 has it
      int const s = static_cast<int>(engine() % 5);
      hsize_t const n = engine() % 3 + 1;
      hsize_t const first = engine() % (7 - n);
      hsize_t const to = engine() % (61 - n);
      map_frames(properties, 60, to, numbered("s", s), "/entry/data", 6, first, n);
      for (hsize_t k = 0; k < n; ++k) absent[to + k] = first + k == static_cast<hsize_t>(s);
    }
    for (std::size_t f = 0; f < 60; ++f)
      if (absent[f]) missing.push_back(f);
    file.dataset("/all", H5T_STD_U16LE, {60, rows, columns}, properties.id());
  }
  expect_like_hdf5(path("master.h5"), "/all", missing);
}

TEST_F(virtual_dataset, strided_irregular_and_whole_selections) {
  make_source(folder_ / "a.h5", 1, 12);
  make_source(folder_ / "b.h5", 2, 6);
  {
    h5_file file(folder_ / "master.h5");
    std::vector<hsize_t> const all{18, rows, columns};
    // Every third frame from the one, blocks of two from the other.
    handle const third(H5Screate_simple(3, all.data(), nullptr), H5Sclose);
    handle const pairs(H5Screate_simple(3, all.data(), nullptr), H5Sclose);
    hsize_t const start[] = {0, 0, 0};
    hsize_t const stride[] = {3, rows, columns};
    hsize_t const six[] = {6, 1, 1};
    hsize_t const block[] = {1, rows, columns};
    hsize_t const from_one[] = {1, 0, 0};
    hsize_t const two[] = {2, rows, columns};
    H5Sselect_hyperslab(third.id(), H5S_SELECT_SET, start, stride, six, block);
    H5Sselect_hyperslab(pairs.id(), H5S_SELECT_SET, from_one, stride, six, two);
    auto const properties = creation();
    map(properties.id(), third.id(), "b.h5", "/entry/data",
        slab({6, rows, columns}, {0, 0, 0}, {6, rows, columns}).id());
    handle const whole(H5Screate_simple(3, std::vector<hsize_t>{12, rows, columns}.data(), nullptr), H5Sclose);
    map(properties.id(), pairs.id(), "a.h5", "/entry/data", whole.id());
    file.dataset("/strided", H5T_STD_U16LE, all, properties.id());
    // Frames 0, 2, 3, 7 of one file.
    handle const some(H5Screate_simple(3, std::vector<hsize_t>{12, rows, columns}.data(), nullptr), H5Sclose);
    H5Sselect_none(some.id());
    for (hsize_t const f : {0, 2, 3, 7}) {
      hsize_t const at[] = {f, 0, 0};
      hsize_t const one[] = {1, rows, columns};
      H5Sselect_hyperslab(some.id(), H5S_SELECT_OR, at, nullptr, one, nullptr);
    }
    auto const irregular = creation();
    map(irregular.id(), slab({5, rows, columns}, {1, 0, 0}, {4, rows, columns}).id(), "a.h5", "/entry/data", some.id());
    file.dataset("/irregular", H5T_STD_U16LE, {5, rows, columns}, irregular.id());
  }
  expect_like_hdf5(path("master.h5"), "/strided", {});
  expect_like_hdf5(path("master.h5"), "/irregular", {0});
}

TEST_F(virtual_dataset, numbered_names_and_unlimited_extents) {
  for (int const s : {0, 1, 3}) make_source(folder_ / (numbered("part_", s)), s, 4);
  make_source(folder_ / "grows.h5", 5, 7, {2});
  std::vector<hsize_t> const unlimited{H5S_UNLIMITED, rows, columns};
  {
    h5_file file(folder_ / "master.h5", true);
    handle const space(H5Screate_simple(3, std::vector<hsize_t>{4, rows, columns}.data(), unlimited.data()), H5Sclose);
    hsize_t const start[] = {0, 0, 0};
    hsize_t const stride[] = {4, rows, columns};
    hsize_t const count[] = {H5S_UNLIMITED, 1, 1};
    hsize_t const block[] = {4, rows, columns};
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start, stride, count, block);
    auto const numbered = creation();
    map(numbered.id(), space.id(), "part_%b.h5", "/entry/data",
        slab({4, rows, columns}, {0, 0, 0}, {4, rows, columns}).id());
    file.dataset("/numbered", H5T_STD_U16LE, {4, rows, columns}, numbered.id(), unlimited);

    handle const to(H5Screate_simple(3, std::vector<hsize_t>{1, rows, columns}.data(), unlimited.data()), H5Sclose);
    handle const from(H5Screate_simple(3, std::vector<hsize_t>{1, rows, columns}.data(), unlimited.data()), H5Sclose);
    hsize_t const all[] = {H5S_UNLIMITED, rows, columns};
    H5Sselect_hyperslab(to.id(), H5S_SELECT_SET, start, nullptr, all, nullptr);
    H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, start, nullptr, all, nullptr);
    auto const growing = creation();
    map(growing.id(), to.id(), "grows.h5", "/entry/data", from.id());
    file.dataset("/growing", H5T_STD_U16LE, {1, rows, columns}, growing.id(), unlimited);
  }
  expect_like_hdf5(path("master.h5"), "/numbered", {});  // HDF5 ends it at the first absent file
  EXPECT_EQ(open_stack(path("master.h5"), "/numbered").frames, 8);
  expect_like_hdf5(path("master.h5"), "/growing", {2});
  EXPECT_EQ(open_stack(path("master.h5"), "/growing").frames, 7);
}

TEST_F(virtual_dataset, nested_and_in_the_same_file_and_through_links) {
  std::filesystem::create_directories(folder_ / "sub/raw");
  make_source(folder_ / "sub/raw/a.h5", 1, 6, {4});
  {
    h5_file file(folder_ / "sub/middle.h5");
    auto const properties = creation();
    map_frames(properties, 6, 0, "raw/a.h5", "/entry/data", 6, 0, 6);
    file.dataset("/v", H5T_STD_U16LE, {6, rows, columns}, properties.id());
    file.soft_link("/soft", "/v");
  }
  {
    h5_file file(folder_ / "master.h5");
    auto const here =
        file.dataset("/here", H5T_STD_U16LE, {2, rows, columns}, test::chunked({1, rows, columns}, 32008, {0, 2}).id());
    for (hsize_t f = 0; f < 2; ++f)
      test::write_frame(here.id(), H5T_STD_U16LE, f, rows, columns, source_frame(4, f).data());
    auto const properties = creation();
    map_frames(properties, 9, 0, "sub/middle.h5", "/soft", 6, 1, 5);
    map_frames(properties, 9, 6, ".", "/here", 2, 0, 2);
    map_frames(properties, 9, 8, "master.h5", "/linked", 6, 5, 1);
    file.dataset("/v", H5T_STD_U16LE, {9, rows, columns}, properties.id());
    file.external_link("/linked", "sub/middle.h5", "/v");
    file.soft_link("/a/b/soft", "/c");
    file.soft_link("/c", "v");
    file.external_link("/outside", "sub/raw/a.h5", "/entry");
    file.external_link("/gone", "sub/raw/gone.h5", "/entry/data");
    file.soft_link("/loop", "/pool");
    file.soft_link("/pool", "/loop");
    file.external_link("/self", "master.h5", "/self");
  }
  expect_like_hdf5(path("master.h5"), "/v", {3, 5});
  expect_like_hdf5(path("master.h5"), "/a/b/soft", {3, 5});
  expect_like_hdf5(path("master.h5"), "/linked", {4});
  expect_like_hdf5(path("master.h5"), "/outside/data", {4});
  EXPECT_EQ(segment_of(open_stack(path("master.h5"), "/v"), 0).source_first, 1);
  auto const says = [&](std::string const& dataset) {
    return input_error_of([&] { open_stack(path("master.h5"), dataset); }).value_or("no error");
  };
  EXPECT_THAT(says("/gone"), HasSubstr("sub/raw/gone.h5"));
  EXPECT_THAT(says("/gone"), HasSubstr("does not exist"));
  EXPECT_THAT(says("/loop"), HasSubstr("loop of links"));
  EXPECT_THAT(says("/self"), HasSubstr("loop of links"));
  EXPECT_THAT(says("/outside/dato"), HasSubstr("'data'"));
}

TEST_F(virtual_dataset, made_of_itself) {
  {
    h5_file file(folder_ / "a.h5");
    auto const own = creation();
    map_frames(own, 2, 0, ".", "/own", 2, 0, 2);
    file.dataset("/own", H5T_STD_U16LE, {2, rows, columns}, own.id());
    auto const other = creation();
    map_frames(other, 2, 0, "b.h5", "/v", 2, 0, 2);
    file.dataset("/v", H5T_STD_U16LE, {2, rows, columns}, other.id());
    h5_file second(folder_ / "b.h5");
    auto const back = creation();
    map_frames(back, 2, 0, "a.h5", "/v", 2, 0, 2);
    second.dataset("/v", H5T_STD_U16LE, {2, rows, columns}, back.id());
  }
  for (std::string const dataset : {"/own", "/v"})
    EXPECT_THAT(input_error_of([&] { open_stack(path("a.h5"), dataset); }).value_or("no error"),
                HasSubstr("made of itself"));
}

TEST_F(virtual_dataset, of_modules_side_by_side) {
  // Two files, each with the upper or lower half of every frame.
  constexpr hsize_t half = 5;
  auto const make_half = [&](std::string const& name, hsize_t height, hsize_t first_row, hsize_t unwritten) {
    h5_file file(folder_ / name);
    auto const d = file.dataset("/d", H5T_STD_U16LE, {4, height, columns},
                                test::chunked({1, height, columns}, 32008, {0, 2}).id());
    for (hsize_t f = 0; f < 4; ++f)
      if (f != unwritten)
        test::write_frame(d.id(), H5T_STD_U16LE, f, height, columns, source_frame(1, f).data() + first_row * columns);
  };
  make_half("upper.h5", half, 0, 2);
  make_half("lower.h5", rows - half, half, 2);
  auto const make_master = [&](std::string const& name, std::string const& lower) {
    h5_file file(folder_ / name);
    auto const properties = creation();
    map(properties.id(), slab({4, rows, columns}, {0, 0, 0}, {4, half, columns}).id(), "upper.h5", "/d",
        slab({4, half, columns}, {0, 0, 0}, {4, half, columns}).id());
    map(properties.id(), slab({4, rows, columns}, {0, half, 0}, {3, rows - half, columns}).id(), lower, "/d",
        slab({4, rows - half, columns}, {0, 0, 0}, {3, rows - half, columns}).id());
    file.dataset("/d", H5T_STD_U16LE, {4, rows, columns}, properties.id());
  };
  make_master("master.h5", "lower.h5");
  expect_like_hdf5(path("master.h5"), "/d", {2}, false);
  EXPECT_EQ(read_stack(open_stack(path("master.h5"), "/d"))[1].as<std::uint16_t>(), source_frame(1, 1));
  make_master("lacking.h5", "absent.h5");
  expect_like_hdf5(path("lacking.h5"), "/d", {0, 1, 2}, false);
}

TEST_F(virtual_dataset, of_other_types_and_encodings) {
  make_source(folder_ / "bslz4.h5", 1, 3);
  make_source(folder_ / "raw.h5", 2, 2, {}, "/entry/data", 0);
  make_source(folder_ / "lz4.h5", 3, 2, {}, "/entry/data", 32004);
  {
    h5_file file(folder_ / "master.h5");
    auto const properties = creation();
    map_frames(properties, 7, 0, "raw.h5", "/entry/data", 2, 0, 2);
    map_frames(properties, 7, 2, "bslz4.h5", "/entry/data", 3, 0, 3);
    map_frames(properties, 7, 5, "lz4.h5", "/entry/data", 2, 0, 2);
    file.dataset("/u16", H5T_STD_U16LE, {7, rows, columns}, properties.id());
    file.dataset("/u32", H5T_STD_U32LE, {7, rows, columns}, properties.id());
  }
  auto const stack = open_stack(path("master.h5"), "/u16");
  EXPECT_EQ(stack.format.code, encoding::bitshuffle_lz4);
  auto const expected = by_hdf5(path("master.h5"), "/u16");
  auto const back = read_stack(stack);
  for (std::size_t f = 0; f < 7; ++f) {
    EXPECT_EQ(back[f].as<std::uint16_t>(), expected[f]);
    EXPECT_EQ(back[f].as_stored, f >= 2 && f < 5);
  }
  auto const wide = open_stack(path("master.h5"), "/u32");
  EXPECT_EQ(wide.format.type, pixel_type::u32);
  auto const converted = read_stack(wide);
  for (std::size_t f = 0; f < 7; ++f) {
    auto const values = converted[f].as<std::uint32_t>();
    EXPECT_TRUE(std::ranges::equal(values, expected[f])) << f;
  }
}

TEST_F(virtual_dataset, of_broken_files_is_unreadable_there) {
  make_source(folder_ / "a.h5", 1, 3);
  make_source(folder_ / "b.h5", 2, 3);
  std::filesystem::resize_file(folder_ / "b.h5", std::filesystem::file_size(folder_ / "b.h5") - 100);
  {
    h5_file file(folder_ / "master.h5");
    auto const properties = creation();
    map_frames(properties, 6, 0, "a.h5", "/entry/data", 3, 0, 3);
    map_frames(properties, 6, 3, "b.h5", "/entry/data", 3, 0, 3);
    file.dataset("/v", H5T_STD_U16LE, {6, rows, columns}, properties.id());
    file.external_link("/e/data_000001", "b.h5", "/entry/data");
    file.external_link("/e/data_000002", "a.h5", "/entry/data");
    file.external_link("/e/data_10", "a.h5", "/entry/data");
    file.external_link("/e/data_9", "none.h5", "/entry/data");
  }
  auto const back = read_stack(open_stack(path("master.h5"), "/v"));
  for (std::size_t f = 0; f < 6; ++f) EXPECT_EQ(back[f].status, f < 3 ? frame_status::ok : frame_status::unreadable);
  auto const group = read_stack(open_stack(path("master.h5"), "/e"));
  ASSERT_EQ(group.size(), 12);
  for (std::size_t f = 0; f < 12; ++f) {
    auto const expected = f < 3 ? frame_status::unreadable : f < 6 || f >= 9 ? frame_status::ok : frame_status::missing;
    EXPECT_EQ(group[f].status, expected) << f;
  }
  auto const message = input_error_of([&] { open_stack(path("b.h5"), "/entry/data"); });
  ASSERT_TRUE(message);
  EXPECT_THAT(*message, HasSubstr("truncated"));
}

TEST_F(virtual_dataset, searches_as_hdf5_does) {
  std::filesystem::create_directories(folder_ / "real");
  make_source(folder_ / "real/a.h5", 1, 2);
  {
    h5_file file(folder_ / "real/master.h5");
    auto const properties = creation();
    map_frames(properties, 2, 0, "/no/such/folder/a.h5", "/entry/data", 2, 0, 2);
    file.dataset("/v", H5T_STD_U16LE, {2, rows, columns}, properties.id());
    file.external_link("/e", "a.h5", "/entry/data");
  }
  expect_like_hdf5(path("real/master.h5"), "/v", {});  // an absolute name's last part, beside the master
  std::filesystem::create_symlink(folder_ / "real/master.h5", folder_ / "alias.h5");
  expect_like_hdf5(path("alias.h5"), "/v", {});
  expect_like_hdf5(path("alias.h5"), "/e", {});
}

}  // namespace
}  // namespace xrdct
