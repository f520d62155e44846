// Series of image files, read by several threads: what is delivered, and numbers of their headers.

#include "kernels/common/byte_offset.hpp"
#include "tests/support/image_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/io/header_numbers.hpp"
#include "xrdct/io/input_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>

namespace xrdct {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int rows = 13, columns = 11;

test::made_image image_of(int seed, std::int64_t most = 70'000) {
  test::made_image made{rows, columns, {}};
  std::mt19937 random(static_cast<unsigned>(seed));
  for (int i = 0; i < rows * columns; ++i)
    made.values.push_back(
        static_cast<std::int64_t>(random() % 20 == 0 ? random() % static_cast<unsigned>(most) : random() % 60));
  return made;
}

using pixels = std::vector<std::int32_t>;

pixels pixels_of(int seed, std::int64_t most = 70'000) {
  auto const image = image_of(seed, most);
  return {image.values.begin(), image.values.end()};
}

/// What a device would make of a frame.
pixels decoded(frame const& f, frame_format const& format) {
  pixels values(format.pixels());
  if (format.code == encoding::byte_offset && (f.filter_mask & 1U) == 0) {
    EXPECT_EQ(decode_byte_offset(f.bytes, std::span(values)), frame_status::ok);
  } else {
    EXPECT_EQ(f.bytes.size(), format.bytes());
    if (f.bytes.size() == format.bytes()) std::memcpy(values.data(), f.bytes.data(), f.bytes.size());
  }
  return values;
}

struct result {
  frame_status status = frame_status::ok;
  pixels values;
  bool operator==(result const&) const = default;
};

/// All frames by a stream, which must come in order.
std::vector<result> streamed(frame_stack const& stack, std::size_t batch, std::size_t ahead, std::size_t readers) {
  std::vector<result> all;
  frame_stream stream(stack, 0, stack.frames, batch, ahead, readers);
  while (auto one = stream.next()) {
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < one->frames.size(); ++i) {
      EXPECT_EQ(one->frames[i].id, all.size());
      bool const ok = one->status[i] == frame_status::ok;
      EXPECT_EQ(one->frames[i].bytes.empty(), !ok);
      bytes += one->frames[i].bytes.size();
      all.push_back({one->status[i], ok ? decoded(one->frames[i], stack.format) : pixels()});
    }
    EXPECT_EQ(one->bytes, bytes);
    stream.recycle(std::move(*one));
  }
  return all;
}

class image_series : public testing::Test {
 protected:
  std::string path(std::string const& name) const { return (folder_ / name).string(); }
  frame_stack open(std::string const& word, bool verify = false) { return open_series({path(word)}, "", verify); }
  void expect_streams(frame_stack const& stack, std::vector<result> const& expected) {
    for (std::size_t const readers : {1, 2, 7})
      for (std::size_t const batch : {1, 5, 100})
        for (std::size_t const ahead : {1, 3})
          ASSERT_EQ(streamed(stack, batch, ahead, readers), expected) << readers << " " << batch << " " << ahead;
  }
  /// By those who read, as a pool of readers does it.
  static frame_stack pooled(frame_stack stack) {
    stack.format.code = encoding::raw;
    return stack;
  }

  test::temporary_folder folder_;
};

TEST_F(image_series, of_cbf_is_delivered_undecoded_or_decoded) {
  std::vector<result> expected;
  for (int i = 0; i < 23; ++i) {
    auto const name = path("s_" + std::to_string(i) + ".cbf");
    test::write_cbf(name, image_of(i));
    if (i % 5 == 1) test::write_bytes(name, test::gzip(test::bytes_of_file(name)));
    if (i % 5 == 2) test::write_bytes(name, test::bzip2(test::bytes_of_file(name)));
    expected.push_back({frame_status::ok, pixels_of(i)});
  }
  fs::remove(path("s_9.cbf"));
  expected[9] = {frame_status::missing, {}};
  auto const stack = open("s_%d.cbf", true);
  EXPECT_EQ(stack.format.code, encoding::byte_offset);
  EXPECT_EQ(stack.format.type, pixel_type::i32);
  expect_streams(stack, expected);
  expect_streams(pooled(stack), expected);
}

TEST_F(image_series, of_other_formats) {
  std::vector<result> expected;
  for (int i = 0; i < 12; ++i) {
    auto const name = path("s_" + std::to_string(i) + ".img");  // formats are known by what files hold
    if (i % 4 == 0) test::append_edf(name, image_of(i), "<i4");
    if (i % 4 == 1) test::append_tiff_i32(name, image_of(i));
    if (i % 4 == 2) test::write_npy(name, image_of(i), ">i4");
    if (i % 4 == 3) test::write_cbf(name, image_of(i));
    expected.push_back({frame_status::ok, pixels_of(i)});
  }
  expect_streams(open("s_*.img"), expected);
  // The same with the first of them a CBF.
  test::write_cbf(path("s_.img"), image_of(50));
  expected.insert(expected.begin(), {frame_status::ok, pixels_of(50)});
  auto const stack = open("s_*.img");
  EXPECT_EQ(stack.format.code, encoding::byte_offset);
  expect_streams(stack, expected);
}

