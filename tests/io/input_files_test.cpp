// INPUT words to files, series of image files, several stacks one after the other.

#include "xrdct/io/input_files.hpp"

#include "kernels/common/byte_offset.hpp"
#include "tests/io/h5_files.hpp"
#include "tests/support/image_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/base/pack.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/io/frame_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

namespace xrdct {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(file_lists, hold_names_of_all_kinds) {
  std::mt19937 random(5);
  std::vector<std::string> names{"", "", "a", "ab", "a", "", std::string(300, 'x'), std::string(301, 'x'), "x"};
  for (int i = 0; i < 3000; ++i) {
    std::string name = "/data/id11/" + std::to_string(random() % 3) + "/scan_" + std::to_string(i) + ".cbf";
    if (i % 7 == 0) name = std::string(random() % 400, static_cast<char>(random() % 256));
    names.push_back(name);
  }
  file_list list, half;
  for (std::size_t i = 0; i < names.size(); ++i) (i < 1001 ? list : half).add(names[i]);
  list.append(half);
  packer pack;
  pack(list);
  auto const bytes = pack.take();
  unpacker unpack(bytes);
  file_list back;
  unpack(back);
  ASSERT_EQ(back.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) ASSERT_EQ(back[i], names[i]) << i;
  back.add("/one more");
  EXPECT_EQ(back[names.size()], "/one more");
  EXPECT_THROW(back[names.size() + 1], std::out_of_range);
}

TEST(file_lists, of_a_series_are_small) {
  file_list list;
  char name[100];
  for (int i = 0; i < 100'000; ++i) {
    std::snprintf(name, sizeof name, "/data/visitor/ma1234/id15a/20260101/raw/sample/sample_0001/scan_%06d.cbf", i);
    list.add(name);
  }
  EXPECT_LT(list.bytes(), 12U * 100'000);
}

TEST(natural_order, counts_numbers_by_value) {
  std::vector<std::string> const sorted{"",
                                        "a",
                                        "a0",
                                        "a00",
                                        "a0b",
                                        "a00b",
                                        "a1",
                                        "a01",
                                        "a1_2",
                                        "a1_10",
                                        "a2",
                                        "a2b1",
                                        "a9",
                                        "a10",
                                        "a10a",
                                        "a11",
                                        "a99999999999999999999998",
                                        "a99999999999999999999999",
                                        "ab",
                                        "b1.5",
                                        "b1.10"};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = 0; j < sorted.size(); ++j)
      EXPECT_EQ(natural_less(sorted[i], sorted[j]), i < j) << sorted[i] << " and " << sorted[j];
}

class input_words : public testing::Test {
 protected:
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  void touch(std::initializer_list<char const*> names) {
    for (auto const* name : names) {
      fs::create_directories(fs::path(path(name)).parent_path());
      std::ofstream(path(name)) << "x";
    }
  }
  /// Without the folder.
  std::vector<std::string> files_of(std::string const& word) {
    auto const found = expand_input(word);
    std::vector<std::string> names;
    for (std::uint64_t i = 0; i < found.files.size(); ++i) {
      auto name = found.files[i];
      if (name.starts_with(path(""))) name = name.substr(path("").size());
      names.push_back(name);
    }
    return names;
  }
  std::string complaint(std::string const& word) {
    try {
      expand_input(word);
    } catch (input_error const& e) {
      return e.what();
    }
    return "";
  }

