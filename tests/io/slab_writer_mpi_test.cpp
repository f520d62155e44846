// The result file written by several ranks: run under mpirun.

#include "tests/io/h5_files.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/result_file.hpp"

#include <mpi.h>
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <memory>
#include <numeric>
#include <random>

namespace xrdct {
namespace {

using testing::HasSubstr;

int rank_of_this() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int number_of_ranks() {
  int size = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

/// A folder that rank 0 makes and removes, the same for all.
class common_folder {
 public:
  common_folder() {
    std::array<char, 512> name{};
    if (rank_of_this() == 0) {
      own_ = std::make_unique<test::temporary_folder>();
      own_->path().string().copy(name.data(), name.size() - 1);
    }
    MPI_Bcast(name.data(), static_cast<int>(name.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
    path_ = name.data();
  }
  ~common_folder() { MPI_Barrier(MPI_COMM_WORLD); }
  common_folder(common_folder const&) = delete;
  common_folder& operator=(common_folder const&) = delete;
  std::string operator/(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::unique_ptr<test::temporary_folder> own_;
  std::string path_;
};

float value_at(std::uint64_t index) { return static_cast<float>(index % 8388593) + 0.5F; }

std::vector<float> rows_of(std::uint64_t first, std::uint64_t count, std::uint64_t row) {
  std::vector<float> values(count * row);
  for (std::uint64_t i = 0; i < values.size(); ++i) values[i] = value_at(first * row + i);
  return values;
}

/// Rank r's share of n rows, in uneven bands.
std::pair<std::uint64_t, std::uint64_t> band(std::uint64_t n) {
  auto const r = static_cast<std::uint64_t>(rank_of_this());
  auto const ranks = static_cast<std::uint64_t>(number_of_ranks());
  auto const edge = [&](std::uint64_t k) { return k == ranks ? n : n * k * k / (ranks * ranks); };
  return {edge(r), edge(r + 1) - edge(r)};
}

void expect_whole(std::string const& path, std::string const& dataset) {
  auto const shape = dataset_shape(path, dataset);
  std::vector<float> values(std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>()));
  read_block(path, dataset, std::vector<std::uint64_t>(shape.size(), 0), shape, values);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) wrong += values[i] != value_at(i);
  EXPECT_EQ(wrong, 0) << dataset;
}

TEST(slab_writer_of_ranks, writes_bands_of_every_rank) {
  common_folder const folder;
  auto const path = folder / "out.h5";
  std::vector<std::uint64_t> const shape{53, 41, 130};
  std::vector<std::uint64_t> const flat{1111, 70};
  std::vector<std::uint64_t> const one{1, 20, 30};
  std::vector<std::uint64_t> const parts{3, 37, 5, 70};
  if (rank_of_this() == 0) {
    nexus_file file(path, nexus_file::mode::create);
    file.group("/entry", "NXentry");
    file.lay_out("/entry/tomogram", shape);
    file.lay_out("/entry/patterns", flat);
    file.lay_out("/entry/one", one);
    file.lay_out("/entry/steps", shape);
    file.lay_out("/entry/parts", parts);
    file.array("/entry/small", std::vector<float>{1, 2, 3});
    file.close();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  {
    slab_writer writer(path, MPI_COMM_WORLD);
    auto const [first, count] = band(53);  // the first rank of several has no rows
    writer.write("/entry/tomogram", first, count, rows_of(first, count, 41UL * 130));
    auto const [f, n] = band(1111);
    writer.write("/entry/patterns", f, n, rows_of(f, n, 70));
    bool const last = rank_of_this() == number_of_ranks() - 1;
    writer.write("/entry/one", 0, last ? 1 : 0, last ? rows_of(0, 1, 600) : std::vector<float>());
    for (std::uint64_t at = 0; at < 53; at += 10) {  // one rank after the other
      bool const mine =
          at / 10 % static_cast<std::uint64_t>(number_of_ranks()) == static_cast<std::uint64_t>(rank_of_this());
      auto const k = mine ? std::min<std::uint64_t>(10, 53 - at) : 0;
      writer.write("/entry/steps", mine ? at : 0, k, rows_of(at, k, 41UL * 130));
    }
    for (std::uint64_t part = 0; part < 3; ++part) {
      auto const [y, rows] = band(37);
      writer.write("/entry/parts", y, rows, rows_of(part * 37 + y, rows, 5UL * 70), std::span(&part, 1));
    }
    writer.close();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of_this() == 0) {
    publish(path, path + ".done");
    for (std::string const dataset :
         {"/entry/tomogram", "/entry/patterns", "/entry/one", "/entry/steps", "/entry/parts"})
      expect_whole(path + ".done", dataset);
    EXPECT_THAT(read_numbers("/entry/small", path + ".done").values, testing::ElementsAre(1, 2, 3));
  }
}

template <class Call>
std::string failure_of(Call const& call) {
  try {
    call();
  } catch (runtime_failure const& e) {
    return e.what();
  }
  return "no error";
}

void lay_out_for_compression(std::string const& path, chunk_compression how) {
  if (rank_of_this() == 0) {
    nexus_file file(path, nexus_file::mode::create);
    file.compress(how);
    std::vector<std::uint64_t> const shape{53, 41, 130};
    for (char const* name : {"/tomogram", "/steps", "/half"}) file.lay_out(name, shape);
    file.lay_out("/patterns", std::vector<std::uint64_t>{1111, 70});
    file.lay_out("/one", std::vector<std::uint64_t>{1, 20, 30});
    file.lay_out("/parts", std::vector<std::uint64_t>{3, 37, 5, 70});
    file.lay_out("/zeros", std::vector<std::uint64_t>{256, 256, 16});
    file.close();
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

/// Rows that begin and end anywhere in chunks, in one call or in several.
void write_compressed(std::string const& path, chunk_compression how) {
  slab_writer writer(path, MPI_COMM_WORLD, how);
  auto const [first, count] = band(53);
  writer.write("/tomogram", first, count, rows_of(first, count, 41UL * 130));
  auto const [f, n] = band(1111);
  writer.write("/patterns", f, n, rows_of(f, n, 70));
  bool const last = rank_of_this() == number_of_ranks() - 1;
  writer.write("/one", 0, last ? 1 : 0, last ? rows_of(0, 1, 600) : std::vector<float>());
  for (std::uint64_t at = 0; at < 53; at += 10) {
    bool const mine =
        at / 10 % static_cast<std::uint64_t>(number_of_ranks()) == static_cast<std::uint64_t>(rank_of_this());
    auto const k = mine ? std::min<std::uint64_t>(10, 53 - at) : 0;
    writer.write("/steps", mine ? at : 0, k, rows_of(at, k, 41UL * 130));
  }
  for (std::uint64_t part = 0; part < 3; ++part) {
    auto const [y, rows] = band(37);
    writer.write("/parts", y, rows, rows_of(part * 37 + y, rows, 5UL * 70), std::span(&part, 1));
  }
  writer.write("/half", 0, last ? 3 : 0, last ? rows_of(0, 3, 41UL * 130) : std::vector<float>());
  auto const [z, m] = band(256);
  writer.write("/zeros", z, m, std::vector<float>(m * 256 * 16));
  writer.close();
}

hsize_t stored_bytes(std::string const& path, char const* dataset) {
  hdf5::handle const file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  hdf5::handle const opened(H5Dopen2(file.id(), dataset, H5P_DEFAULT), H5Dclose);
  return H5Dget_storage_size(opened.id());
}

TEST(slab_writer_of_ranks, writes_compressed_chunks_whoever_has_their_rows) {
  common_folder const folder;
  for (auto const how : {chunk_compression::lz4, chunk_compression::zstd}) {
    auto const path = folder / (how == chunk_compression::lz4 ? "lz4.h5" : "zstd.h5");
    lay_out_for_compression(path, how);
    write_compressed(path, how);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank_of_this() > 0) continue;
    for (std::string const dataset : {"/tomogram", "/patterns", "/one", "/steps", "/parts"})
      expect_whole(path, dataset);
    std::vector<float> half(3 * 41 * 130);
    read_block(path, "/half", std::vector<std::uint64_t>{0, 0, 0}, std::vector<std::uint64_t>{3, 41, 130}, half);
    EXPECT_EQ(half, rows_of(0, 3, 41UL * 130));
    EXPECT_LT(stored_bytes(path, "/zeros"), 256U * 256 * 16 * 4 / 50);
  }
}

TEST(slab_writer_of_ranks, fails_together_while_it_compresses) {
  common_folder const folder;
  auto const path = folder / "out.h5";
  EXPECT_NE(failure_of([&] { slab_writer(path, MPI_COMM_WORLD, chunk_compression::lz4); }), "no error");
  if (rank_of_this() == 0) {
    nexus_file file(path, nexus_file::mode::create);
    file.compress(chunk_compression::lz4);
    file.lay_out("/d", std::vector<std::uint64_t>{20, 10, 10});
    file.close();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  slab_writer writer(path, MPI_COMM_WORLD, chunk_compression::lz4);
  EXPECT_THAT(failure_of([&] { writer.write("/absent", 0, 0, {}); }), HasSubstr("/absent"));
  bool const last = rank_of_this() == number_of_ranks() - 1;
  EXPECT_THAT(failure_of([&] { writer.write("/d", last ? 19 : 0, last ? 2 : 0, std::vector<float>(last ? 200 : 0)); }),
              HasSubstr("make no sense"));
  // Afterwards it works as before.
  writer.write("/d", 0, last ? 20 : 0, last ? rows_of(0, 20, 100) : std::vector<float>());
  writer.close();
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank_of_this() == 0) expect_whole(path, "/d");
}

TEST(slab_writer_of_ranks, fails_on_all_ranks_together) {
  common_folder const folder;
  auto const path = folder / "out.h5";
  EXPECT_THAT(failure_of([&] { slab_writer(path, MPI_COMM_WORLD); }), HasSubstr(path));
  if (rank_of_this() == 0) {
    nexus_file file(path, nexus_file::mode::create);
    file.lay_out("/d", std::vector<std::uint64_t>{20, 10, 10});
    file.close();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  slab_writer writer(path, MPI_COMM_WORLD);
  EXPECT_THAT(failure_of([&] { writer.write("/none", 0, 0, {}); }), HasSubstr("/none"));
  // A mistake of the last rank alone.
  bool const last = rank_of_this() == number_of_ranks() - 1;
  auto const message = failure_of([&] { writer.write("/d", last ? 25 : 0, 0, {}); });
  EXPECT_THAT(message, HasSubstr("make no sense"));
  auto const rows = rank_of_this() == 0 ? rows_of(0, 20, 100) : std::vector<float>();
  writer.write("/d", 0, rows.size() / 100, rows);
  writer.close();
  if (rank_of_this() == 0) expect_whole(path, "/d");
}

/// HDF5 must survive a file that cannot be closed, up to and including MPI_Finalize.
TEST(slab_writer_of_ranks, come_to_an_end_after_a_full_disk) {
  common_folder const folder;
  auto const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit const limit{5000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  auto const path = folder / "out.h5" + std::to_string(rank_of_this());
  EXPECT_THAT(failure_of([&] {
                nexus_file file(path, nexus_file::mode::create);
                file.lay_out("/d", std::vector<std::uint64_t>{20, 100, 100});
                file.array("/small", std::vector<float>(3000, 1.0F));
                file.close();
              }),
              HasSubstr(path));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
}

/// Space is not claimed beforehand: nobody knows how much it will be.
TEST(slab_writer_of_ranks, fails_together_where_the_disk_is_full_of_compressed_chunks) {
  common_folder const folder;
  auto const path = folder / "out.h5";
  if (rank_of_this() == 0) {
    nexus_file file(path, nexus_file::mode::create);
    file.compress(chunk_compression::lz4);
    file.lay_out("/d", std::vector<std::uint64_t>{400, 64, 64});
    file.close();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  auto const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit const limit{500'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  std::string message;
  {
    slab_writer writer(path, MPI_COMM_WORLD, chunk_compression::lz4);
    auto const [first, count] = band(400);
    std::vector<float> noise(count * 64 * 64);  // which hardly gets smaller
    std::mt19937 random(static_cast<unsigned>(rank_of_this()));
    for (float& v : noise) v = std::uniform_real_distribution<float>(1, 1000)(random);
    message = failure_of([&] {
      writer.write("/d", first, count, noise);
      writer.close();
    });
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr(path));
}

/// What happens where the disk fills up although the space was claimed (a quota, a copy-on-write file system): the file
/// may not grow, and what was not allocated before cannot be written.
TEST(slab_writer_of_ranks, does_not_hang_on_a_full_disk) {
  common_folder const folder;
  auto const path = folder / "out.h5";
  if (rank_of_this() == 0) {
    nexus_file file(path, nexus_file::mode::create);
    file.lay_out("/d", std::vector<std::uint64_t>{200, 64, 64});
    file.close();
  }
  MPI_Barrier(MPI_COMM_WORLD);
  auto const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit const limit{1'000'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  std::string message;
  {
    slab_writer writer(path, MPI_COMM_WORLD);
    auto const [first, count] = band(200);
    message = failure_of([&] {
      writer.write("/d", first, count, rows_of(first, count, 64UL * 64));
      writer.close();
    });
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr(path));
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace xrdct

int main(int argc, char** argv) {
  xrdct::hdf5::start();
  MPI_Init(&argc, &argv);
  testing::InitGoogleTest(&argc, argv);
  if (xrdct::rank_of_this() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
  }
  int failed = RUN_ALL_TESTS();
  int failed_anywhere = 0;
  MPI_Allreduce(&failed, &failed_anywhere, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Finalize();
  return failed_anywhere;
}
