#include "tests/app/program.hpp"
#include "tests/support/shared_data.hpp"
#include "xrdct/io/arrays.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace xrdct::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using words = std::vector<std::string>;

constexpr char const* all_commands[] = {"reconstruct", "integrate", "backproject", "inspect",
                                        "plot",        "simulate",  "bench"};

/// A folder with a small simulated scan, shared by the tests that read it.
class App : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new temporary_folder;
    auto const made = run({"simulate", "-o", "scan", "--shape", "40", "44", "--rotations", "6", "--translations", "7",
                           "--distance", "0.03", "--log-level", "error"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static finished_run run(words const& line, int ranks = 0) { return run_program(folder_->path(), line, ranks); }
  static std::filesystem::path path(std::string const& name) { return *folder_ / name; }
  static void write(std::string const& name, std::string const& text) { std::ofstream(path(name)) << text; }

  /// One error line that holds `what`, this code, and nothing on standard output.
  static void expect_error(words const& line, int code, std::string const& what, int ranks = 0) {
    auto const done = run(line, ranks);
    EXPECT_EQ(done.code, code) << done.err;
    ASSERT_EQ(done.errors().size(), 1U) << done.err;
    EXPECT_THAT(done.errors()[0], StartsWith("xrdct: error: "));
    EXPECT_THAT(done.errors()[0], HasSubstr(what));
    EXPECT_THAT(done.out, IsEmpty());
    if (ranks == 0) {  // launchers have something to say themselves
      EXPECT_THAT(done.err, StartsWith("xrdct: "));
    }
  }
  /// Options of a job that reads the simulated scan, and more.
  static words job(char const* command, words const& more) {
    words line{command,      "scan/scan.h5",         "--mask",        "scan/mask.edf",
               "--rotation", "/1.1/measurement/rot", "--translation", "/1.1/measurement/dty"};
    if (std::find(more.begin(), more.end(), "--poni") == more.end())
      line.insert(line.end(), {"--poni", "scan/geometry.poni"});
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }

 private:
  static temporary_folder* folder_;
};
temporary_folder* App::folder_ = nullptr;

TEST_F(App, HelpOfEveryCommandNamesItsOptionsOnStandardOutput) {
  auto const whole = run({"--help"});
  EXPECT_EQ(whole.code, 0);
  EXPECT_THAT(whole.err, IsEmpty());
  for (auto const* command : all_commands) {
    EXPECT_THAT(whole.out, HasSubstr(command));
    auto const help = run({command, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.err, IsEmpty());
    EXPECT_THAT(help.out, StartsWith("Usage: xrdct " + std::string(command)));
    EXPECT_THAT(help.out, HasSubstr("--log-level LEVEL"));
    EXPECT_THAT(help.out, HasSubstr("--config FILE"));
    EXPECT_THAT(help.out, HasSubstr("\nExamples:\n  xrdct " + std::string(command)));
    EXPECT_EQ(run({command, "-h"}).out, help.out);
    EXPECT_EQ(run({"help", command}).out, help.out);
    std::istringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
  EXPECT_THAT(run({"reconstruct", "--help"}).out, HasSubstr("--bins N"));
  EXPECT_THAT(run({"backproject", "--help"}).out, Not(HasSubstr("--bins")));
}

TEST_F(App, HelpGoesBeforeMistakes) { EXPECT_EQ(run({"reconstruct", "--binz", "7", "--help"}).code, 0); }

TEST_F(App, TellsItsVersion) {
  auto const done = run({"--version"});
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.out, testing::MatchesRegex("xrdct [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(App, WrongUsageIsOneLineAndCodeTwo) {
  expect_error({}, 2, "no command");
  expect_error({"reconstuct"}, 2, "did you mean 'reconstruct'?");
  expect_error({"dance"}, 2, "no command 'dance'");
  expect_error({"--bins", "5"}, 2, "a command comes first");
  expect_error({"reconstruct", "x.h5", "--binz", "5", "-o", "y"}, 2, "did you mean '--bins'?");
  expect_error({"reconstruct", "x.h5", "--quxfrobnicate"}, 2, "'--quxfrobnicate' is unknown");
  expect_error({"reconstruct", "x.h5", "-z"}, 2, "'-z' is unknown");
  expect_error({"backproject", "x.h5", "--bins", "5", "-o", "y"}, 2, "'--bins' is unknown to xrdct backproject");
  expect_error({"reconstruct", "x.h5", "-o", "y", "--bins"}, 2, "--bins N");
  expect_error({"reconstruct", "x.h5", "--bins", "-o", "y"}, 2, "--bins N");
  expect_error({"reconstruct", "x.h5", "-o", "y", "--radial-range", "1"}, 2, "--radial-range LO HI");
  expect_error({"reconstruct", "x.h5", "-o", "y", "--bins", "5", "--bins=6"}, 2, "given twice");
  expect_error({"reconstruct", "x.h5", "-o", "y", "--no-solid-angle=yes"}, 2, "takes no value");
  expect_error({"reconstruct", "-o", "y"}, 2, "needs a file");
  expect_error({"reconstruct", "x.h5"}, 2, "-o FILE");
  expect_error({"backproject", "a.h5", "b.h5", "-o", "y"}, 2, "'a.h5' and 'b.h5'");
  expect_error({"reconstruct", "a.h5", "b.h5", "c.h5", "--poni", "g", "--poni", "h", "-o", "y"}, 2,
               "3 inputs, but --poni is given 2 times");
  expect_error({"inspect", "a.h5", "--poni", "g", "--poni", "h"}, 2, "1 input, but --poni is given 2 times");
  expect_error({"integrate", "a.h5", "--poni", "g", "--mask", "2:m.edf", "-o", "y"}, 2, "there is one input");
  expect_error({"integrate", "a.h5", "--poni", "g", "--dark", "d", "--dark", "1:e", "-o", "y"}, 2,
               "--dark is given twice");
  expect_error({"reconstruct", "a.h5::/x", "--dataset", "/y", "-o", "y"}, 2, "given twice");
  expect_error({"simulate", "there", "-o", "y"}, 2, "takes no 'there'");
}

TEST_F(App, IllValuesNameTheOption) {
  struct ill {
    words given;
    char const* says;
  };
  ill const all[] = {{{"--bins", "many"}, "'many' is not a whole number"},
                     {{"--bins", "0"}, "'0' is less than 1"},
                     {{"--bins", "99999999999999999999"}, "not a whole number"},
                     {{"--bins", "5x"}, "not a whole number"},
                     {{"--unit", "furlongs"}, "2th_deg"},
                     {{"--split", "half"}, "half"},
                     {{"--error-model", "guess"}, "azimuthal"},
                     {{"--reject", "most"}, "sigma-clip"},
                     {{"--reject-threshold", "-1"}, "below 0"},
                     {{"--reject-threshold", "nan"}, "not a number"},
                     {{"--reject-cycles", "0"}, "less than 1"},
                     {{"--reject-cycles", "101"}, "more than 100"},
                     {{"--reject-quantiles", "-1", "50"}, "between 0 and 100"},
                     {{"--reject-quantiles", "10", "100.5"}, "between 0 and 100"},
                     {{"--reject-quantiles", "60", "40"}, "nothing between"},
                     {{"--radial-range", "5", "5"}, "empty"},
                     {{"--radial-range", "nan", "5"}, "not a number"},
                     {{"--polarization", "1.5"}, "between -1 and 1"},
                     {{"--normalization", "0"}, "not above 0"},
                     {{"--transmission-reference", "0"}, "not above 0"},
                     {{"--saturation", "-5"}, "not above 0"},
                     {{"--air", "7"}, "is not a range"},
                     {{"--air", "7:7"}, "7:7 is empty"},
                     {{"--air", "columns:0"}, "columns:N"},
                     {{"--filter", "sharp"}, "shepp-logan"},
                     {{"--convention", "mine"}, "skimage"},
                     {{"--channels", "7", "7"}, "empty"},
                     {{"--fill", "sand"}, "linear"},
                     {{"--size", "-3"}, "less than 1"},
                     {{"--backend", "abacus"}, "reference"},
                     {{"--gather", "pigeons"}, "nccl"},
                     {{"--bad-frames", "ignore"}, "skip"},
                     {{"--progress", "maybe"}, "maybe"},
                     {{"--log-level", "loud"}, "loud"},
                     {{"--dummy", "dumb"}, "not a number"},
                     {{"--delta-dummy", "1"}, "--dummy"},
                     {{"--position-tolerance", "0.9"}, "between 0 and 0.5"}};
  for (auto const& [given, says] : all) {
    words line = job("reconstruct", given);
    line.insert(line.end(), {"-o", "never.h5"});
    SCOPED_TRACE(given[0] + " " + (given.size() > 1 ? given[1] : ""));
    expect_error(line, 2, says);
    expect_error(line, 2, given[0]);
  }
  EXPECT_FALSE(std::filesystem::exists(path("never.h5")));
}

TEST_F(App, OptionsThatContradictEachOtherAreRefused) {
  expect_error({"reconstruct", "x.h5", "-o", "y", "--order", "zigzag"}, 2, "--order needs --grid");
  expect_error({"reconstruct", "x.h5", "-o", "y", "--grid", "3", "4", "--rotation", "r", "--translation", "t"}, 2,
               "--grid");
  expect_error({"simulate", "-o", "y", "--detector", "Pilatus 1M", "--shape", "3", "4"}, 2, "--detector");
  expect_error({"simulate", "-o", "y", "--poni", "p", "--distance", "3"}, 2, "--poni");
  expect_error({"simulate", "-o", "y", "--axis", "9"}, 2, "--axis");
  expect_error({"simulate", "-o", "y", "--phases", "Kryptonite"}, 2, "Kryptonite");
}

TEST_F(App, WaysToRejectAndToFindErrorsGoTogetherOrAreRefused) {
  auto const refused = [](words const& given, char const* says) {
    words line = {"integrate", "x.h5", "-o", "y"};
    line.insert(line.end(), given.begin(), given.end());
    SCOPED_TRACE(given[0] + " " + given[1]);
    expect_error(line, 2, says);
  };
  refused({"--reject-threshold", "3"}, "--reject-threshold belongs to --reject sigma-clip, not to --reject none");
  refused({"--reject", "median", "--reject-threshold", "3"}, "sigma-clip, not to --reject median");
  refused({"--reject-cycles", "3", "--reject", "trimmed-mean"}, "--reject-cycles belongs to --reject sigma-clip");
  refused({"--reject", "median", "--reject-quantiles", "10", "90"}, "belongs to --reject trimmed-mean");
  refused({"--reject", "sigma-clip", "--reject-quantiles", "10", "90"}, "belongs to --reject trimmed-mean");
  refused({"--reject", "sigma-clip", "--error-model", "none"}, "without --error-model none");
  refused({"--variance", "v.npy", "--error-model", "azimuthal"}, "use one of them");
  refused({"--variance", "v.npy", "--error-model", "none"}, "use one of them");
}

TEST_F(App, TheRecordHoldsWhatHadAPartInErrorsAndRejection) {
  auto const option = [](words more, char const* name) {
    more.insert(more.end(), {"-o", "recorded.h5", "--overwrite", "--bins", "20", "--log-level", "error"});
    auto const done = run(job("integrate", more));
    EXPECT_EQ(done.code, 0) << done.err;
    std::string stored(name);
    std::replace(stored.begin(), stored.end(), '-', '_');
    return read_text(path("recorded.h5").string(), "/entry/process/options/" + stored);
  };
  EXPECT_EQ(option({}, "reject"), "none");
  EXPECT_EQ(option({}, "reject-threshold"), "");
  EXPECT_EQ(option({"--reject", "sigma-clip", "--reject-threshold", "3.5"}, "reject-threshold"), "3.5");
  EXPECT_EQ(option({"--reject", "sigma-clip"}, "reject-cycles"), "5");
  EXPECT_EQ(option({"--reject", "sigma-clip"}, "reject-quantiles"), "");
  EXPECT_EQ(option({"--reject", "trimmed-mean"}, "reject-quantiles"), "10 90");
  EXPECT_EQ(option({"--reject", "median", "--error-model", "azimuthal"}, "error-model"), "azimuthal");
  EXPECT_EQ(option({"--variance", "scan/mask.edf"}, "error-model"), "");
  EXPECT_EQ(option({"--variance", "scan/mask.edf"}, "variance"), "scan/mask.edf");
}

TEST_F(App, BadInputIsOneLineAndCodeThree) {
  expect_error({"reconstruct", "absent.h5", "--grid", "2", "3", "--poni", "p", "-o", "y.h5"}, 3, "absent.h5");
  expect_error({"inspect", "absent.h5"}, 3, "absent.h5");
  expect_error({"plot", "absent.h5", "-o", "y.png"}, 3, "absent.h5");
  expect_error({"plot", "scan/truth.h5", "-o", "y.png"}, 3, "holds no tomogram");
  expect_error({"backproject", "scan/truth.h5", "-o", "y.h5"}, 3, "scan/truth.h5");
  expect_error(job("reconstruct", {"--dataset", "/1.1/measurement/detektor", "-o", "y.h5"}), 3, "detektor");
  expect_error(job("reconstruct", {"--poni", "absent.poni", "-o", "y.h5"}), 3, "absent.poni");
  write("broken.poni", "Detector_config: {\"pixel1\": 1e-4, \"pixel2\": 1e-4}\nPoni1: 0\nWavelength: 1e-11\n");
  expect_error(job("reconstruct", {"--poni", "broken.poni", "-o", "y.h5"}), 3, "Distance");
  write("plain.txt", "no HDF5\n");
  expect_error({"inspect", "plain.txt"}, 3, "plain.txt");
  expect_error({"simulate", "-o", "y", "--detector", "Pilatus 7Q"}, 3, "Pilatus");
  expect_error(job("reconstruct", {"--config", "absent.ini", "-o", "y.h5"}), 3, "absent.ini");
  for (auto const* name : {"y.h5", "y.png", "y"}) EXPECT_FALSE(std::filesystem::exists(path(name))) << name;
}

TEST_F(App, WhatExistsIsReplacedOnlyWhereThatIsAsked) {
  write("plain.txt", "in the way\n");
  ASSERT_EQ(run(job("reconstruct", {"-o", "small.h5", "--bins", "20", "--overwrite"})).code, 0);
  expect_error({"simulate", "-o", "scan"}, 2, "--overwrite");
  expect_error({"plot", "small.h5", "-o", "plain.txt"}, 2, "--overwrite");
  expect_error({"plot", "small.h5", "-o", "new.JPG"}, 2, "ends with .png");
  expect_error(job("reconstruct", {"-o", "plain.txt"}), 2, "--overwrite");
}

TEST_F(App, WhatCannotBeWrittenIsCodeOne) {
  expect_error({"simulate", "-o", "scan/scan.h5/below"}, 1, "scan.h5");
  write("plain.txt", "in the way\n");
  ASSERT_EQ(run(job("reconstruct", {"-o", "small.h5", "--bins", "20", "--overwrite"})).code, 0);
  expect_error({"plot", "small.h5", "-o", "plain.txt/below.png"}, 1, "plain.txt");
}

TEST_F(App, ManyRanksSayAnErrorOnce) {
  expect_error({"reconstruct", "x.h5", "--binz", "5", "-o", "y"}, 2, "did you mean '--bins'?", 3);
  expect_error({"reconstruct", "absent.h5", "--grid", "2", "3", "--poni", "p", "-o", "y.h5"}, 3, "absent.h5", 3);
  expect_error({"inspect", "absent.h5"}, 3, "absent.h5", 3);
  expect_error({"simulate", "-o", "scan"}, 2, "--overwrite", 3);
  auto const help = run({"--help"}, 3);
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.out, run({"--help"}).out);
}

TEST_F(App, ConfigurationFilesGiveOptionsThatTheCommandLineOverrides) {
  write("job.ini",
        "# a job\nbins = 7\nunit = 2th_deg   # degrees\n\n[geometry]\nradial-range = 1.5 9\nno-solid-angle = true\n"
        "[tomogram]\nfilter = hann\n[input]\nmask = scan/mask.edf\ndead-pixels = 3\n");
  words const common{"--config", "job.ini", "-o", "configured.h5", "--overwrite"};
  words line = job("integrate", common);
  ASSERT_EQ(run(line).code, 0) << run(line).err;
  line = job("reconstruct", common);
  line.insert(line.end(), {"--bins", "9"});
  ASSERT_EQ(run(line).code, 0) << run(line).err;
  auto const seen = run({"plot", "configured.h5", "--channels", "8", "9", "-o", "c.png", "--overwrite"});
  EXPECT_EQ(seen.code, 0) << seen.err;  // nine channels: that of the command line
  expect_error({"plot", "configured.h5", "--channels", "8", "10", "-o", "c.png", "--overwrite"}, 3, "9 channels");
  write("typo.ini", "bin = 7\n");
  expect_error(job("reconstruct", {"--config", "typo.ini", "-o", "y.h5"}), 2, "typo.ini");
  expect_error(job("reconstruct", {"--config", "typo.ini", "-o", "y.h5"}), 2, "did you mean 'bins'?");
  write("noise.ini", "this is no option\n");
  expect_error(job("reconstruct", {"--config", "noise.ini", "-o", "y.h5"}), 2, "noise.ini");
  write("ill.ini", "radial-range = 1\n");
  expect_error(job("reconstruct", {"--config", "ill.ini", "-o", "y.h5"}), 2, "radial-range");
  write("flag.ini", "no-solid-angle = perhaps\n");
  expect_error(job("reconstruct", {"--config", "flag.ini", "-o", "y.h5"}), 2, "true or false");
}

TEST_F(App, SeveralValuesTakeNoMoreThanTheirOwnWords) {
  auto const done = run({"integrate", "--radial-range", "-1", "50", "scan/scan.h5::/1.1/measurement/detector", "--poni",
                         "scan/geometry.poni", "--azimuth-range", "-90", "90", "--bins", "11", "-o", "words.h5"});
  EXPECT_EQ(done.code, 0) << done.err;
}

TEST_F(App, FromASimulationToAPicture) {
  auto const done = run(job("reconstruct", {"-o", "result.h5", "--bins", "40"}));
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, IsEmpty());
  EXPECT_EQ(run({"backproject", "result.h5", "--filter", "hann", "-o", "soft.h5"}).code, 0);
  ASSERT_EQ(run({"plot", "result.h5", "-o", "result.png"}).code, 0);
  for (words const& what : {words{"--show", "sinogram"},
                            {"--show", "pattern"},
                            {"--show", "voxel"},
                            {"--voxel", "0", "-0.1"},
                            {"--voxel", "0", "0", "--voxel", "0.1", "0"},
                            {"--range", "10", "20", "--channels", "3", "5"}}) {
    words line{"plot", "result.h5", "-o", "more.png", "--overwrite"};
    line.insert(line.end(), what.begin(), what.end());
    EXPECT_EQ(run(line).code, 0) << run(line).err;
  }
  expect_error({"plot", "result.h5", "--show", "all", "-o", "no.png"}, 2, "use maps, sinogram, pattern, voxel or auto");
  expect_error({"plot", "result.h5", "--voxel", "77", "0", "-o", "no.png"}, 3, "--voxel: x = 77");
  expect_error({"plot", "result.h5", "--range", "900", "901", "-o", "no.png"}, 3, "--range: no channel");
  expect_error({"plot", "result.h5", "--range", "9", "8", "-o", "no.png"}, 2, "--range");
  expect_error({"plot", "result.h5", "--show", "maps", "--voxel", "0", "0", "-o", "no.png"}, 2, "--show voxel");
  std::ifstream picture(path("result.png"), std::ios::binary);
  std::string start(8, '\0');
  picture.read(start.data(), 8);
  EXPECT_EQ(start, "\x89PNG\r\n\x1a\n");
  EXPECT_GT(std::filesystem::file_size(path("result.png")), 10'000U);
  auto const looked = run({"inspect", "scan/scan.h5"});
  EXPECT_EQ(looked.code, 0) << looked.err;
  EXPECT_THAT(looked.out, HasSubstr("/1.1/measurement/detector"));
}

TEST_F(App, InspectTellsAllEvenWhereAnOptionIsWrong) {
  auto const whole = run(job("inspect", {"--bins", "30", "--threads", "1"}));
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_THAT(whole.err, IsEmpty());
  for (char const* word : {"42 of 40 x 44 pixels", "6 rotations", "rotation      ", "masked", "needed", "frames/s"})
    EXPECT_THAT(whole.out, HasSubstr(word));
  EXPECT_THAT(run(job("inspect", {"--json"})).out, StartsWith("{"));
  auto const wrong = run(job("inspect", {"--poni", "absent.poni"}));
  EXPECT_EQ(wrong.code, 3);
  EXPECT_THAT(wrong.out, HasSubstr("6 rotations"));
  ASSERT_EQ(wrong.errors().size(), 1U) << wrong.err;
  EXPECT_THAT(wrong.errors()[0], HasSubstr("absent.poni"));
  EXPECT_EQ(run(job("inspect", {"--map", "plan.png"}), 2).code, 0);
  EXPECT_GT(std::filesystem::file_size(path("plan.png")), 1000U);
  expect_error({"inspect", "scan/scan.h5", "--threads", "0"}, 2, "--threads");
}

TEST_F(App, SectorsFromFramesToAPicture) {
  auto const done = run(job("reconstruct", {"-o", "texture.h5", "--bins", "30", "--azimuth-bins", "4"}), 2);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(run({"backproject", "texture.h5", "--channels", "3", "9", "-o", "some.h5"}).code, 0);
  for (char const* file : {"texture.h5", "some.h5"}) {
    EXPECT_EQ(run({"plot", file, "-o", "texture.png", "--overwrite"}).code, 0);
    EXPECT_EQ(run({"plot", file, "--sector", "3", "-o", "texture.png", "--overwrite"}).code, 0);
    expect_error({"plot", file, "--sector", "4", "-o", "no.png"}, 3, "4 sectors, counted from 0");
  }
  expect_error({"plot", "texture.h5", "--sector", "-1", "-o", "no.png"}, 2, "--sector");
  expect_error(job("reconstruct", {"-o", "no.h5", "--azimuth-bins", "0"}), 2, "--azimuth-bins");
  expect_error(job("integrate", {"-o", "no.h5", "--azimuth-bins", "360", "--bins", "50000"}), 2, "at most 16777216");
  auto const looked = run(job("inspect", {"--bins", "30", "--azimuth-bins", "4", "--channels", "5", "9"}));
  EXPECT_EQ(looked.code, 0) << looked.err;
  EXPECT_THAT(looked.out, HasSubstr("sinogram 4 x 6 x 7 x 30 ("));
  EXPECT_THAT(looked.out, HasSubstr("tomogram 4 x 7 x 7 x 4 ("));
  EXPECT_THAT(looked.out, HasSubstr("sectors       4, centres at azimuths of "));
}

TEST_F(App, QuietMeansQuiet) {
  auto const done = run(job("reconstruct", {"-o", "quiet.h5", "--bins", "20", "--log-level", "error"}));
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.err, IsEmpty());
}

std::string bytes_of_file(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(App, RanksShareASimulation) {
  words const options{"--shape", "50",         "30",   "--rotations", "7",     "--translations",    "5", "--crystals",
                      "20",      "--distance", "0.03", "--log-level", "error", "--frames-per-file", "10"};
  for (int ranks : {0, 3}) {
    words line{"simulate", "-o", "by" + std::to_string(ranks)};
    line.insert(line.end(), options.begin(), options.end());
    auto const done = run(line, ranks);
    ASSERT_EQ(done.code, 0) << done.err;
  }
  for (auto const* name : {"geometry.poni", "mask.edf", "scan_frames/frames_0000.h5", "scan_frames/frames_0003.h5"}) {
    auto const alone = bytes_of_file(path("by0") / name);
    EXPECT_FALSE(alone.empty()) << name;
    EXPECT_TRUE(alone == bytes_of_file(path("by3") / name)) << name;
  }
}

}  // namespace
}  // namespace xrdct::test