TEST_F(image_series, other_types_are_converted_where_values_fit) {
  test::write_cbf(path("s_0.cbf"), image_of(0));
  auto beyond = image_of(1);
  beyond.values[3] = 65'536;
  test::write_cbf(path("s_1.cbf"), beyond, "", "", "unsigned 16-bit integer");
  auto large = image_of(2);
  large.values[7] = std::int64_t{3} << 30U;
  test::write_cbf(path("s_2.cbf"), large, "", "", "unsigned 32-bit integer");
  test::write_cbf(path("s_3.cbf"), image_of(3), "", "", "unsigned 32-bit integer");
  result const corrupt{frame_status::corrupt, {}};
  std::vector<result> expected{{frame_status::ok, pixels_of(0)}, corrupt, corrupt, {frame_status::ok, pixels_of(3)}};
  test::write_cbf(path("s_4.cbf"), image_of(4, 60'000), "", "", "unsigned 16-bit integer");
  expected.push_back({frame_status::ok, pixels_of(4, 60'000)});
  expect_streams(open("s_*.cbf"), expected);
  expect_streams(pooled(open("s_*.cbf")), expected);
}

TEST_F(image_series, faults_stay_with_their_frames) {
  auto const write = [&](int i) { test::write_cbf(path("s_" + std::to_string(i) + ".cbf"), image_of(i)); };
  std::vector<result> expected;
  for (int i = 0; i < 12; ++i) {
    write(i);
    expected.push_back({frame_status::ok, pixels_of(i)});
  }
  test::write_cbf(path("s_4.cbf"), {rows, columns, std::vector<std::int64_t>(rows * columns, 5)});
  auto const fault = [&](int i, frame_status status, auto change) {
    auto const name = path("s_" + std::to_string(i) + ".cbf");
    auto bytes = test::bytes_of_file(name);
    change(bytes);
    test::write_bytes(name, bytes);
    expected[static_cast<std::size_t>(i)] = {status, {}};
  };
  fault(1, frame_status::truncated, [](std::string& bytes) { bytes.resize(bytes.size() - 60); });
  fault(2, frame_status::unreadable, [](std::string& bytes) { bytes = "nothing"; });
  fault(3, frame_status::truncated, [](std::string& bytes) { bytes.clear(); });
  fault(4, frame_status::wrong_checksum, [](std::string& bytes) { bytes[bytes.find("\x0c\x1a\x04\xd5") + 20] ^= 1; });
  fault(5, frame_status::truncated, [](std::string& bytes) {
    bytes = test::gzip(bytes);
    bytes.resize(bytes.size() - 9);
  });
  fault(6, frame_status::corrupt, [](std::string& bytes) {
    bytes = test::gzip(bytes);
    bytes[bytes.size() - 6] ^= 1;
  });
  fault(7, frame_status::lying_header,
        [](std::string& bytes) { bytes = test::gzip(bytes + std::string(20'000'000, '\0')); });
  fault(8, frame_status::lying_header, [&](std::string& bytes) {  // another shape
    test::write_npy(path("other.npy"), {2, 2, {1, 2, 3, 4}}, "<i4");
    bytes = test::bytes_of_file(path("other.npy"));
  });
  auto stack = open("s_*.cbf", true);
  fs::remove(path("s_9.cbf"));
  expected[9] = {frame_status::unreadable, {}};
  fs::remove(path("s_10.cbf"));
  fs::create_directory(path("s_10.cbf"));
  expected[10] = {frame_status::unreadable, {}};
  expect_streams(stack, expected);
  expect_streams(pooled(stack), expected);
  // Nobody compares checksums unasked; the changed pixel is another one.
  stack.verify = false;
  auto const unasked = streamed(stack, 4, 2, 3);
  EXPECT_EQ(unasked[4].status, frame_status::ok);
  EXPECT_NE(unasked[4].values, pixels(rows * columns, 5));
}

TEST_F(image_series, of_many_images_a_file) {
  std::vector<result> expected;
  int next = 0;
  for (int file = 0; file < 6; ++file) {
    auto const name = path("m_" + std::to_string(file) + ".edf");
    for (int k = 0; k < 7; ++k, ++next) {
      test::append_edf(name, image_of(next), "<i4");
      expected.push_back({frame_status::ok, pixels_of(next)});
    }
    if (file == 2) test::write_bytes(name, test::gzip(test::bytes_of_file(name)));
  }
  expect_streams(open("m_*.edf"), expected);
  // All compressed, the last one shorter.
  for (int file = 0; file < 6; ++file) {
    auto const name = path("m_" + std::to_string(file) + ".edf");
    if (file == 5) fs::remove(name);
    if (file == 5)
      for (int k = 0; k < 2; ++k) test::append_edf(name, image_of(35 + k), "<i4");
    if (file != 2) test::write_bytes(name, test::gzip(test::bytes_of_file(name)));
  }
  expected.resize(37);
  expect_streams(open("m_*.edf"), expected);
}

TEST_F(image_series, may_be_left_at_any_time) {
  for (int i = 0; i < 40; ++i) test::write_cbf(path("s_" + std::to_string(i) + ".cbf"), image_of(i));
  auto const stack = open("s_*.cbf");
  for (int taken = 0; taken < 9; ++taken)
    for (int wait = 0; wait < 2; ++wait) {
      frame_stream stream(stack, 0, 40, 5, 2, 6);
      for (int i = 0; i < taken; ++i) EXPECT_EQ(stream.next().has_value(), i < 8);
      if (wait == 1) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  // Several threads meet a frame that is not there, now one and now another first: it is told once, whichever it is.
  for (int round = 0; round < 100; ++round) {
    frame_stream past_the_end(stack, 36, 10, 4, 2, round == 0 ? 1 : 6);
    EXPECT_TRUE(past_the_end.next());
    EXPECT_THROW(past_the_end.next(), std::exception);
    EXPECT_FALSE(past_the_end.next());
  }
}

TEST_F(image_series, of_very_many_files_opens) {
  constexpr int many = 20'000;
  test::write_cbf(path("first.cbf"), image_of(0));
  for (int i = 0; i < many; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "s_%06d.cbf", i);
    fs::create_hard_link(folder_ / "first.cbf", folder_ / name);
  }
  auto const begin = std::chrono::steady_clock::now();
  auto const stack = open("s_*.cbf");
  std::chrono::duration<double> const seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(stack.frames, many);
  EXPECT_EQ(stack.segments.size(), 1);
  EXPECT_EQ(place_of(stack, 12'345).file, path("s_012345.cbf"));
  RecordProperty("seconds", std::to_string(seconds.count()));  // some 0.1 on a machine that does nothing else
}

class header_sources : public image_series {
 protected:
  std::string refusal(frame_stack const& stack, std::string const& name) {
    try {
      read_header_numbers(stack, name);
    } catch (input_error const& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(header_sources, state_one_number_a_frame) {
  for (int i = 0; i < 300; ++i)
    test::write_cbf(path("s_" + std::to_string(i) + ".cbf"), {1, 1, {i}}, "",
                    "# Exposure_time 0.5 s\r\n" +
                        (i == 7 ? "" : "# Phi " + std::to_string(0.25 * i) + " deg.\r\n# Count " + std::to_string(i)) +
                        "\r\n");
  test::write_bytes(path("s_9.cbf"), "nothing");
  fs::remove(path("s_11.cbf"));
  auto const stack = open("s_%d.cbf");
  auto const phi = read_header_numbers(stack, "phi");
  ASSERT_EQ(phi.values.size(), 300U);
  EXPECT_EQ(phi.unit, "deg");
  EXPECT_THAT(phi.source, HasSubstr("header:phi of "));
  for (std::size_t i = 0; i < 300; ++i) {
    if (i == 7 || i == 9 || i == 11)
      EXPECT_TRUE(std::isnan(phi.values[i])) << i;
    else
      EXPECT_EQ(phi.values[i], 0.25 * static_cast<double>(i));
  }
  auto const both = read_header_lists(stack, {"Count", "nothing", "Exposure_time"});
  EXPECT_EQ(both[0].unit, "");
  EXPECT_EQ(both[0].values[299], 299);
  EXPECT_TRUE(std::isnan(both[1].values[0]));
  EXPECT_EQ(both[2].values[3], 0.5);
  EXPECT_EQ(header_names(stack), (std::vector<std::string>{"Exposure_time", "Phi", "Count"}));
  EXPECT_THAT(refusal(stack, "Omega"), HasSubstr("no header states this number; there are Exposure_time, Phi, Count"));
  EXPECT_EQ(header_source("header:Phi"), "Phi");
  EXPECT_EQ(header_source("header"), "");
  EXPECT_EQ(header_source("/entry/header:Phi"), "");
}

TEST_F(header_sources, of_several_images_a_file) {
  for (int i = 0; i < 12; ++i)
    test::append_edf(path("m_" + std::to_string(i / 4) + ".edf"), image_of(i), "<i4",
                     "motor_mne = rot dty ;\nmotor_pos = " + std::to_string(i) + " " + std::to_string(-i) + " ;\n");
  auto const dty = read_header_numbers(open("m_*.edf"), "dty");
  for (int i = 0; i < 12; ++i) EXPECT_EQ(dty.values[static_cast<std::size_t>(i)], -i);
}

TEST_F(header_sources, refuse_what_cannot_be_meant) {
  test::write_npy(path("a.npy"), image_of(1), "<i4");
  EXPECT_THAT(refusal(open("a.npy"), "Phi"), HasSubstr("they state none"));
  for (int i = 0; i < 3; ++i)
    test::write_cbf(path("s_" + std::to_string(i) + ".cbf"), image_of(i), "",
                    i < 2 ? "# Phi 1 deg\n" : "# Phi 0.1 rad\n");
  EXPECT_THAT(refusal(open("s_*.cbf"), "Phi"),
              testing::AllOf(HasSubstr("'deg' in " + path("s_0.cbf")), HasSubstr("'rad' in " + path("s_2.cbf"))));
}

}  // namespace
}  // namespace xrdct
