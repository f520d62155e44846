// Rows that ranks make while they are written, whatever their lengths and whoever has them.

#include "xrdct/pipeline/slab_output.hpp"
#include "tests/mpi/common_folder.hpp"
#include "tests/mpi/world.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "xrdct/comm/agreement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

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

void lay_out(std::string const& path, std::vector<std::uint64_t> const& shape, chunk_compression how) {
  if (world().root()) {
    nexus_file file(path, nexus_file::mode::create);
    file.compress(how);
    file.lay_out("/rows", shape);
    file.close();
  }
  world().barrier();
}

std::uint64_t wrong_values(std::string const& path, std::uint64_t channels) {
  auto const read = test::read_array(path, "/rows").values;
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < read.size(); ++i) wrong += read[i] != value_at(i / channels, i % channels) ? 1 : 0;
  return wrong;
}

struct row_shape {
  std::uint64_t rows, channels;
};

class made_rows : public testing::TestWithParam<row_shape> {};

TEST_P(made_rows, are_written_by_whoever_has_them) {
  auto const [rows, channels] = GetParam();
  std::mt19937 engine(4711);
  for (auto const how : {chunk_compression::none, chunk_compression::lz4})
    for (int const threads : {1, 3}) {
      test::common_folder const folder;
      auto const path = folder / "rows.h5";
      lay_out(path, {rows, channels}, how);
      auto const mine = share(rows, engine);
      {
        auto const file = open_slabs(path, world(), how);
        write_rows(*file, world(), "/rows", mine, channels, threads, [&](std::uint64_t row, std::span<float> into) {
          for (std::uint64_t c = 0; c < into.size(); ++c) into[c] = value_at(mine.first + row, c);
        });
        file->close();
      }
      world().barrier();
      if (world().root()) {
        EXPECT_EQ(wrong_values(path, channels), 0U) << threads << " threads";
      }
    }
}

// One piece, several, and rows of which not two make a piece.
INSTANTIATE_TEST_SUITE_P(of, made_rows,
                         testing::Values(row_shape{1, 1}, row_shape{40, 3}, row_shape{2999, 1001},
                                         row_shape{3, 600'001}));

TEST(made_rows, fail_on_all_ranks_together) {
  test::common_folder const folder;
  auto const path = folder / "rows.h5";
  lay_out(path, {8, 3}, chunk_compression::none);
  auto const last = world().rank() + 1 == world().size();
  auto const file = open_slabs(path, world(), chunk_compression::none);
  EXPECT_THROW(write_rows(*file, world(), "/rows", last ? frame_range{0, 8} : frame_range{0, 0}, 3, 2,
                          [](std::uint64_t, std::span<float>) { throw runtime_failure("no row"); }),
               agreed_error);
}

}  // namespace
}  // namespace xrdct
