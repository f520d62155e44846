// Files that the tests make: every way in which frames may be stored.

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/codec/bitshuffle.hpp"
#include "xrdct/io/hdf5_filters.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

namespace xrdct {
namespace {

using test::bytes_of_values;
using test::creation;
using test::h5_file;
using test::handle;
using test::input_error_of;
using test::random_pixels;
using test::read_stack;
using testing::HasSubstr;

template <class T>
struct number;
template <>
struct number<std::uint8_t> {
  static hid_t type() { return H5T_STD_U8LE; }
  static constexpr auto pixel = pixel_type::u8;
};
template <>
struct number<std::uint16_t> {
  static hid_t type() { return H5T_STD_U16LE; }
  static constexpr auto pixel = pixel_type::u16;
};
template <>
struct number<std::uint32_t> {
  static hid_t type() { return H5T_STD_U32LE; }
  static constexpr auto pixel = pixel_type::u32;
};
template <>
struct number<std::int32_t> {
  static hid_t type() { return H5T_STD_I32LE; }
  static constexpr auto pixel = pixel_type::i32;
};
template <>
struct number<float> {
  static hid_t type() { return H5T_IEEE_F32LE; }
  static constexpr auto pixel = pixel_type::f32;
};

constexpr hsize_t frames = 7, rows = 37, columns = 53;
constexpr std::size_t pixels = rows * columns;

template <class T>
std::vector<std::vector<T>> random_frames(std::uint64_t seed, std::size_t n = frames) {
  std::vector<std::vector<T>> all;
  for (std::size_t f = 0; f < n; ++f) all.push_back(random_pixels<T>(pixels, seed * 1000 + f));
  return all;
}

/// Every frame of the dataset is what was written.
template <class T>
void expect_frames(std::string const& file, std::string const& dataset, std::vector<std::vector<T>> const& written,
                   encoding code, bool as_stored) {
  auto const stack = open_stack(file, dataset);
  EXPECT_EQ(stack.format.type, number<T>::pixel);
  EXPECT_EQ(stack.format.rows, static_cast<int>(rows));
  EXPECT_EQ(stack.format.columns, static_cast<int>(columns));
  EXPECT_EQ(stack.format.code, code);
  ASSERT_EQ(stack.frames, written.size());
  auto const back = read_stack(stack);
  for (std::size_t f = 0; f < back.size(); ++f) {
    ASSERT_EQ(back[f].status, frame_status::ok) << dataset << " frame " << f;
    EXPECT_EQ(back[f].as_stored, as_stored) << dataset;
    EXPECT_TRUE(std::ranges::equal(back[f].pixels, bytes_of_values(written[f]))) << dataset << " frame " << f;
    EXPECT_GT(stack.stored_bytes[f], 0);
  }
}

template <class T>
class frames_of_type : public testing::Test {};
using pixel_types = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::int32_t, float>;
TYPED_TEST_SUITE(frames_of_type, pixel_types);

TYPED_TEST(frames_of_type, in_every_layout) {
  using T = TypeParam;
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const written = random_frames<T>(1);
  std::vector<hsize_t> const extent{frames, rows, columns};
  std::vector<hsize_t> const one{1, rows, columns};
  hid_t const type = number<T>::type();
  {
    h5_file file(path);
    auto const fill = [&](std::string const& name, handle const& properties) {
      auto const dataset = file.dataset(name, type, extent, properties.id());
      for (hsize_t f = 0; f < frames; ++f) test::write_frame(dataset.id(), type, f, rows, columns, written[f].data());
    };
    fill("/contiguous", creation());
    fill("/chunks/raw", test::chunked(one));
    fill("/chunks/bslz4", test::chunked(one, hdf5::bitshuffle_filter, {0, 2}));
    fill("/chunks/bslz4_small_blocks", test::chunked(one, hdf5::bitshuffle_filter, {64, 2}));
    fill("/chunks/bszstd", test::chunked(one, hdf5::bitshuffle_filter, {0, 3}));
    fill("/chunks/bitshuffle", test::chunked(one, hdf5::bitshuffle_filter, {0, 0}));
    fill("/chunks/bitshuffle_blocks", test::chunked(one, hdf5::bitshuffle_filter, {256, 0}));
    fill("/chunks/lz4", test::chunked(one, hdf5::lz4_filter, {1000}));
    for (std::vector<hsize_t> const& odd : {std::vector<hsize_t>{3, rows, columns},
                                            {1, 16, 16},
                                            {2, 11, columns},
                                            {frames, rows, columns},
                                            {1, 1, columns},
                                            {7, 5, 3}}) {
      std::string const name = std::to_string(odd[0]) + "x" + std::to_string(odd[1]) + "x" + std::to_string(odd[2]);
      fill("/odd/raw" + name, test::chunked(odd));
      fill("/odd/bslz4" + name, test::chunked(odd, hdf5::bitshuffle_filter, {0, 2}));
      fill("/odd/bszstd" + name, test::chunked(odd, hdf5::bitshuffle_filter, {0, 3}));
      fill("/odd/bitshuffle" + name, test::chunked(odd, hdf5::bitshuffle_filter, {16, 0}));
      fill("/odd/lz4" + name, test::chunked(odd, hdf5::lz4_filter, {}));
    }
    handle deflate = test::chunked(one);
    H5Pset_deflate(deflate.id(), 4);
    fill("/other/deflate", deflate);
    handle shuffled = test::chunked(one);
    H5Pset_shuffle(shuffled.id());
    H5Pset_deflate(shuffled.id(), 1);
    H5Pset_fletcher32(shuffled.id());
    fill("/other/shuffle_deflate_fletcher", shuffled);
    handle twice = test::chunked(one);
    unsigned const values[] = {0, 2};
    H5Pset_shuffle(twice.id());
    H5Pset_filter(twice.id(), hdf5::bitshuffle_filter, H5Z_FLAG_MANDATORY, 2, values);
    fill("/other/shuffle_bslz4", twice);
    handle packed = test::chunked(one);
    H5Pset_fletcher32(packed.id());
    H5Pset_filter(packed.id(), hdf5::bitshuffle_filter, H5Z_FLAG_MANDATORY, 2, values);
    H5Pset_deflate(packed.id(), 1);
    fill("/other/fletcher_bslz4_deflate", packed);
    handle szip = test::chunked(one);
    H5Pset_szip(szip.id(), H5_SZIP_NN_OPTION_MASK, 16);
    fill("/other/szip", szip);
    handle nbit = test::chunked(one);
    H5Pset_nbit(nbit.id());
    fill("/other/nbit", nbit);
    if (std::is_integral_v<T>) {
      handle scaled = test::chunked(one);
      H5Pset_scaleoffset(scaled.id(), H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT);
      fill("/other/scaleoffset", scaled);
    }
  }
  expect_frames(path, "/contiguous", written, encoding::raw, false);
  expect_frames(path, "/chunks/raw", written, encoding::raw, false);
  expect_frames(path, "/chunks/bslz4", written, encoding::bitshuffle_lz4, true);
  expect_frames(path, "/chunks/bslz4_small_blocks", written, encoding::bitshuffle_lz4, true);
  expect_frames(path, "/chunks/bszstd", written, encoding::bitshuffle_zstd, true);
  expect_frames(path, "/chunks/bitshuffle", written, encoding::bitshuffle, true);
  expect_frames(path, "/chunks/bitshuffle_blocks", written, encoding::bitshuffle, true);
  expect_frames(path, "/chunks/lz4", written, encoding::hdf5_lz4, true);
  auto const file = hdf5::open_input(path);
  for (std::string const group : {"/odd", "/other"})
    for (auto const& name : hdf5::names_in(file->file.id(), group))
      expect_frames(path, group + "/" + name, written, encoding::raw, false);
}

TEST(frame_stack, chunks_whose_filter_was_skipped) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const written = random_frames<std::uint32_t>(2);
  {
    h5_file file(path);
    auto const properties = test::chunked({1, rows, columns}, hdf5::bitshuffle_filter, {0, 2});
    auto const dataset = file.dataset("/d", H5T_STD_U32LE, {frames, rows, columns}, properties.id());
    for (std::size_t f = 0; f < frames; ++f) {
      std::vector<std::byte> chunk;
      encode_bitshuffle_lz4(bytes_of_values(written[f]), 4, 0, chunk);
      if (f % 2 == 0)
        test::write_chunk(dataset.id(), f, chunk);
      else
        test::write_chunk(dataset.id(), f, bytes_of_values(written[f]), 1);
    }
  }
  auto const stack = open_stack(path, "/d");
  auto const back = read_stack(stack);
  for (std::size_t f = 0; f < frames; ++f) {
    ASSERT_EQ(back[f].status, frame_status::ok);
    EXPECT_EQ(back[f].as_stored, f % 2 == 0);
    EXPECT_EQ(back[f].as<std::uint32_t>(), written[f]);
  }
}

TEST(frame_stack, big_endian_numbers_and_others_are_converted) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const u16 = random_frames<std::uint16_t>(3);
  auto const u32 = random_frames<std::uint32_t>(4);
  auto const f32 = random_frames<float>(5);
  std::vector<hsize_t> const extent{frames, rows, columns};
  std::vector<std::vector<std::int32_t>> i8_values;
  std::vector<std::vector<std::int32_t>> i16_values;
  std::vector<std::vector<float>> f64_values;
  {
    h5_file file(path);
    auto const fill = [&]<class T>(std::string const& name, hid_t type, hid_t memory, handle const& properties,
                                   std::vector<std::vector<T>> const& values) {
      auto const dataset = file.dataset(name, type, extent, properties.id());
      for (hsize_t f = 0; f < frames; ++f) test::write_frame(dataset.id(), memory, f, rows, columns, values[f].data());
    };
    fill("/u16", H5T_STD_U16BE, H5T_NATIVE_UINT16, creation(), u16);
    fill("/u32", H5T_STD_U32BE, H5T_NATIVE_UINT32, test::chunked({1, rows, columns}), u32);
    fill("/u32_bslz4", H5T_STD_U32BE, H5T_NATIVE_UINT32, test::chunked({1, rows, columns}, 32008, {0, 2}), u32);
    fill("/f32", H5T_IEEE_F32BE, H5T_NATIVE_FLOAT, creation(), f32);
    std::vector<std::vector<std::int8_t>> i8;
    std::vector<std::vector<std::int16_t>> i16;
    std::vector<std::vector<double>> f64;
    for (std::size_t f = 0; f < frames; ++f) {
      auto const b = random_pixels<std::uint8_t>(pixels, 50 + f);
      i8.emplace_back(b.begin(), b.end());
      auto const w = random_pixels<std::uint16_t>(pixels, 60 + f);
      i16.emplace_back(w.begin(), w.end());
      f64.emplace_back(f32[f].begin(), f32[f].end());
      for (auto& v : f64.back()) v *= 1 - 1e-12;  // rounds back to the float
      i8_values.emplace_back(i8[f].begin(), i8[f].end());
      i16_values.emplace_back(i16[f].begin(), i16[f].end());
      f64_values.emplace_back(f64[f].begin(), f64[f].end());
    }
    fill("/i8", H5T_STD_I8LE, H5T_NATIVE_INT8, test::chunked({1, rows, columns}, 32008, {0, 2}), i8);
    fill("/i16", H5T_STD_I16LE, H5T_NATIVE_INT16, test::chunked({1, rows, columns}, 32004, {}), i16);
    fill("/f64", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, test::chunked({2, rows, 8}, 32008, {0, 2}), f64);
    handle twelve(H5Tcopy(H5T_STD_U16LE), H5Tclose);
    H5Tset_precision(twelve.id(), 12);
    file.dataset("/u12", twelve.id(), extent, test::chunked({1, rows, columns}).id());
    file.dataset("/u64", H5T_STD_U64LE, extent);
    file.dataset("/i64", H5T_STD_I64BE, extent);
    file.dataset("/text", H5T_C_S1, extent);
  }
  expect_frames(path, "/u16", u16, encoding::raw, false);
  expect_frames(path, "/u32", u32, encoding::raw, false);
  expect_frames(path, "/u32_bslz4", u32, encoding::raw, false);
  expect_frames(path, "/f32", f32, encoding::raw, false);
  expect_frames(path, "/i8", i8_values, encoding::raw, false);
  expect_frames(path, "/i16", i16_values, encoding::raw, false);
  expect_frames(path, "/f64", f64_values, encoding::raw, false);
  for (std::string const wide : {"/u64", "/i64"}) {
    auto const message = input_error_of([&] { open_stack(path, wide); });
    ASSERT_TRUE(message);
    EXPECT_THAT(*message, HasSubstr("64-bit"));
  }
  auto const message = input_error_of([&] { open_stack(path, "/text"); });
  ASSERT_TRUE(message);
  EXPECT_THAT(*message, HasSubstr("text"));
}

