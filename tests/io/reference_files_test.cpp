// Files that others wrote, and what their authors say they hold.

#include "kernels/common/decode.hpp"
#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/hdf5_filters.hpp"
#include "xrdct/io/hdf5_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace xrdct {
namespace {

using test::read_back;
using test::read_stack;
using testing::HasSubstr;

std::uint64_t sum_of(frame_stack const& stack, std::vector<read_back> const& frames) {
  std::uint64_t sum = 0;
  for (auto const& f : frames) {
    auto const add = [&](auto const& values) { sum = std::accumulate(values.begin(), values.end(), sum); };
    if (stack.format.type == pixel_type::u8) add(f.as<std::uint8_t>());
    if (stack.format.type == pixel_type::u16) add(f.as<std::uint16_t>());
    if (stack.format.type == pixel_type::u32) add(f.as<std::uint32_t>());
  }
  return sum;
}

std::size_t count_of(std::vector<read_back> const& frames, frame_status status) {
  return static_cast<std::size_t>(
      std::count_if(frames.begin(), frames.end(), [&](auto const& f) { return f.status == status; }));
}

// ---------------------------------------------------------------------------------------------------------------------
// Any datasets, of any element size: through HDF5 with our filters, and each raw chunk through decode_chunk.

std::vector<std::byte> through_hdf5(hid_t file, std::string const& path) {
  hdf5::handle const dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose);
  hdf5::handle const type(H5Dget_type(dataset.id()), H5Tclose);
  std::vector<std::byte> bytes(hdf5::product(hdf5::extent_of(dataset.id())) * H5Tget_size(type.id()));
  EXPECT_GE(H5Dread(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), 0)
      << path << ": " << hdf5::failure();
  return bytes;
}

/// A dataset that is one chunk, decoded from it directly.
std::vector<std::byte> by_decoder(hid_t file, std::string const& path) {
  hdf5::handle const dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose);
  hdf5::handle const type(H5Dget_type(dataset.id()), H5Tclose);
  hdf5::handle const properties(H5Dget_create_plist(dataset.id()), H5Pclose);
  std::array<unsigned, 8> values{};
  std::size_t count = values.size();
  unsigned flags = 0;
  int const filter = H5Pget_filter2(properties.id(), 0, &flags, &count, values.data(), 0, nullptr, nullptr);
  chunk_encoding how{encoding::hdf5_lz4, H5Tget_size(type.id()), 0};
  if (filter == hdf5::bitshuffle_filter)
    how = {values[4] == 0   ? encoding::bitshuffle
           : values[4] == 3 ? encoding::bitshuffle_zstd
                            : encoding::bitshuffle_lz4,
           values[2], values[3]};
  hsize_t const offset[] = {0};
  hsize_t size = 0;
  std::uint32_t mask = 0;
  EXPECT_GE(H5Dget_chunk_storage_size(dataset.id(), offset, &size), 0);
  std::vector<std::byte> chunk(size);
  EXPECT_GE(H5Dread_chunk(dataset.id(), H5P_DEFAULT, offset, &mask, chunk.data()), 0);
  std::vector<std::byte> out(hdf5::product(hdf5::extent_of(dataset.id())) * H5Tget_size(type.id()));
  EXPECT_EQ(decode_chunk(chunk, how, out), frame_status::ok) << path;
  return out;
}

void expect_regression_file(std::string const& name, std::size_t datasets, std::string const& group) {
  auto const path = test::shared("data/hdf5/bitshuffle/" + name);
  auto const file = hdf5::open_input(path.string());
  auto const names = hdf5::names_in(file->file.id(), group);
  EXPECT_EQ(names.size(), datasets);
  for (auto const& n : names) {
    auto const original = through_hdf5(file->file.id(), "/original/" + n);
    ASSERT_FALSE(original.empty());
    EXPECT_EQ(through_hdf5(file->file.id(), group + "/" + n), original) << n;
    EXPECT_EQ(by_decoder(file->file.id(), group + "/" + n), original) << n;
  }
}

TEST(reference_files, bitshuffle_regression_0_1_3) {
  XRDCT_NEEDS_SHARED("data/hdf5/bitshuffle/regression_0.1.3.h5");
  expect_regression_file("regression_0.1.3.h5", 21, "/compressed");
}

