// Reducers of tables that one rank of a node made: the same bits as those that a rank makes for itself.

#include "xrdct/pipeline/reducers.hpp"
#include "tests/mpi/world.hpp"
#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/pipeline/backend.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace xrdct {
namespace {

using test::world;

/// Signal, variance, norm and count of a frame.
std::vector<float> pattern_of(frame_reducer& reducer, measurement const& m, std::uint64_t which) {
  frame_reader reader(m.stack());
  frame_buffer bytes;
  std::uint32_t mask = 0;
  std::vector<frame_status> status{reader.read(which, bytes, mask)};
  frame const one{bytes, mask, which};
  std::vector<float> values(4 * m.channels());
  auto const row = [&](std::size_t q) { return view<float>(values.data() + q * m.channels(), 1, m.channels()); };
  reducer.submit(std::span(&one, 1), {row(0), row(1), row(2), row(3), status, {}, {}})->wait();
  EXPECT_EQ(status[0], frame_status::ok);
  return values;
}

void expect_same_on(communicator const& node) {
  test::temporary_folder folder;  // of every rank: they need not see each other's files
  test::small_scan const scan;
  scan.write(folder.path());
  auto const what = scan.reconstruction(folder.path(), (folder / "out.h5").string());
  auto const backend = make_backend("cpu", 1);
  auto const own = examine(what, world().size());
  auto const alone = make_reducers(own, what, *backend);

  auto shared = from_root(world(), [&] { return examine(what, world().size()); });
  EXPECT_EQ(shared.detectors[0].matrix.entries() > 0, world().root());
  auto const together = make_reducers(shared, what, *backend, world(), node_ranks(world(), node));
  EXPECT_EQ(shared.detectors[0].matrix.entries(), 0U);
  ASSERT_EQ(together.size(), alone.size());
  auto const frame = static_cast<std::uint64_t>(world().rank()) % own.frames();
  EXPECT_EQ(pattern_of(*together[0], own, frame), pattern_of(*alone[0], own, frame));
  EXPECT_EQ(together[0].tables.bytes().empty(), false);
}

TEST(reducers, of_one_node_share_their_tables) { expect_same_on(world().node()); }

// Ranks that share memory play nodes that do not.
TEST(reducers, of_several_nodes_have_tables_of_their_own) {
  expect_same_on(world().split(world().rank() % 2));
  expect_same_on(world().split(world().rank() / 4));
}

TEST(reducers, fail_on_all_ranks_where_one_leader_does) {
  test::temporary_folder folder;
  test::small_scan const scan;
  scan.write(folder.path());
  auto const what = scan.reconstruction(folder.path(), (folder / "out.h5").string());
  auto const backend = make_backend("cpu", 1);
  auto m = from_root(world(), [&] { return examine(what, world().size()); });
  if (world().root()) m.detectors[0].pixels.norm.resize(3);
  EXPECT_THROW(make_reducers(m, what, *backend, world(), node_ranks(world())), agreed_error);
}

}  // namespace
}  // namespace xrdct