TEST(frame_stack, never_written_frames_are_missing) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const written = random_frames<std::uint16_t>(6, 20);
  {
    h5_file file(path);
    auto const fill = [&](std::string const& name, handle const& properties, std::vector<hsize_t> const& which) {
      auto const dataset = file.dataset(name, H5T_STD_U16LE, {20, rows, columns}, properties.id());
      for (auto const f : which) test::write_frame(dataset.id(), H5T_STD_U16LE, f, rows, columns, written[f].data());
    };
    for (int const filter : {0, 32008, 32004}) {
      std::string const name = std::to_string(filter);
      fill("/single" + name, test::chunked({1, rows, columns}, filter, {0, 2}), {0, 3, 4, 19});
      fill("/tiles" + name, test::chunked({1, 8, 8}, filter, {0, 2}), {0, 3, 4, 19});
      fill("/four" + name, test::chunked({4, rows, 9}, filter, {0, 2}), {5, 6});
    }
    fill("/pixels", test::chunked({1, 1, 1}), {2});
    file.dataset("/contiguous", H5T_STD_U16LE, {20, rows, columns});
    file.dataset("/chunks", H5T_STD_U16LE, {20, rows, columns}, test::chunked({1, rows, columns}).id());
  }
  auto const expect_present = [&](std::string const& name, std::vector<std::size_t> const& which) {
    auto const stack = open_stack(path, name);
    auto const back = read_stack(stack);
    for (std::size_t f = 0; f < 20; ++f) {
      bool const present = std::ranges::find(which, f) != which.end();
      EXPECT_EQ(back[f].status, present ? frame_status::ok : frame_status::missing) << name << " " << f;
      EXPECT_EQ(stack.stored_bytes[f] != 0, present);
    }
    return back;
  };
  for (std::string const filter : {"0", "32008", "32004"}) {
    auto const single = expect_present("/single" + filter, {0, 3, 4, 19});
    EXPECT_EQ(single[3].as<std::uint16_t>(), written[3]);
    auto const tiles = expect_present("/tiles" + filter, {0, 3, 4, 19});
    EXPECT_EQ(tiles[19].as<std::uint16_t>(), written[19]);
    auto const four = expect_present("/four" + filter, {4, 5, 6, 7});  // their neighbours are in the same chunks
    EXPECT_EQ(four[6].as<std::uint16_t>(), written[6]);
  }
  EXPECT_EQ(expect_present("/pixels", {2})[2].as<std::uint16_t>(), written[2]);
  for (std::string const empty : {"/contiguous", "/chunks"}) {
    auto const message = input_error_of([&] { open_stack(path, empty); });
    ASSERT_TRUE(message);
    EXPECT_THAT(*message, HasSubstr("all 20 frames"));
    EXPECT_THAT(*message, HasSubstr("nothing was ever written"));
  }
}

