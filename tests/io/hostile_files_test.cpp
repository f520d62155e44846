// Files that are cut short, damaged or lie: a status or one line, never a crash, a hang or a wrong number.

#include "kernels/common/decode.hpp"
#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace xrdct {
namespace {

using test::bytes_of_values;
using test::h5_file;
using test::random_pixels;
using test::read_stack;
using testing::HasSubstr;

constexpr hsize_t frames = 5, rows = 16, columns = 24;
constexpr std::size_t pixels = rows * columns;

std::vector<std::uint32_t> pixels_of(hsize_t frame) { return random_pixels<std::uint32_t>(pixels, 900 + frame); }

/// One file with a dataset of every kind, by the old or the newest format of HDF5.
std::vector<std::string> make_all_kinds(std::string const& path, bool newest) {
  h5_file file(path, newest);
  std::vector<std::string> names;
  auto const fill = [&](std::string const& name, test::handle const& properties) {
    auto const dataset = file.dataset(name, H5T_STD_U32LE, {frames, rows, columns}, properties.id());
    for (hsize_t f = 0; f < frames; ++f)
      test::write_frame(dataset.id(), H5T_STD_U32LE, f, rows, columns, pixels_of(f).data());
    names.push_back(name);
  };
  std::vector<hsize_t> const one{1, rows, columns};
  fill("/contiguous", test::creation());
  fill("/raw", test::chunked(one));
  fill("/bslz4", test::chunked(one, 32008, {0, 2}));
  fill("/bitshuffle", test::chunked(one, 32008, {0, 0}));
  fill("/lz4", test::chunked(one, 32004, {}));
  fill("/odd", test::chunked({2, 5, 7}, 32008, {0, 2}));
  fill("/odd_lz4", test::chunked({2, 5, 7}, 32004, {}));
  test::handle deflate = test::chunked({2, 8, 8});
  H5Pset_deflate(deflate.id(), 6);
  fill("/deflate", deflate);
  return names;
}

std::vector<char> contents(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_contents(std::string const& path, std::vector<char> const& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Opens and reads a stack; only errors of ours may come out, and only frames of the declared size.
void survive(std::string const& path, std::string const& name) {
  try {
    auto const stack = open_stack(path, name);
    for (auto const& f : read_stack(stack))
      if (f.status == frame_status::ok) {
        EXPECT_EQ(f.pixels.size(), stack.format.bytes());
      }
  } catch (error const& e) {
    EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
  }
}

TEST(hostile_files, cut_at_any_length) {
  test::temporary_folder const folder;
  for (bool const newest : {false, true}) {
    auto const whole = (folder / "whole.h5").string();
    auto const names = make_all_kinds(whole, newest);
    auto const bytes = contents(whole);
    auto const cut = (folder / "cut.h5").string();
    for (std::size_t length = 0; length < bytes.size(); length += 1 + length / 9) {
      write_contents(cut, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)});
      for (auto const& name : names) {
        auto const message = test::input_error_of([&] { open_stack(cut, name); });
        EXPECT_TRUE(message) << length << " of " << bytes.size() << " bytes";
      }
    }
  }
}

TEST(hostile_files, cut_while_they_are_read) {
  for (bool const newest : {false, true}) {
    test::temporary_folder const folder;
    auto const path = (folder / "frames.h5").string();
    auto const names = make_all_kinds(path, newest);
    auto const size = std::filesystem::file_size(path);
    std::vector<frame_stack> stacks;
    std::vector<std::unique_ptr<frame_reader>> readers;
    frame_buffer bytes;
    std::uint32_t mask = 0;
    for (auto const& name : names) stacks.push_back(open_stack(path, name));
    for (auto const& stack : stacks) {
      readers.push_back(std::make_unique<frame_reader>(stack));
      EXPECT_EQ(readers.back()->read(0, bytes, mask), frame_status::ok);
    }
    for (auto const divisor : {2, 4, 16, 0}) {
      std::filesystem::resize_file(path, divisor == 0 ? 0 : size / static_cast<std::uintmax_t>(divisor));
      for (std::size_t s = 0; s < stacks.size(); ++s)
        for (hsize_t f = 1; f < frames; ++f) {
          if (readers[s]->read(f, bytes, mask) != frame_status::ok) continue;
          std::vector<std::byte> out(stacks[s].format.bytes());
          chunk_encoding const how{(mask & 1) != 0 ? encoding::raw : stacks[s].format.code, 4, 0};
          if (decode_chunk(bytes, how, out) == frame_status::ok) {
            EXPECT_TRUE(std::ranges::equal(out, bytes_of_values(pixels_of(f)))) << names[s] << " " << f;
          }
        }
    }
  }
}

TEST(hostile_files, that_vanish_before_they_are_read) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  make_all_kinds(path, false);
  auto const stack = open_stack(path, "/bslz4");
  std::filesystem::remove(path);
  for (auto const& f : read_stack(stack)) EXPECT_EQ(f.status, frame_status::unreadable);
  // Another dataset in its place.
  {
    h5_file file(path);
    auto const other = file.dataset("/bslz4", H5T_STD_U32LE, {2, rows, 5});
    std::vector<std::uint32_t> const values(2 * rows * 5, 1);
    test::write_all(other.id(), H5T_STD_U32LE, values.data());
  }
  for (auto const& f : read_stack(stack)) EXPECT_EQ(f.status, frame_status::unreadable);
}

