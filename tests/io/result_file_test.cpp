#include "xrdct/io/result_file.hpp"

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/slab_chunks.hpp"

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <numeric>
#include <random>

namespace xrdct {
namespace {

using test::handle;
using testing::ElementsAre;
using testing::HasSubstr;

template <class Call>
std::string failure_of(Call const& call) {
  try {
    call();
  } catch (runtime_failure const& e) {
    return e.what();
  }
  return "no error";
}

std::vector<float> counting(std::size_t n) {
  std::vector<float> values(n);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

std::vector<float> read_all(std::string const& path, std::string const& dataset) {
  auto const shape = dataset_shape(path, dataset);
  std::vector<float> values(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()));
  std::vector<std::uint64_t> const first(shape.size(), 0);
  read_block(path, dataset, first, shape, values);
  return values;
}

/// No file of this process grows beyond `bytes` while the object lives, as if the disk were full.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit const limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~file_size_limit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  file_size_limit(file_size_limit const&) = delete;
  file_size_limit& operator=(file_size_limit const&) = delete;

 private:
  sighandler_t handler_;
  rlimit before_{};
};

TEST(nexus_file, holds_what_was_put_into_it) {
  test::temporary_folder const folder;
  auto const path = (folder / "out.h5").string();
  {
    nexus_file file(path, nexus_file::mode::create);
    file.group("/entry", "NXentry");
    file.attribute("/", "default", std::string("entry"));
    file.attribute("/entry", "default", std::string("nothing yet"));
    file.attribute("/entry", "default", std::string("sinogram"));  // replaces
    file.group("/entry/sinogram", "NXdata");
    file.attribute("/entry/sinogram", "axes", std::vector<std::string>{"rotation_angle", "", "q"});
    file.attribute("/entry/sinogram", "offset", 2.5);
    std::vector<std::int64_t> const indices{0, 1};
    file.attribute("/entry/sinogram", "rotation_angle_indices", std::span<std::int64_t const>(indices));
    file.text("/entry/process/program", "xrdct — µ");
    file.texts("/entry/frames/source", {"a", "", "ccc"});
    file.texts("/entry/frames/none", {});
    file.number("/entry/process/seconds/reduce", 1.25, "s");
    file.integer("/entry/process/ranks", 15);
    file.array("/entry/a/f", std::vector<float>{1, 2, 3}, "mm");
    file.array("/entry/a/d", std::vector<double>{});
    std::vector<std::uint64_t> const shape{2, 3};
    std::vector<std::int32_t> const six{1, -2, 3, 4, 5, 6};
    file.array<std::int32_t>("/entry/a/i", six, shape);
    file.array("/entry/a/u8", std::vector<std::uint8_t>{255});
    file.array("/entry/a/u64", std::vector<std::uint64_t>{1ULL << 63});
    EXPECT_THAT(failure_of([&] { file.array<std::int32_t>("/entry/a/j", six, std::vector<std::uint64_t>{7}); }),
                HasSubstr("6 values"));
    EXPECT_THAT(failure_of([&] { file.integer("/entry/process/ranks", 1); }), HasSubstr("already"));
    EXPECT_THAT(failure_of([&] { file.integer("/entry/a/f/below", 1); }), HasSubstr(path));
    EXPECT_THAT(failure_of([&] { file.attribute("/none", "x", 1.0); }), HasSubstr("/none"));
    file.close();
  }
  EXPECT_EQ(read_text_attribute(path, "/", "default"), "entry");
  EXPECT_EQ(read_text_attribute(path, "/entry", "default"), "sinogram");
  EXPECT_EQ(read_text_attribute(path, "/entry", "NX_class"), "NXentry");
  EXPECT_EQ(read_text(path, "/entry/process/program"), "xrdct — µ");
  EXPECT_EQ(read_numbers("/entry/process/seconds/reduce", path).unit, "s");
  EXPECT_THAT(read_numbers("/entry/process/seconds/reduce", path).values, ElementsAre(1.25));
  EXPECT_THAT(read_numbers("/entry/process/ranks", path).values, ElementsAre(15));
  EXPECT_THAT(dataset_shape(path, "/entry/a/i"), ElementsAre(2, 3));
  EXPECT_THAT(read_all(path, "/entry/a/i"), ElementsAre(1, -2, 3, 4, 5, 6));
  EXPECT_THAT(dataset_shape(path, "/entry/a/d"), ElementsAre(0));
  EXPECT_THAT(dataset_shape(path, "/entry/frames/source"), ElementsAre(3));
  EXPECT_THAT(read_numbers("/entry/a/u64", path).values, ElementsAre(9223372036854775808.0));
  {
    nexus_file more(path, nexus_file::mode::append);
    more.integer("/entry/more", 3);
    more.close();
  }
  EXPECT_THAT(read_numbers("/entry/more", path).values, ElementsAre(3));
}

TEST(nexus_file, lays_out_chunks_that_are_allocated_and_not_larger_than_the_data) {
  test::temporary_folder const folder;
  auto const path = (folder / "out.h5").string();
  struct expectation {
    std::vector<std::uint64_t> shape, chunk;
  };
  std::vector<expectation> const all{{{100, 90, 500}, {16, 16, 64}},         {{3, 5, 7}, {3, 5, 7}},
                                     {{2, 40, 50, 64}, {1, 16, 16, 64}},     {{1000, 70}, {256, 64}},
                                     {{2, 3, 20, 17, 5}, {1, 1, 20, 16, 5}}, {{20000}, {16384}},
                                     {{5000, 4, 1000}, {64, 4, 64}},         {{9, 300, 300, 5}, {1, 128, 16, 5}}};
  {
    nexus_file file(path, nexus_file::mode::create);
    for (std::size_t i = 0; i < all.size(); ++i) file.lay_out(std::string("/d") + std::to_string(i), all[i].shape);
    file.lay_out("/empty", std::vector<std::uint64_t>{0, 4, 4});
    file.close();
  }
  auto const file = hdf5::open_input(path);
  for (std::size_t i = 0; i < all.size(); ++i) {
    handle const d(H5Dopen2(file->file.id(), (std::string("/d") + std::to_string(i)).c_str(), H5P_DEFAULT), H5Dclose);
    handle const properties(H5Dget_create_plist(d.id()), H5Pclose);
    std::vector<hsize_t> chunk(all[i].shape.size());
    ASSERT_EQ(H5Pget_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()),
              static_cast<int>(chunk.size()));
    EXPECT_EQ(std::vector<std::uint64_t>(chunk.begin(), chunk.end()), all[i].chunk);
    EXPECT_EQ(rows_a_chunk(all[i].shape), all[i].chunk.front());
    EXPECT_GE(H5Dget_storage_size(d.id()), 4 * hdf5::product({all[i].shape.begin(), all[i].shape.end()}));
  }
  EXPECT_THAT(dataset_shape(path, "/empty"), ElementsAre(0, 4, 4));
}