TEST(reference_files, bitshuffle_regression_0_4_0) {
  XRDCT_NEEDS_SHARED("data/hdf5/bitshuffle/regression_0.4.0.h5");
  expect_regression_file("regression_0.4.0.h5", 21, "/compressed");
  expect_regression_file("regression_0.4.0.h5", 21, "/compressed_zstd");
}

/// jHDF's files hold 0, 1, 2, … in every dataset.
void expect_counting(std::string const& name, std::size_t datasets) {
  auto const path = test::shared("data/hdf5/jhdf/" + name);
  auto const file = hdf5::open_input(path.string());
  auto const names = hdf5::names_in(file->file.id(), "/");
  EXPECT_EQ(names.size(), datasets);
  for (auto const& n : names) {
    EXPECT_EQ(through_hdf5(file->file.id(), "/" + n), by_decoder(file->file.id(), "/" + n)) << n;
    hdf5::handle const dataset(H5Dopen2(file->file.id(), ("/" + n).c_str(), H5P_DEFAULT), H5Dclose);
    std::vector<double> values(20);
    ASSERT_GE(H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0) << n;
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], static_cast<double>(i)) << n;
  }
}

TEST(reference_files, jhdf_bitshuffle) {
  XRDCT_NEEDS_SHARED("data/hdf5/jhdf/bitshuffle_datasets.hdf5");
  expect_counting("bitshuffle_datasets.hdf5", 40);
}

TEST(reference_files, jhdf_lz4) {
  XRDCT_NEEDS_SHARED("data/hdf5/jhdf/lz4_datasets.hdf5");
  expect_counting("lz4_datasets.hdf5", 20);
}