TEST(frame_stack, one_image_and_wrong_shapes) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const written = random_frames<float>(7, 1);
  {
    h5_file file(path);
    auto const raw = file.dataset("/raw", H5T_IEEE_F32LE, {rows, columns});
    test::write_all(raw.id(), H5T_NATIVE_FLOAT, written[0].data());
    auto const packed =
        file.dataset("/bslz4", H5T_IEEE_F32LE, {rows, columns}, test::chunked({rows, columns}, 32008, {0, 2}).id());
    test::write_all(packed.id(), H5T_NATIVE_FLOAT, written[0].data());
    auto const tiles = file.dataset("/tiles", H5T_IEEE_F32LE, {rows, columns}, test::chunked({10, 10}).id());
    test::write_all(tiles.id(), H5T_NATIVE_FLOAT, written[0].data());
    file.dataset("/line", H5T_IEEE_F32LE, {columns});
    file.dataset("/seven", H5T_IEEE_F32LE, {1, 1, 1, 1, 1, rows, columns});
    file.dataset("/none", H5T_IEEE_F32LE, {0, rows, columns}, test::chunked({1, rows, columns}).id(),
                 {H5S_UNLIMITED, rows, columns});
    hsize_t const absurd = hsize_t(1) << 40;
    file.dataset("/long", H5T_IEEE_F32LE, {absurd, rows, columns}, test::chunked({1, rows, columns}).id());
    file.dataset("/wide", H5T_IEEE_F32LE, {1, absurd, absurd}, test::chunked({1, 100, 100}).id());
  }
  expect_frames(path, "/raw", written, encoding::raw, false);
  expect_frames(path, "/bslz4", written, encoding::bitshuffle_lz4, true);
  expect_frames(path, "/tiles", written, encoding::raw, false);
  for (auto const& [name, says] : {std::pair{"/line", "[53]"},
                                   {"/seven", "[1][1][1][1][1][37][53]"},
                                   {"/none", "no frames"},
                                   {"/long", "absurdly large"},
                                   {"/wide", "absurdly large"}}) {
    auto const message = input_error_of([&, dataset = name] { open_stack(path, dataset); });
    ASSERT_TRUE(message) << name;
    EXPECT_THAT(*message, HasSubstr(says));
    EXPECT_THAT(*message, HasSubstr(path));
  }
}