TEST(nexus_file, cannot_be_made) {
  test::temporary_folder const folder;
  auto const path = (folder / "none/out.h5").string();
  EXPECT_THAT(failure_of([&] { nexus_file(path, nexus_file::mode::create); }), HasSubstr(path));
  EXPECT_THAT(failure_of([&] { nexus_file(path, nexus_file::mode::append); }), HasSubstr(path));
}

TEST(nexus_file, on_a_full_disk) {
  test::temporary_folder const folder;
  auto const path = (folder / "out.h5").string();
  for (rlim_t const limit : {100, 5000, 200'000}) {
    file_size_limit const full(limit);
    std::string const message = failure_of([&] {
      nexus_file file(path, nexus_file::mode::create);
      file.group("/entry", "NXentry");
      file.lay_out("/entry/d", std::vector<std::uint64_t>{64, 64, 128});
      file.array("/entry/a", counting(20000));
      file.close();
    });
    EXPECT_THAT(message, HasSubstr(path)) << limit;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(slab_writer, alone) {
  test::temporary_folder const folder;
  auto const path = (folder / "out.h5").string();
  std::vector<std::uint64_t> const shape{37, 21, 70};
  auto const values = counting(37 * 21 * 70);
  {
    nexus_file file(path, nexus_file::mode::create);
    file.lay_out("/entry/d", shape);
    file.lay_out("/entry/line", std::vector<std::uint64_t>{5});
    file.lay_out("/entry/parts", std::vector<std::uint64_t>{2, 3, 5, 7, 11});
    file.close();
    slab_writer writer(path, MPI_COMM_NULL);
    std::span<float const> const all(values);
    for (std::uint64_t first = 0; first < 37; first += 10) {
      auto const count = std::min<std::uint64_t>(10, 37 - first);
      writer.write("/entry/d", first, count, all.subspan(first * 21 * 70, count * 21 * 70));
    }
    writer.write("/entry/d", 37, 0, {});
    writer.write("/entry/line", 0, 5, all.first(5));
    for (std::uint64_t part = 0; part < 2; ++part)
      for (std::uint64_t layer = 3; layer-- > 0;) {
        std::uint64_t const at[] = {part, layer};
        writer.write("/entry/parts", 1, 4, all.subspan(((part * 3 + layer) * 5 + 1) * 77, 4 * 77UL), at);
        writer.write("/entry/parts", 0, 1, all.subspan((part * 3 + layer) * 5 * 77, 77), at);
      }
    std::uint64_t const outside[] = {1, 3};
    EXPECT_THAT(failure_of([&] { writer.write("/entry/parts", 0, 1, all.first(77), outside); }),
                HasSubstr("of part 1, 3 make no sense"));
    std::uint64_t const too_many[] = {0, 0, 0, 0, 0};
    EXPECT_THAT(failure_of([&] { writer.write("/entry/parts", 0, 1, all.first(1), too_many); }),
                HasSubstr("make no sense"));
    EXPECT_THAT(failure_of([&] { writer.write("/entry/none", 0, 1, all.first(1)); }), HasSubstr("/entry/none"));
    EXPECT_THAT(failure_of([&] { writer.write("/entry/line", 1, 5, all.first(5)); }), HasSubstr("make no sense"));
    EXPECT_THAT(failure_of([&] { writer.write("/entry/line", 0, 5, all.first(4)); }), HasSubstr("make no sense"));
    constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
    EXPECT_THAT(failure_of([&] { writer.write("/entry/line", huge, 1, all.first(1)); }), HasSubstr("make no sense"));
    writer.close();
    writer.close();
  }
  EXPECT_EQ(read_all(path, "/entry/d"), values);
  EXPECT_THAT(read_all(path, "/entry/line"), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(read_all(path, "/entry/parts"), counting(2 * 3 * 5 * 7 * 11));
}

TEST(for_each_chunk, hands_over_every_value_once) {
  std::mt19937_64 engine(5);
  for (int round = 0; round < 300; ++round) {
    extents extent(engine() % 4 + 1);
    extents chunk(extent.size());
    for (std::size_t d = 0; d < extent.size(); ++d) {
      extent[d] = engine() % 20 + 1;
      chunk[d] = engine() % extent[d] + 1;
    }
    auto const first = engine() % extent[0];
    auto const count = engine() % (extent[0] - first + 1);
    std::uint64_t row = 1;
    for (std::size_t d = 1; d < extent.size(); ++d) row *= extent[d];
    auto const slab = counting(count * row);
    std::vector<float> dataset(extent[0] * row, 0.0F);
    for_each_chunk(extent, chunk, first, count, slab,
                   [&](extents const& at, extents const& size, std::span<float const> values) {
                     for (std::size_t i = 0; i < values.size(); ++i) {
                       std::uint64_t rest = i;
                       std::uint64_t index = 0;
                       std::uint64_t stride = 1;
                       for (std::size_t d = extent.size(); d-- > 0; rest /= size[d], stride *= extent[d]) {
                         auto const x = at[d] + rest % size[d];
                         EXPECT_EQ(x / chunk[d], at[d] / chunk[d]);
                         index += x * stride;
                       }
                       EXPECT_EQ(rest, 0);
                       EXPECT_EQ(dataset[index], 0);
                       dataset[index] = values[i];
                     }
                     return true;
                   });
    std::vector<float> expected(extent[0] * row, 0.0F);
    std::copy(slab.begin(), slab.end(), expected.begin() + static_cast<std::ptrdiff_t>(first * row));
    EXPECT_EQ(dataset, expected);
  }
  int calls = 0;
  for_each_chunk({4, 4}, {1, 1}, 0, 4, counting(16),
                 [&](auto const&, auto const&, auto const&) { return ++calls < 3; });
  EXPECT_EQ(calls, 3);
}

TEST(publish, renames_and_replaces) {
  test::temporary_folder const folder;
  auto const path = (folder / "out.h5").string();
  auto const unfinished = unfinished_name(path);
  EXPECT_NE(unfinished, path);
  EXPECT_EQ(std::filesystem::path(unfinished).parent_path(), folder.path());
  std::ofstream(path) << "old";
  std::ofstream(unfinished) << "new";
  publish(unfinished, path);
  EXPECT_FALSE(std::filesystem::exists(unfinished));
  std::string text;
  std::ifstream(path) >> text;
  EXPECT_EQ(text, "new");
  EXPECT_THAT(failure_of([&] { publish(unfinished, path); }), HasSubstr(unfinished));
  std::ofstream(unfinished) << "new";
  auto const nowhere = (folder / "none/out.h5").string();
  EXPECT_THAT(failure_of([&] { publish(unfinished, nowhere); }), HasSubstr(nowhere));
}

}  // namespace
}  // namespace xrdct