  test::temporary_folder folder_;
};

TEST_F(input_words, that_are_patterns) {
  touch({"s_9.cbf", "s_10.cbf", "s_100.cbf", "s_1.edf", "other.cbf", "b/s_2.cbf", "a/s_3.cbf"});
  EXPECT_THAT(files_of(path("s_*.cbf")), ElementsAre("s_9.cbf", "s_10.cbf", "s_100.cbf"));
  EXPECT_THAT(files_of(path("s_?.*")), ElementsAre("s_1.edf", "s_9.cbf"));
  EXPECT_THAT(files_of(path("s_[0-8]*.cbf")), ElementsAre("s_10.cbf", "s_100.cbf"));
  EXPECT_THAT(files_of(path("*/s_*.cbf")), ElementsAre("a/s_3.cbf", "b/s_2.cbf"));
  EXPECT_THAT(complaint(path("t_*.cbf")), HasSubstr("no file matches"));
  auto const with_dataset = expand_input(path("s_*.cbf") + "::/entry/data");
  EXPECT_EQ(with_dataset.dataset, "/entry/data");
  EXPECT_EQ(with_dataset.files.size(), 3);
  EXPECT_FALSE(with_dataset.may_have_holes);
}

TEST_F(input_words, that_exist_are_files) {
  touch({"a[1]*?.cbf", "a1xx.cbf", "@list", "p_%05d.cbf", "x::y"});
  EXPECT_THAT(files_of(path("a[1]*?.cbf")), ElementsAre("a[1]*?.cbf"));
  EXPECT_THAT(files_of(path("p_%05d.cbf")), ElementsAre("p_%05d.cbf"));
  EXPECT_THAT(files_of(path("x::y")), ElementsAre("x::y"));
  EXPECT_THAT(files_of(path("absent.h5") + "::/d"), ElementsAre("absent.h5"));
}

TEST_F(input_words, that_are_templates) {
  touch({"s_00003.cbf", "s_00005.cbf", "s_00006.cbf", "s_7.cbf", "s_0008.cbf", "s_00001.edf", "s_123456.cbf"});
  fs::remove(path("s_123456.cbf"));
  EXPECT_THAT(files_of(path("s_%05d.cbf")), ElementsAre("s_00003.cbf", "s_00004.cbf", "s_00005.cbf", "s_00006.cbf"));
  EXPECT_THAT(files_of(path("s_%d.cbf")), ElementsAre("s_7.cbf"));
  EXPECT_THAT(files_of(path("s_%04d.cbf")), ElementsAre("s_0008.cbf"));
  EXPECT_THAT(files_of(path("s_%05d.cbf:5-7")), ElementsAre("s_00005.cbf", "s_00006.cbf", "s_00007.cbf"));
  EXPECT_TRUE(expand_input(path("s_%05d.cbf")).may_have_holes);
  EXPECT_THAT(complaint(path("t_%05d.cbf")), HasSubstr("no file of such a name"));
  EXPECT_THAT(complaint(path("none/t_%05d.cbf")), HasSubstr("no file of such a name"));
  EXPECT_THAT(complaint(path("s_%05d.cbf:7-5")), HasSubstr("range of numbers is empty"));
  EXPECT_THAT(complaint(path("s_%05d.cbf:1-99999999")), HasSubstr("too many"));
  EXPECT_THAT(complaint(path("s_%05d.cbf:0-18446744073709551615")), HasSubstr("too many"));
  EXPECT_THAT(complaint(path("s_%05d.cbf:10-9999999")), HasSubstr("none of its 9999990 files exists"));
  touch({"s_18446744073709551614.cbf"});
  EXPECT_THAT(files_of(path("s_%d.cbf:18446744073709551614-18446744073709551615")),
              ElementsAre("s_18446744073709551614.cbf", "s_18446744073709551615.cbf"));
  touch({"s_20260101120000000.cbf"});
  EXPECT_THAT(complaint(path("s_%d.cbf")), HasSubstr("too many for a series"));
  // What looks like a template and is none is a name.
  EXPECT_THAT(files_of(path("s_%05s.cbf")), ElementsAre("s_%05s.cbf"));
  EXPECT_THAT(files_of(path("s_%99999999999999999999d.cbf")), ElementsAre("s_%99999999999999999999d.cbf"));
  EXPECT_THAT(files_of(path("s_%")), ElementsAre("s_%"));
}

TEST_F(input_words, that_are_lists) {
  touch({"b/one.cbf", "two.cbf"});
  std::ofstream(path("b/list.txt"))
      << "# first\none.cbf\r\n\n  ../two.cbf  # with a reason\nthree#3.cbf\n/abs/four.cbf";
  EXPECT_THAT(files_of("@" + path("b/list.txt")),
              ElementsAre("b/one.cbf", "b/../two.cbf", "b/three#3.cbf", "/abs/four.cbf"));
  EXPECT_TRUE(expand_input("@" + path("b/list.txt")).may_have_holes);
  std::ofstream(path("empty.txt")) << "# nothing\n\n";
  EXPECT_THAT(complaint("@" + path("empty.txt")), HasSubstr("names no file"));
  EXPECT_THAT(complaint("@" + path("absent.txt")), HasSubstr("cannot be read"));
  EXPECT_THAT(complaint("@" + path("b")), HasSubstr("cannot be read"));
  std::ofstream(path("last.txt")) << std::string(65'000, 'x') << "\n\ny";
  EXPECT_THAT(files_of("@" + path("last.txt")), ElementsAre(std::string(65'000, 'x'), "y"));
  std::ofstream(path("long.txt")) << "x\n" << std::string(65'536, 'y') << "\nz\n";
  EXPECT_THAT(complaint("@" + path("long.txt")), HasSubstr("is not a text file"));
  EXPECT_THAT(complaint("@/dev/zero"), HasSubstr("is not a text file"));
  std::ofstream(path("binary")) << std::string("\x89HDF\0\0\0\n", 8);
  EXPECT_THAT(complaint("@" + path("binary")), HasSubstr("not a text file"));
}

/// What a reader makes of every frame.
struct read_frame {
  frame_status status;
  std::vector<std::int32_t> pixels;
  bool operator==(read_frame const&) const = default;
};

std::vector<read_frame> read_all(frame_stack const& stack) {
  frame_reader reader(stack);
  std::vector<read_frame> all;
  frame_buffer bytes;
  for (std::uint64_t f = 0; f < stack.frames; ++f) {
    std::uint32_t mask = 0;
    read_frame one{reader.read(f, bytes, mask), {}};
    if (one.status == frame_status::ok) {
      one.pixels.resize(stack.format.pixels());
      bool const decoded = stack.format.code == encoding::raw || (mask & 1U) != 0;
      if (!decoded && stack.format.code == encoding::byte_offset) {
        EXPECT_EQ(decode_byte_offset(bytes, std::span(one.pixels)), frame_status::ok);
        all.push_back(one);
        continue;
      }
      EXPECT_TRUE(decoded);
      EXPECT_EQ(bytes.size(), stack.format.bytes());
      std::memcpy(one.pixels.data(), bytes.data(), std::min(bytes.size(), stack.format.bytes()));
    }
    all.push_back(one);
  }
  return all;
}

test::made_image image_of(int seed) {
  test::made_image made{7, 5, {}};
  std::mt19937 random(static_cast<unsigned>(seed));
  for (int i = 0; i < 35; ++i) made.values.push_back(static_cast<std::int64_t>(random() % 5000) - 3);
  return made;
}

read_frame frame_of(int seed) {
  auto const image = image_of(seed);
  return {frame_status::ok, {image.values.begin(), image.values.end()}};
}

class series : public input_words {
 protected:
  frame_stack open(std::vector<std::string> words, std::string const& dataset = "") {
    for (auto& word : words) word = word.starts_with('@') ? "@" + path(word.substr(1)) : path(word);
    return open_series(words, dataset, false);
  }
  std::string refusal(std::vector<std::string> const& words, std::string const& dataset = "") {
    try {
      open(words, dataset);
    } catch (input_error const& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(series, of_images_in_files) {
  for (int i : {1, 2, 4, 10}) test::write_cbf(path("s_" + std::to_string(i) + ".cbf"), image_of(i));
  auto const all = read_all(open({"s_*.cbf"}));
  EXPECT_THAT(all, ElementsAre(frame_of(1), frame_of(2), frame_of(4), frame_of(10)));
  auto const holes = open({"s_%d.cbf:1-4"});
  EXPECT_EQ(holes.frames, 4);
  EXPECT_EQ(holes.stored_bytes[2], 0);
  EXPECT_EQ(holes.segments.size(), 1);
  read_frame const missing{frame_status::missing, {}};
  EXPECT_THAT(read_all(holes), ElementsAre(frame_of(1), frame_of(2), missing, frame_of(4)));
  auto const words = open({"s_4.cbf", "s_1.cbf", "s_absent.cbf", "s_10.cbf"});
  EXPECT_THAT(read_all(words), ElementsAre(frame_of(4), frame_of(1), missing, frame_of(10)));
  EXPECT_THAT(words.name, HasSubstr("s_4.cbf and 3 more"));
  EXPECT_EQ(place_of(words, 3).file, path("s_10.cbf"));
  EXPECT_THAT(refusal({"t_%05d.cbf:1-3"}), HasSubstr("none of its 3 files exists"));
}

TEST_F(series, of_several_images_a_file) {
  int next = 0;
  std::vector<read_frame> expected;
  for (int file = 0; file < 5; ++file)
    for (int k = 0; k < (file == 3 ? 2 : 3); ++k, ++next) {
      test::append_edf(path("m_" + std::to_string(file) + ".edf"), image_of(next), "<i4");
      expected.push_back(frame_of(next));
    }
  auto const stack = open({"m_%d.edf"});
  EXPECT_EQ(stack.segments.size(), 3);
  EXPECT_EQ(read_all(stack), expected);
  EXPECT_EQ(place_of(stack, 10).index, 1);
  EXPECT_EQ(place_of(stack, 10).file, path("m_3.edf"));
  auto const turned = open({"m_4.edf", "m_3.edf"});
  EXPECT_EQ(turned.frames, 5);
  EXPECT_EQ(read_all(turned)[4], expected[10]);
  fs::remove(path("m_1.edf"));
  auto const holes = open({"m_%d.edf"});
  EXPECT_EQ(holes.frames, 14);
  for (std::size_t f = 3; f < 6; ++f) expected[f] = {frame_status::missing, {}};
  EXPECT_EQ(read_all(holes), expected);
}

TEST_F(series, files_that_change_after_opening_are_bad) {
  for (int i = 0; i < 4; ++i) test::append_edf(path("s_" + std::to_string(i) + ".edf"), image_of(i), "<i4");
  auto const stack = open({"s_*.edf"});
  test::append_edf(path("s_1.edf"), image_of(9), "<i4");
  std::ofstream(path("s_2.edf")) << "nothing";
  fs::remove(path("s_3.edf"));
  auto const all = read_all(stack);
  EXPECT_EQ(all[0], frame_of(0));
  for (std::size_t f = 1; f < 4; ++f) EXPECT_EQ(all[f].status, frame_status::unreadable) << f;
}

class hdf5_series : public series {
 protected:
  /// Frames seed, seed + 1, …
  void write(std::string const& name, hsize_t frames, int seed, bool compressed, hid_t type = H5T_STD_I32LE,
             hsize_t columns = 5) {
    test::h5_file file(path(name));
    if (!compressed) {
      auto const dataset = file.dataset("/entry/data", type, {frames, 7, columns});
      std::vector<std::int64_t> values;
      for (hsize_t f = 0; f < frames; ++f) {
        auto const image = image_of(seed + static_cast<int>(f));
        values.insert(values.end(), image.values.begin(), image.values.end());
      }
      values.resize(frames * 7 * columns);
      test::write_all(dataset.id(), H5T_NATIVE_INT64, values.data());
      return;
    }
    auto const dataset =
        file.dataset("/entry/data", type, {frames, 7, columns}, test::chunked({1, 7, columns}, 32008, {0, 2}).id());
    for (hsize_t f = 0; f < frames; ++f) {
      auto const image = frame_of(seed + static_cast<int>(f)).pixels;
      std::vector<std::byte> chunk;
      encode_bitshuffle_lz4(test::bytes_of_values(image), 4, 0, chunk);
      test::write_chunk(dataset.id(), f, chunk);
    }
  }
};

TEST_F(hdf5_series, of_several_encodings) {
  hdf5::start();
  write("l_1.h5", 3, 0, false);
  write("l_2.h5", 2, 3, false);
  write("l_10.h5", 1, 5, false);
  for (int i = 6; i < 8; ++i) test::write_cbf(path("c_" + std::to_string(i) + ".cbf"), image_of(i));
  std::vector<read_frame> expected;
  for (int i = 0; i < 8; ++i) expected.push_back(frame_of(i));
  auto const stack = open({"l_*.h5", "c_*.cbf"});
  EXPECT_EQ(stack.frames, 8);
  EXPECT_EQ(read_all(stack), expected);
  EXPECT_EQ(read_all(open({"l_*.h5::/entry/data", "c_6.cbf", "c_7.cbf"})), expected);
  std::ofstream(path("list")) << "l_1.h5\nl_2.h5::/entry/data\nl_10.h5\n";
  expected.resize(6);
  EXPECT_EQ(read_all(open({"@list"})), expected);
  EXPECT_THAT(refusal({"l_%d.h5"}), HasSubstr("l_3.h5'; how many frames"));
}

TEST_F(hdf5_series, takes_the_encoding_of_most_frames) {
  hdf5::start();
  write("many.h5", 4, 0, true);
  write("few.h5", 2, 4, false);
  auto const stack = open({"few.h5", "many.h5"});
  EXPECT_EQ(stack.format.code, encoding::bitshuffle_lz4);
  frame_reader reader(stack);
  frame_buffer bytes;
  std::uint32_t mask = 0;
  EXPECT_EQ(reader.read(1, bytes, mask), frame_status::ok);
  EXPECT_EQ(mask, 1);
  EXPECT_TRUE(std::ranges::equal(bytes, test::bytes_of_values(frame_of(5).pixels)));
  EXPECT_EQ(reader.read(2, bytes, mask), frame_status::ok);
  EXPECT_EQ(mask, 0);
}

TEST_F(hdf5_series, must_be_alike) {
  hdf5::start();
  write("a.h5", 1, 0, false);
  write("wide.h5", 1, 0, false, H5T_STD_I32LE, 6);
  write("short.h5", 1, 0, false, H5T_STD_U16LE);
  EXPECT_THAT(refusal({"a.h5", "wide.h5"}),
              testing::AllOf(HasSubstr("a.h5::/entry/data holds frames of 7 x 5 pixels, i32"),
                             HasSubstr("wide.h5::/entry/data holds frames of 7 x 6 pixels, i32")));
  EXPECT_THAT(refusal({"a.h5", "short.h5"}), HasSubstr("7 x 5 pixels, u16"));
  EXPECT_THROW(concatenate({}), input_error);
}

}  // namespace
}  // namespace xrdct