TEST(frame_stack, errors_say_what_is_there) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  {
    h5_file file(path);
    file.dataset("/1.1/measurement/eiger", H5T_STD_U16LE, {2, 3, 4});
    file.dataset("/1.1/measurement/dty", H5T_STD_U16LE, {2});
  }
  auto const says = [&](std::string const& file, std::string const& dataset) {
    return input_error_of([&] { open_stack(file, dataset); }).value_or("no error");
  };
  EXPECT_THAT(says(path, "/1.1/measurement/Eigar"), HasSubstr("'eiger'"));
  EXPECT_THAT(says(path, "/1.1/measurement/eiger/data"), HasSubstr("not a group"));
  EXPECT_THAT(says(path, "/1.1/measurement"), HasSubstr("data_000001"));
  EXPECT_THAT(says((folder / "absent.h5").string(), "/d"), HasSubstr("does not exist"));
  EXPECT_THAT(says(folder.path().string(), "/d"), HasSubstr("is a folder"));
  auto const text = (folder / "text.h5").string();
  EXPECT_EQ(std::system(("echo nothing > " + text).c_str()), 0);
  EXPECT_THAT(says(text, "/d"), HasSubstr("not an HDF5 file"));
  auto const empty = (folder / "empty.h5").string();
  EXPECT_EQ(std::system((": > " + empty).c_str()), 0);
  EXPECT_THAT(says(empty, "/d"), HasSubstr("is empty"));
}

