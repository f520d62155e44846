// Slips as people make them: what the program says, that it is one line, and its exit code.

#include "tests/app/program.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace xrdct::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using words = std::vector<std::string>;

constexpr int rotations = 8, translations = 9, rows = 40, columns = 44;

/// A folder with a small simulated scan, and ways to get something wrong about it.
class messages : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new temporary_folder;
    auto const made = run_in({"simulate", "-o", ".", "--shape", "40", "44", "--rotations", "8", "--translations", "9",
                              "--distance", "0.03", "--log-level", "error"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static finished_run run_in(words const& line) { return run_program(folder_->path(), line); }
  static std::filesystem::path path(std::string const& name) { return *folder_ / name; }

  /// A reconstruction with these options, and those that are needed.
  static finished_run reconstruct(words line) {
    line.insert(line.begin(), {"reconstruct", "scan.h5"});
    if (std::find(line.begin(), line.end(), "--poni") == line.end())
      line.insert(line.end(), {"--poni", "geometry.poni"});
    line.insert(line.end(), {"--bins", "50", "-o", "out.h5", "--overwrite", "--progress", "off"});
    return run_in(line);
  }

  static words warnings_of(finished_run const& done) {
    words all;
    for (auto const& line : done.own_lines())
      if (line.starts_with("xrdct: warning: ")) all.push_back(line);
    return all;
  }

  static void expect_error(words const& given, int code, std::string const& says) {
    auto const done = reconstruct(given);
    SCOPED_TRACE(testing::PrintToString(given));
    EXPECT_EQ(done.code, code) << done.err;
    ASSERT_EQ(done.errors().size(), 1U) << done.err;
    EXPECT_THAT(done.errors()[0], HasSubstr(says));
  }
  static void expect_warning(words const& given, std::string const& says) {
    auto const done = reconstruct(given);
    SCOPED_TRACE(testing::PrintToString(given));
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(warnings_of(done), Contains(HasSubstr(says))) << done.err;
  }

  /// geometry.poni with another value of a key.
  static words with_geometry(std::string const& key, std::string const& value) {
    std::ifstream from(path("geometry.poni"));
    std::ofstream to(path("other.poni"));
    bool found = false;
    for (std::string line; std::getline(from, line);) {
      bool const it = line.starts_with(key + ":");
      found = found || it;
      to << (it ? key + ": " + value : line) << '\n';
    }
    EXPECT_TRUE(found) << key;
    return {"--poni", "other.poni"};
  }

  /// A number a frame, as a text file.
  template <class Value>
  static std::string positions(std::string const& name, Value const& value) {
    std::ofstream file(path(name));
    for (int i = 0; i < rotations; ++i)
      for (int j = 0; j < translations; ++j) file << value(i, j) << '\n';
    return name;
  }

  /// An image of bytes in NumPy's format.
  template <class Value>
  static std::string image(std::string const& name, int height, int width, Value const& value) {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + std::to_string(height) + ", " +
                         std::to_string(width) + "), }";
    header.resize(117, ' ');
    std::ofstream file(path(name), std::ios::binary);
    file << "\x93NUMPY\x01" << '\0' << static_cast<char>(118) << '\0' << header << '\n';
    for (int p = 0; p < height * width; ++p) file << static_cast<char>(value(p));
    return name;
  }

 private:
  static temporary_folder* folder_;
};
temporary_folder* messages::folder_ = nullptr;

TEST_F(messages, NothingIsWarnedOfWhereNothingIsWrong) {
  auto const done = reconstruct({"--mask", "mask.edf"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(warnings_of(done), IsEmpty());
}

TEST_F(messages, WordsOfOtherProgramsLeadToTheOption) {
  for (auto const& [word, option] : {std::pair{"--q-range", "--radial-range"},
                                     {"--npt", "--bins"},
                                     {"--npt_rad", "--bins"},
                                     {"--Omega", "--rotation"},
                                     {"--center", "--axis"},
                                     {"--polarization_factor", "--polarization"},
                                     {"--radial_range", "--radial-range"},
                                     {"--treads", "--threads"}})
    expect_error({word, "3"}, 2, std::string("did you mean '") + option + "'?");
}

TEST_F(messages, OptionsOfAnotherCommandAreTraced) {
  expect_error({"--html", "x"}, 2, "option '--html' is unknown to xrdct reconstruct: it is one of plot");
  auto const done = run_in({"backproject", "out.h5", "--bins", "3", "-o", "x.h5"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("it is one of reconstruct, integrate, inspect and bench"));
}

TEST_F(messages, RangesAreShownAsTheyAre) {
  auto const done = run_in({"simulate", "-o", "x", "--wavelength", "0.2"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("option --wavelength METRES: '0.2' is not between 1e-12 and 1e-09"));
}

TEST_F(messages, OptionsOfWhichNothingComesAreRefused) {
  expect_error({"--despike-threshold", "3"}, 2, "--despike-threshold belongs to --despike, which is not given");
  expect_error({"--polarization-offset", "3"}, 2, "belongs to --polarization, which is not given");
  expect_error({"--polarization", "off", "--polarization-offset", "3"}, 2, "belongs to --polarization, which is off");
  expect_error({"--monitor", "none", "--monitor-reference", "3"}, 2, "belongs to --monitor, which is none");
  expect_error({"--algorithm", "cgls", "--filter", "hann"}, 2, "--filter belongs to --algorithm fbp, not to cgls");
  expect_error({"--algorithm", "tv", "--fill", "zero"}, 2, "--fill belongs to --algorithm fbp, not to tv");
  expect_error({"--algorithm", "sirt", "--pad"}, 2, "--pad belongs to --algorithm fbp, not to sirt");
  EXPECT_EQ(reconstruct({"--despike", "--despike-threshold", "3", "--monitor-reference", "9"}).code, 0);
}

TEST_F(messages, GeometriesInOtherUnitsAreDoubted) {
  expect_warning(with_geometry("Wavelength", "0.2"), "is it in angstrom (then 2e-11 m)?");
  expect_warning(with_geometry("Wavelength", "61.99"), "is it an energy in keV");
  expect_warning(with_geometry("Distance", "300"), "is that in mm (0.3 m)?");
  expect_warning(with_geometry("Rot1", "12"), "is it in degrees?");
  expect_warning(with_geometry("Poni1", "0.03"), "outside of its 40 x 44 pixels");
  auto line = with_geometry("Wavelength", "0.2");
  line.insert(line.begin(), {"inspect", "scan.h5"});
  auto const seen = run_in(line);
  EXPECT_EQ(seen.code, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("is it in angstrom"));
}

TEST_F(messages, PositionsThatCannotBeAreTold) {
  expect_error({"--rotation", "dty", "--translation", "rot"}, 3, "they are swapped; correct --rotation and");
  expect_error({"--rotation", "rot", "--translation", "rot"}, 3, "are the same numbers");
  auto const angle = [](int i, int) { return i * 180.0 / rotations; };
  auto const step = [](int, int j) { return (j - 4) * 0.05; };
  words const text{"--rotation", positions("rot.txt", angle), "--translation", positions("dty.txt", step)};
  EXPECT_THAT(warnings_of(reconstruct(text)), IsEmpty());
  expect_warning({"--rotation", "dty.txt", "--translation", "rot.txt"}, "or are rotation and translation swapped?");
  expect_warning({"--rotation", "dty", "--translation", "fpico6"}, "in mm, which is no angle: taken as degrees");
  positions("radians.txt", [](int i, int) { return i * 3.14159265 / rotations; });
  expect_warning({"--rotation", "radians.txt", "--translation", "dty.txt"}, "are they in radians");
  positions("still.txt", [](int, int) { return 7; });
  expect_warning({"--rotation", "still.txt", "--translation", "dty.txt"}, "all frames have the same rotation");
  positions("hole.txt",
            [&](int i, int j) { return i == 1 && j == 2 ? std::string("nan") : std::to_string(angle(i, j)); });
  expect_error({"--rotation", "hole.txt", "--translation", "dty.txt"}, 3, "frame 11 of scan.h5");
  positions("words.txt", [](int, int) { return "far"; });
  expect_error({"--rotation", "words.txt", "--translation", "dty.txt"}, 3, "'words.txt' line 1: 'far' is not a number");
  std::ofstream(path("short.txt")) << "1\n2\n3\n";
  expect_error({"--rotation", "short.txt", "--translation", "dty.txt"}, 3, "has 3 values, but");
}

TEST_F(messages, ImagesThatLeaveNothingAreTold) {
  auto const no = [](int) { return 0; };
  auto const yes = [](int) { return 1; };
  expect_error({"--mask", image("turned.npy", columns, rows, no)}, 3,
               "turned.npy: the mask is 44 x 40 pixels, but the frames are 40 x 44");
  expect_error({"--mask", image("all.npy", rows, columns, yes)}, 3, "the mask excludes every pixel");
  expect_warning({"--mask", image("most.npy", rows, columns, [](int p) { return p % 40 != 7; })}, "is one inverted?");
  expect_error({"--flat", image("no.npy", rows, columns, no)}, 3, "correct --flat or --absorption");
  expect_error({"--mask", "geometry.poni"}, 3, "its format is unknown");
  expect_error({"--poni", "mask.edf"}, 3, "mask.edf: it is not JSON, though it begins so");
}

TEST_F(messages, PicturesReplaceNoResultAndNoFrames) {
  ASSERT_EQ(reconstruct({}).code, 0);
  auto const size = [](std::string const& name) { return std::filesystem::file_size(path(name)); };
  auto const result = size("out.h5"), scan = size("scan.h5");
  for (words const& line : {words{"plot", "out.h5", "-o", "out.h5"}, words{"plot", "out.h5", "--html", "scan.h5"},
                            words{"inspect", "scan.h5", "--map", "scan.h5"},
                            words{"bench", "scan.h5", "--poni", "geometry.poni", "--json", "scan.h5"}}) {
    auto over = line;
    over.emplace_back("--overwrite");
    auto const done = run_in(over);
    EXPECT_EQ(done.code, 2) << done.err;
    ASSERT_EQ(done.errors().size(), 1U) << done.err;
    EXPECT_THAT(done.errors()[0], HasSubstr("choose another name"));
  }
  EXPECT_EQ(size("out.h5"), result);
  EXPECT_EQ(size("scan.h5"), scan);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(run_in({"plot", "out.h5", "-o", "out.png", "--overwrite"}).code, 0);
}

TEST_F(messages, RangesBesideTheDataAreTold) {
  expect_error({"--radial-range", "1000", "2000"}, 3, "there is nothing to reconstruct; check --radial-range");
  expect_warning({"--radial-range", "20", "400"},
                 "channels of --radial-range hold nothing: pixels that are not masked");
  EXPECT_THAT(warnings_of(reconstruct({"--radial-range", "0", "40"})), IsEmpty());
  expect_error({"--channels", "40", "60"}, 2, "there are 50, counted from 0");
  expect_error({"--axis", "100"}, 2, "far outside the translations");
}

}  // namespace
}  // namespace xrdct::test
