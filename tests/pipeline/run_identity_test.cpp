#include "xrdct/pipeline/run_identity.hpp"

#include "tests/pipeline/small_scan.hpp"
#include "tests/support/shared_data.hpp"

#include <gtest/gtest.h>

namespace xrdct {
namespace {

class run_identities : public ::testing::Test {
 protected:
  run_identities() {
    scan_.write(folder_.path());
    what_ = scan_.reconstruction(folder_.path(), (folder_.path() / "out.h5").string());
  }
  measurement examined() const { return examine(what_, 1); }

  test::temporary_folder folder_;
  test::small_scan scan_;
  job what_;
};

TEST_F(run_identities, are_the_same_after_being_text) {
  run_identity const one(what_, examined());
  auto const other = run_identity::parse(one.text());
  EXPECT_EQ(one.id(), other.id());
  EXPECT_EQ(one.difference_from(other), "");
  EXPECT_EQ(run_identity::parse("no tab\n\nname\tvalue\nrest").text(), "name\tvalue\n");
}

TEST_F(run_identities, do_not_look_at_what_changes_no_number) {
  auto const m = examined();
  run_identity const one(what_, m);
  auto other = what_;
  other.output = "elsewhere.h5";
  for (char const* name : {"threads", "batch", "backend", "resume", "checkpoint", "output", "log-level"})
    other.options.emplace_back(name, "another");
  EXPECT_EQ(run_identity(other, m).id(), one.id());
}

TEST_F(run_identities, name_options_that_differ) {
  auto const m = examined();
  run_identity const one(what_, m);
  auto other = what_;
  other.options = {{"bins", "160"}, {"mask", "a"}, {"unit", "2th_deg"}};
  run_identity const two(other, m);
  EXPECT_NE(two.id(), one.id());
  EXPECT_EQ(two.difference_from(one),
            "--bins is 160, but was 150; --mask is a, but was a b; --unit is 2th_deg, but was not given");
  EXPECT_EQ(one.difference_from(two),
            "--bins is 150, but was 160; --mask is a b, but was a; --unit is not given, but was 2th_deg");
  EXPECT_EQ(two.difference_from(run_identity()).substr(0, 40), "the version of xrdct is new; --bins is 1");
}

TEST_F(run_identities, see_other_numbers_behind_the_same_options) {
  auto const m = examined();
  run_identity const one(what_, m);
  auto const difference = [&](auto change) {
    auto other = m;
    change(other);
    return run_identity(what_, other).difference_from(one);
  };
  EXPECT_EQ(difference([](measurement& o) { o.frame_norm.at(3) *= 1 + 1e-15; }), "the norm of the frames has changed");
  EXPECT_EQ(difference([](measurement& o) { o.status.at(3) = frame_status::missing; }),
            "the list of missing or excluded frames has changed");
  EXPECT_EQ(difference([](measurement& o) { ++o.detectors[0].stack.stored_bytes.at(9); }),
            "the list of sizes of frames as stored has changed");
  EXPECT_EQ(difference([](measurement& o) { o.detectors[0].poni_text += " "; }), "the geometry has changed");
  EXPECT_EQ(difference([](measurement& o) { o.detectors[0].pixels.mask.assign(10, 1); }), "the mask has changed");
  EXPECT_EQ(difference([](measurement& o) { o.detectors[0].pixels.dark.assign(10, 1); }), "the dark image has changed");
  EXPECT_EQ(difference([](measurement& o) { o.scan.entry.at(0) = 5; }), "the list of positions has changed");
}

TEST_F(run_identities, see_a_file_that_was_written_again) {
  run_identity const one(what_, examined());
  auto const file = folder_.path() / "scan.h5";
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + std::chrono::seconds(1));
  EXPECT_EQ(run_identity(what_, examined()).difference_from(one), "the file " + file.string() + " has changed");
}

}  // namespace
}  // namespace xrdct