TEST(frame_stack, filters_that_are_not_there_are_named) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  {
    h5_file file(path);
    auto const chunk = std::vector<hsize_t>{1, rows, columns};
    auto const make = [&](std::string const& name, int filter, std::vector<unsigned> const& values) {
      file.dataset("/" + name, H5T_STD_U16LE, {2, rows, columns}, test::chunked(chunk, filter, values).id());
    };
    make("blosc2", 32026, {1});
    make("zfp", 32013, {});
    make("own", 40000, {1});
    make("bitshuffle", 32008, {0, 3, 2, 0, 7});
    make("blosc", 32001, {2, 2, 2, 100, 5, 1, 77});
  }
  for (auto const& [name, says] : {std::pair{"/blosc2", "HDF5 filter 32026 (Blosc2), which is not installed"},
                                   {"/zfp", "HDF5 filter 32013 (ZFP)"},
                                   {"/own", "HDF5 filter 40000, which is not installed"},
                                   {"/bitshuffle", "bitshuffle with method 7"},
                                   {"/blosc", "Blosc with unknown"}}) {
    auto const message = input_error_of([&, dataset = name] { open_stack(path, dataset); });
    ASSERT_TRUE(message) << name;
    EXPECT_THAT(*message, HasSubstr(says));
    EXPECT_THAT(*message, HasSubstr(path));
  }
  EXPECT_THAT(*input_error_of([&] { open_stack(path, "/zfp"); }), HasSubstr("HDF5_PLUGIN_PATH"));
}

