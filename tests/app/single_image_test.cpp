#include "tests/app/program.hpp"
#include "tests/support/image_files.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

namespace xrdct::test {
namespace {

using testing::HasSubstr;
using words = std::vector<std::string>;

class SingleImage : public testing::Test {
 protected:
  SingleImage() {
    made_image image{50, 60, {}};
    for (std::int64_t i = 0; i < 3000; ++i) image.values.push_back(i * i % 997 - 2);
    write_cbf(folder_ / "image.cbf", image);
    write_cbf(folder_ / "other.cbf", image, "AAAAAAAAAAAAAAAAAAAAAA==");
    append_edf(folder_ / "frames.edf", image, "<i4");
    append_edf(folder_ / "frames.edf", image, "<i4");
    std::ofstream(folder_ / "g.poni") << "Distance: 0.05\nPixelSize1: 2e-4\nPixelSize2: 2e-4\nPoni1: 0.001\n"
                                         "Poni2: 0.002\nRot1: 0.02\nRot2: 0\nRot3: 0\nWavelength: 2e-11\n";
  }
  finished_run run(words const& more, int ranks = 0) {
    words line{"integrate", "--log-level", "error", "--threads", "1"};
    line.insert(line.end(), more.begin(), more.end());
    return run_program(folder_.path(), line, ranks);
  }
  std::string content(std::string const& name) {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void expect_error(words const& line, int code, std::string const& what, int ranks = 0) {
    auto const done = run(line, ranks);
    EXPECT_EQ(done.code, code) << done.err;
    ASSERT_EQ(done.errors().size(), 1U) << done.err;
    EXPECT_THAT(done.errors()[0], HasSubstr(what));
  }

  temporary_folder folder_;
};

TEST_F(SingleImage, TextIsTheSameForAnyNumberOfRanks) {
  words const line{"image.cbf", "--poni", "g.poni", "--bins", "90", "--unit", "2th_deg", "-o", "p.dat", "--overwrite"};
  ASSERT_EQ(run(line).code, 0);
  auto const alone = content("p.dat");
  EXPECT_THAT(alone, HasSubstr("\n# columns: two_theta [deg], intensity, sigma"));
  for (int ranks : {1, 3}) {
    auto const done = run(line, ranks);
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(content("p.dat"), alone) << ranks;
  }
}

TEST_F(SingleImage, MistakesAreOneLine) {
  expect_error({"image.cbf", "--dataset", "/a", "--poni", "g.poni", "-o", "p.h5"}, 2, "image.cbf");
  expect_error({"frames.edf", "--poni", "g.poni", "-o", "p.xy"}, 2, "frames.edf has 2 frames");
  expect_error({"frames.edf", "--poni", "g.poni", "-o", "p.xy"}, 2, "frames.edf has 2 frames", 2);
  expect_error({"image.cbf", "--poni", "g.poni", "--error-model", "none", "-o", "p.xye"}, 2, "--error-model");
  expect_error({"absent.cbf", "--poni", "g.poni", "-o", "p.xy"}, 3, "absent.cbf");
  expect_error({"other.cbf", "--verify", "--poni", "g.poni", "-o", "p.xy"}, 3, "checksum", 2);
  EXPECT_EQ(run({"other.cbf", "--poni", "g.poni", "-o", "p.xy"}).code, 0);
  expect_error({"other.cbf", "--poni", "g.poni", "-o", "p.xy"}, 2, "--overwrite");
  expect_error({"other.cbf", "--poni", "g.poni", "-o", "absent/p.xy"}, 1, "absent/p.xy");
}

TEST_F(SingleImage, OfAPilatusHasThePeaksOfCeriumOxide) {
  XRDCT_NEEDS_SHARED("data/cbf/pilatus2m_CeO2/CeO2.cbf");
  auto const data = shared("data/cbf/pilatus2m_CeO2");
  auto const done =
      run({data / "CeO2.cbf", "--verify", "--poni", data / "CeO2.poni", "--mask", data / "mask.edf", "-o", "p.xy"});
  ASSERT_EQ(done.code, 0) << done.err;
  std::istringstream lines(content("p.xy"));
  double at = 0;
  double highest = 0;
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    std::istringstream row(line);
    double q = 0, intensity = 0;
    ASSERT_TRUE(row >> q >> intensity) << line;
    ++rows;
    if (intensity > highest) highest = intensity, at = q;
  }
  EXPECT_EQ(rows, 1000);
  EXPECT_NEAR(at, 2 * M_PI / 0.3124, 0.05);  // the 111 reflection, a = 0.5411 nm
}

}  // namespace
}  // namespace xrdct::test