TEST(hostile_files, with_random_bytes_changed) {
  test::temporary_folder const folder;
  std::mt19937 engine(77);
  for (bool const newest : {false, true}) {
    auto const whole = (folder / "whole.h5").string();
    auto const names = make_all_kinds(whole, newest);
    auto const bytes = contents(whole);
    auto const bad = (folder / "bad.h5").string();
    for (int round = 0; round < 60; ++round) {
      auto damaged = bytes;
      for (int i = 0; i < 20; ++i) damaged[engine() % damaged.size()] = static_cast<char>(engine());
      write_contents(bad, damaged);
      for (auto const& name : names)
        if (name != "/deflate") survive(bad, name);
    }
  }
}

TEST(hostile_files, chunks_that_lie) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  std::vector<std::vector<std::byte>> chunks(7);
  encode_bitshuffle_lz4(bytes_of_values(pixels_of(0)), 4, 0, chunks[0]);
  chunks[1] = chunks[0];
  chunks[1][0] = std::byte{0x7f};  // 2^63 bytes, it says
  chunks[2] = chunks[0];
  chunks[2].resize(chunks[2].size() / 2);
  chunks[3].assign(4 * pixels * 4 + (3 << 20), std::byte{1});  // far more than any encoding makes of it
  chunks[4].assign(5, std::byte{1});
  encode_bitshuffle_lz4(bytes_of_values(random_pixels<std::uint32_t>(pixels - 8, 1)), 4, 0, chunks[5]);  // too short
  encode_bitshuffle_lz4(bytes_of_values(random_pixels<std::uint32_t>(2 * pixels, 1)), 4, 0, chunks[6]);  // too long
  {
    h5_file file(path);
    auto const d =
        file.dataset("/d", H5T_STD_U32LE, {7, rows, columns}, test::chunked({1, rows, columns}, 32008, {0, 2}).id());
    // The same behind a chunk shape that goes through HDF5 and our filter.
    auto const through = file.dataset("/through", H5T_STD_U32LE, {7, rows / 2, columns},
                                      test::chunked({1, rows, columns}, 32008, {0, 2}).id(), {7, rows, columns});
    for (hsize_t f = 0; f < 7; ++f) {
      test::write_chunk(d.id(), f, chunks[f]);
      test::write_chunk(through.id(), f, chunks[f]);
    }
  }
  auto const back = read_stack(open_stack(path, "/d"));
  EXPECT_EQ(back[0].status, frame_status::ok);
  EXPECT_EQ(back[1].status, frame_status::lying_header);
  EXPECT_EQ(back[2].status, frame_status::truncated);
  EXPECT_EQ(back[3].status, frame_status::lying_header);
  EXPECT_EQ(back[4].status, frame_status::truncated);
  EXPECT_EQ(back[5].status, frame_status::lying_header);
  EXPECT_EQ(back[6].status, frame_status::lying_header);
  auto const through = read_stack(open_stack(path, "/through"));
  EXPECT_EQ(through[0].status, frame_status::ok);
  EXPECT_TRUE(std::ranges::equal(through[0].pixels, bytes_of_values(pixels_of(0)).first(pixels * 2)));
  for (std::size_t f = 1; f < 7; ++f)
    EXPECT_EQ(through[f].status, f == 3 ? frame_status::lying_header : frame_status::corrupt) << f;
}

TEST(hostile_files, raw_chunks_of_another_size) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  {
    h5_file file(path);
    auto const d =
        file.dataset("/d", H5T_STD_U32LE, {3, rows, columns}, test::chunked({1, rows, columns}, 32008, {0, 2}).id());
    std::vector<std::byte> const many(pixels * 4 + 4);
    test::write_chunk(d.id(), 0, std::span(many).first(pixels * 4), 1);
    test::write_chunk(d.id(), 1, std::span(many).first(pixels * 4 - 1), 1);
    test::write_chunk(d.id(), 2, many, 1);
  }
  auto const back = read_stack(open_stack(path, "/d"));
  EXPECT_EQ(back[0].status, frame_status::ok);
  EXPECT_EQ(back[1].status, frame_status::truncated);
  EXPECT_EQ(back[2].status, frame_status::lying_header);
}

TEST(hostile_files, leave_no_handles_open) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const names = make_all_kinds(path, false);
  auto const open_handles = [] { return H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL); };
  auto const lists = [] {
    hsize_t all = 0;
    for (auto const type : {H5I_GENPROP_LST, H5I_DATASPACE, H5I_DATATYPE}) {
      hsize_t n = 0;
      H5Inmembers(type, &n);
      all += n;
    }
    return all;
  };
  auto const everything = [&] {
    for (auto const& name : names) read_stack(open_stack(path, name));
    test::input_error_of([&] { open_stack(path, "/none"); });
    dataset_shape(path, "/raw");
    test::input_error_of([&] { read_image(path + "::/raw"); });
    test::input_error_of([&] { read_numbers("/raw", path); });
  };
  everything();
  auto const handles = open_handles();
  auto const others = lists();
  for (int i = 0; i < 3; ++i) everything();
  EXPECT_EQ(open_handles(), handles);
  EXPECT_EQ(handles, 0);
  EXPECT_EQ(lists(), others);
}

}  // namespace
}  // namespace xrdct