TEST(frame_stack, external_raw_storage) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  auto const written = random_frames<std::uint16_t>(8);
  constexpr std::size_t frame_bytes = pixels * 2;
  {
    h5_file file(path);
    auto const make = [&](std::string const& name) {  // 3 frames, 2 frames, 2 frames
      auto const properties = creation();
      for (std::string const part : {"a", "b", "c"})
        test::check(H5Pset_external(properties.id(), (folder / (name + part)).c_str(), part == "b" ? 100 : 0,
                                    (part == "a" ? 3 : 2) * frame_bytes),
                    "H5Pset_external");
      auto const dataset = file.dataset("/" + name, H5T_STD_U16LE, {frames, rows, columns}, properties.id());
      for (hsize_t f = 0; f < frames; ++f)
        test::write_frame(dataset.id(), H5T_STD_U16LE, f, rows, columns, written[f].data());
    };
    make("whole");
    make("absent");
    make("short");
  }
  expect_frames(path, "/whole", written, encoding::raw, false);
  std::filesystem::remove(folder / "absentb");
  auto const absent = read_stack(open_stack(path, "/absent"));
  for (std::size_t f = 0; f < frames; ++f)
    EXPECT_EQ(absent[f].status, f == 3 || f == 4 ? frame_status::missing : frame_status::ok) << f;
  std::filesystem::resize_file(folder / "shortc", frame_bytes + 10);
  auto const cut = read_stack(open_stack(path, "/short"));
  for (std::size_t f = 0; f < frames; ++f)
    EXPECT_EQ(cut[f].status, f == 6 ? frame_status::truncated : frame_status::ok) << f;
}

TEST(frame_stack, a_hundred_thousand_chunks_are_sized_at_once) {
  test::temporary_folder const folder;
  auto const path = (folder / "frames.h5").string();
  constexpr hsize_t many = 100'000;
  {
    h5_file file(path);
    auto const dataset = file.dataset("/d", H5T_STD_U16LE, {many, 2, 3}, test::chunked({1, 2, 3}, 32008, {0, 2}).id(),
                                      {H5S_UNLIMITED, 2, 3});
    std::vector<std::byte> chunk;
    encode_bitshuffle_lz4(bytes_of_values(random_pixels<std::uint16_t>(6, 9)), 2, 0, chunk);
    for (hsize_t f = 0; f < many; ++f)
      if (f % 1000 != 7) test::write_chunk(dataset.id(), f, chunk);
  }
  auto const start = std::chrono::steady_clock::now();
  auto const stack = open_stack(path, "/d");
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(std::ranges::count(stack.stored_bytes, 0), 100);
  RecordProperty("seconds", std::to_string(seconds));  // about 0.1; a linear search for every chunk takes minutes
}

TEST(find_stack, takes_the_largest_images) {
  test::temporary_folder const folder;
  auto const path = (folder / "scan.h5").string();
  {
    h5_file file(path);
    file.dataset("/1.1/instrument/eiger/data", H5T_STD_U16LE, {5, 30, 40});
    file.dataset("/1.1/instrument/mca/data", H5T_STD_U32LE, {5, 2, 100});
    file.dataset("/1.1/instrument/rot/data", H5T_IEEE_F64LE, {5});
    file.dataset("/1.1/instrument/average", H5T_STD_I64LE, {5, 300, 400});
    file.soft_link("/1.1/measurement/eiger", "/1.1/instrument/eiger/data");
    file.soft_link("/1.1/measurement/loop", "/1.1");
    file.soft_link("/nowhere", "/1.1/none");
  }
  EXPECT_EQ(find_stack(path), "/1.1/measurement/eiger");  // the name that users know
  {
    auto file = h5_file::reopen(path);
    file.dataset("/2.1/instrument/eiger/data", H5T_STD_U16LE, {6, 30, 40});
  }
  auto const several = input_error_of([&] { find_stack(path); });
  ASSERT_TRUE(several);
  EXPECT_THAT(*several, HasSubstr("/1.1/measurement/eiger' [5][30][40]"));
  EXPECT_THAT(*several, HasSubstr("/2.1/instrument/eiger/data' [6][30][40]"));
  auto const bare = (folder / "bare.h5").string();
  h5_file(bare).dataset("/d", H5T_STD_U16LE, {6});
  EXPECT_THAT(input_error_of([&] { find_stack(bare); }).value_or(""), HasSubstr("no dataset of frames"));
}

}  // namespace
}  // namespace xrdct