/// Every kind of chunk index, single elements as chunks, deflate or not: a dataset equals its uncompressed twin, and is
/// read frame by frame as HDF5 reads it whole.
TEST(reference_files, jhdf_chunk_indices) {
  XRDCT_NEEDS_SHARED("data/hdf5/jhdf/chunked_v4_datasets.hdf5");
  auto const path = test::shared("data/hdf5/jhdf/chunked_v4_datasets.hdf5").string();
  for (std::string const index : {"btree_v2", "extensible_array"}) {
    auto const plain = open_stack(path, "/" + index + "/large_int16");
    EXPECT_EQ(plain.format.type, pixel_type::i32);
    EXPECT_EQ(plain.frames, 200);
    auto const whole = [&] {
      auto const file = hdf5::open_input(path);
      hdf5::handle const dataset(H5Dopen2(file->file.id(), ("/" + index + "/large_int16").c_str(), H5P_DEFAULT),
                                 H5Dclose);
      std::vector<std::int32_t> values(200 * 5 * 10);
      EXPECT_GE(H5Dread(dataset.id(), H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
      return values;
    }();
    for (std::string const prefix : {"/", "/filtered_"}) {
      auto const frames = read_stack(open_stack(path, prefix + index + "/large_int16"));
      ASSERT_EQ(frames.size(), 200);
      for (std::size_t f = 0; f < frames.size(); ++f)
        EXPECT_EQ(frames[f].as<std::int32_t>(),
                  std::vector<std::int32_t>(whole.begin() + static_cast<std::ptrdiff_t>(f * 50),
                                            whole.begin() + static_cast<std::ptrdiff_t>(f * 50 + 50)));
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

struct firmware_file {
  std::string name;
  frame_format format;
  std::uint64_t sum;
};

TEST(reference_files, dectris_firmware) {
  XRDCT_NEEDS_SHARED("data/hdf5/dectris/datasets_eiger1");
  auto const eiger1 = [](encoding code) { return frame_format{code, pixel_type::u16, 1065, 1030, 0}; };
  auto const eiger2 = [](encoding code, pixel_type type) { return frame_format{code, type, 512, 1028, 0}; };
  constexpr auto bslz4 = encoding::bitshuffle_lz4;
  constexpr auto lz4 = encoding::hdf5_lz4;
  std::string const e1 = "datasets_eiger1/eiger1_testmode10_2datafiles_4images_";
  std::string const e2 = "datasets_eiger2/eiger2_simread7_2datafiles_4images_";
  std::vector<firmware_file> const files{{e1 + "bslz4", eiger1(bslz4), 5022958546},
                                         {e1 + "lz4", eiger1(lz4), 5022958546},
                                         {e2 + "bslz4", eiger2(bslz4, pixel_type::u16), 7297080},
                                         {e2 + "bslz4_uint8", eiger2(bslz4, pixel_type::u8), 7297080},
                                         {e2 + "bslz4_uint32", eiger2(bslz4, pixel_type::u32), 43782480},
                                         {e2 + "lz4", eiger2(lz4, pixel_type::u16), 7297080}};
  for (auto const& f : files)
    for (std::string const number : {"_data_000001.h5", "_data_000002.h5"}) {
      auto const path = test::shared("data/hdf5/dectris/" + f.name + number).string();
      EXPECT_EQ(find_stack(path), "/entry/data/data");
      auto const stack = open_stack(path, "/entry/data/data");
      EXPECT_EQ(stack.format.code, f.format.code) << path;
      EXPECT_EQ(stack.format.type, f.format.type) << path;
      EXPECT_EQ(stack.format.rows, f.format.rows);
      EXPECT_EQ(stack.format.columns, f.format.columns);
      auto const frames = read_stack(stack);
      ASSERT_EQ(frames.size(), 2);
      EXPECT_EQ(count_of(frames, frame_status::ok), 2) << path;
      EXPECT_TRUE(frames[0].as_stored && frames[1].as_stored);
      EXPECT_EQ(sum_of(stack, frames), f.sum) << path;
    }
}

TEST(reference_files, dectris_every_library_version) {
  XRDCT_NEEDS_SHARED("data/hdf5/dectris/datasets_different_h5ver");
  for (std::string const version : {"earliest", "v108", "v110", "v112"}) {
    auto const path = test::shared("data/hdf5/dectris/datasets_different_h5ver/dataset_" + version + ".h5").string();
    for (std::string const dataset : {"chunked",
                                      "chunked_bslz4",
                                      "chunked_external",
                                      "chunked_fixed_array",
                                      "chunked_fixed_array_bslz4",
                                      "chunked_fixed_array_paged",
                                      "chunked_fixed_array_paged_bslz4",
                                      "chunked_hard",
                                      "chunked_soft",
                                      "chunked_unlimited_maxshape",
                                      "chunked_unlimited_maxshape_bslz4",
                                      "not_chunked",
                                      "not_chunked_external",
                                      "not_chunked_hard",
                                      "not_chunked_soft",
                                      "sub_hard/chunked_external",
                                      "sub_hard/chunked_hard",
                                      "sub_hard/chunked_soft",
                                      "sub_soft/chunked_external",
                                      "sub_soft/chunked_soft"}) {
      auto const stack = open_stack(path, "/data/" + dataset);
      auto const frames = read_stack(stack);
      EXPECT_GE(frames.size(), 3);
      for (std::size_t f = 0; f < frames.size(); ++f) {
        ASSERT_EQ(frames[f].status, frame_status::ok) << path << dataset << f;
        EXPECT_EQ(frames[f].as<std::uint32_t>(),
                  std::vector<std::uint32_t>(stack.format.pixels(), static_cast<std::uint32_t>(f)));
      }
      EXPECT_EQ(stack.format.code, dataset.ends_with("bslz4") ? encoding::bitshuffle_lz4 : encoding::raw);
    }
  }
}

TEST(reference_files, dectris_master_of_one_file) {
  XRDCT_NEEDS_SHARED("data/hdf5/dectris/dataset_artificial_small_001");
  auto const path = test::shared("data/hdf5/dectris/dataset_artificial_small_001/test_master.h5").string();
  EXPECT_EQ(find_stack(path), "/entry/data");
  auto const stack = open_stack(path, "/entry/data");
  EXPECT_EQ(stack.frames, 5);
  EXPECT_EQ(stack.format.code, encoding::hdf5_lz4);
  auto const frames = read_stack(stack);
  EXPECT_EQ(count_of(frames, frame_status::ok), 5);
  auto const direct = read_stack(open_stack(path, "/entry/data/data_000001"));
  for (std::size_t f = 0; f < 5; ++f) EXPECT_EQ(frames[f].pixels, direct[f].pixels);
}

TEST(reference_files, dectris_master_whose_files_are_mostly_absent) {
  XRDCT_NEEDS_SHARED("data/hdf5/dectris/dataset_artificial_large_001");
  auto const path = test::shared("data/hdf5/dectris/dataset_artificial_large_001/test_master.h5").string();
  auto const stack = open_stack(path, "/entry/data");
  EXPECT_EQ(stack.frames, 5000);  // five in each of those that are there
  auto const frames = read_stack(stack);
  EXPECT_EQ(count_of(frames, frame_status::ok), 15);
  EXPECT_EQ(count_of(frames, frame_status::missing), 4985);
  for (std::size_t const f : {0, 4, 5, 9, 4995, 4999}) EXPECT_EQ(frames[f].status, frame_status::ok) << f;
  EXPECT_THAT(segment_of(stack, 12).file, HasSubstr("test_data_000003.h5"));
  EXPECT_FALSE(segment_of(stack, 12).present);
  auto const message = test::input_error_of([&] { open_stack(path, "/entry/data/data_000003"); });
  ASSERT_TRUE(message.has_value());
  EXPECT_THAT(*message, HasSubstr("test_data_000003.h5"));
  EXPECT_THAT(*message, HasSubstr("does not exist"));
}

TEST(reference_files, esrf_virtual_dataset) {
  XRDCT_NEEDS_SHARED("data/hdf5/esrf_id11/ma4500_demoh5.h5");
  auto const folder = test::shared("data/hdf5/esrf_id11");
  auto const master = (folder / "ma4500_demoh5.h5").string();
  auto const dataset_file = (folder / "demoh5_dataset/demoh5_dataset.h5").string();
  for (auto const& [file, dataset] : {std::pair{master, std::string("/demoh5_dataset_1.1/measurement/marana")},
                                      std::pair{dataset_file, std::string("/1.1/measurement/marana")},
                                      std::pair{dataset_file, std::string("1.1/instrument/marana/data")}}) {
    auto const stack = open_stack(file, dataset);
    EXPECT_EQ(stack.frames, 2);
    EXPECT_EQ(stack.format.code, encoding::bitshuffle_lz4);
    auto const frames = read_stack(stack);
    EXPECT_EQ(count_of(frames, frame_status::ok), 2);
    EXPECT_TRUE(frames[0].as_stored);
    EXPECT_EQ(sum_of(stack, frames), 843203041);
  }
  auto const linked =
      open_stack((folder / "demoh5_dataset/scan0001/marana_0000.h5").string(), "/entry_0000/ESRF-ID11/marana/data");
  auto const frames = read_stack(linked);
  EXPECT_EQ(frames.size(), 100);
  EXPECT_EQ(count_of(frames, frame_status::ok), 2);
  EXPECT_EQ(count_of(frames, frame_status::missing), 98);
  EXPECT_EQ(sum_of(linked, frames), 843203041);

  auto const message = test::input_error_of([&] { open_stack(master, "/demoh5_dataset_2.1/measurement/marana"); });
  ASSERT_TRUE(message.has_value());
  EXPECT_THAT(*message, HasSubstr("scan0002/marana_0000.h5"));
  EXPECT_THAT(*message, HasSubstr("does not exist"));
}

TEST(reference_files, raster_scan) {
  XRDCT_NEEDS_SHARED("data/scans/raster/scan.h5");
  auto const path = test::shared("data/scans/raster/scan.h5").string();
  EXPECT_EQ(find_stack(path), "/1.1/measurement/detector");
  auto const stack = open_stack(path, "/1.1/measurement/detector");
  EXPECT_EQ(stack.frames, 1968);
  EXPECT_EQ(stack.format.code, encoding::bitshuffle_lz4);
  auto const frames = read_stack(stack);
  EXPECT_EQ(count_of(frames, frame_status::ok), 1968);
  // The same by HDF5 itself, with our filter.
  auto const file = hdf5::open_input(path);
  auto const whole = through_hdf5(file->file.id(), "/1.1/measurement/detector");
  for (std::size_t f = 0; f < frames.size(); f += 41)
    EXPECT_TRUE(std::equal(frames[f].pixels.begin(), frames[f].pixels.end(),
                           whole.begin() + static_cast<std::ptrdiff_t>(f * stack.format.bytes())));
}

}  // namespace
}  // namespace xrdct
