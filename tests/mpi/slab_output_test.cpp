// Rows that ranks make while they are written, whatever their lengths and whoever has them.

#include "xrdct/pipeline/slab_output.hpp"
#include "tests/mpi/common_folder.hpp"
#include "tests/mpi/world.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "xrdct/comm/agreement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace xrdct {
namespace {

using test::world;

float value_at(std::uint64_t row, std::uint64_t channel) {
  return static_cast<float>((row * 7919 + channel * 31) % 8'388'593) + 0.5F;
}

/// Cuts rows at random places, the same on all ranks: some get none.
frame_range share(std::uint64_t rows, std::mt19937& engine) {
  std::vector<std::uint64_t> edges{0, rows};
  for (int i = 1; i < world().size(); ++i) edges.push_back(engine() % (rows + 1));
  std::ranges::sort(edges);
  auto const own = static_cast<std::size_t>(world().rank());
  return {edges[own], edges[own + 1] - edges[own]};
}

using row_shape = std::vector<std::uint64_t>;

void lay_out(std::string const& path, row_shape const& shape, chunk_compression how) {
  if (world().root()) {
    nexus_file file(path, nexus_file::mode::create);
    file.compress(how);
    file.lay_out("/rows", shape);
    file.close();
  }
  world().barrier();
}

void expect_values(std::string const& path, row_shape const& shape, std::string const& where) {
  auto const read = test::read_array(path, "/rows").values;
  std::uint64_t const length = read.size() / shape[0];
  ASSERT_EQ(read.size(), std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>()));
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < read.size(); ++i) wrong += read[i] != value_at(i / length, i % length) ? 1 : 0;
  EXPECT_EQ(wrong, 0U) << where;
}

class made_rows : public testing::TestWithParam<row_shape> {};

TEST_P(made_rows, are_written_by_whoever_has_them) {
  auto const& shape = GetParam();
  std::mt19937 engine(4711);
  for (auto const how : {chunk_compression::none, chunk_compression::lz4})
    for (int const threads : {1, 3}) {
      test::common_folder const folder;
      auto const path = folder / "rows.h5";
      lay_out(path, shape, how);
      auto const mine = share(shape[0], engine);
      {
        auto const file = open_slabs(path, world(), how);
        write_rows(*file, world(), "/rows", shape, mine, threads, [&](std::uint64_t row, std::span<float> into) {
          for (std::uint64_t c = 0; c < into.size(); ++c) into[c] = value_at(mine.first + row, c);
        });
        file->close();
      }
      world().barrier();
      if (world().root()) expect_values(path, shape, std::to_string(threads) + " threads");
    }
}

// One piece, several, pieces of the rows of a chunk (also of cakes), and all rows in one, as a chunk has all.
INSTANTIATE_TEST_SUITE_P(of, made_rows,
                         testing::Values(row_shape{1, 1}, row_shape{40, 3}, row_shape{2999, 1001}, row_shape{600, 5001},
                                         row_shape{70, 1201, 40}, row_shape{3, 600'001}));

TEST(made_rows, fail_on_all_ranks_together) {
  test::common_folder const folder;
  auto const path = folder / "rows.h5";
  lay_out(path, {8, 3}, chunk_compression::none);
  auto const last = world().rank() + 1 == world().size();
  auto const file = open_slabs(path, world(), chunk_compression::none);
  EXPECT_THROW(write_rows(*file, world(), "/rows", row_shape{8, 3}, last ? frame_range{0, 8} : frame_range{0, 0}, 2,
                          [](std::uint64_t, std::span<float>) { throw runtime_failure("no row"); }),
               agreed_error);
}

}  // namespace
}  // namespace xrdct
