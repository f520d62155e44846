// The output's name before and after a run, and beside another one.

#include "xrdct/pipeline/output_file.hpp"

#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

class output_names : public ::testing::Test {
 protected:
  job writing_to(std::string const& name) const {
    job what;
    what.output = (folder_ / name).string();
    what.overwrite = true;
    return what;
  }
  static std::string text_in(std::string const& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static exit_code code_of(job const& what) {
    try {
      output_file const output(what, communicator());
    } catch (error const& e) {
      return e.code();
    }
    return exit_code::done;
  }
  test::temporary_folder folder_;
};

TEST_F(output_names, nothing_stays_of_a_run_that_does_not_publish) {
  auto const what = writing_to("out.h5");
  {
    output_file const output(what, communicator());
    EXPECT_TRUE(fs::exists(output.unfinished()));
    EXPECT_FALSE(fs::exists(what.output));
  }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(output_names, what_a_killed_run_has_left_is_replaced) {
  auto const what = writing_to("out.h5");
  std::ofstream(unfinished_name(what.output)) << "half a result";
  output_file output(what, communicator());
  std::ofstream(output.unfinished()) << "a result";
  output.publish();
  EXPECT_EQ(text_in(what.output), "a result");
  EXPECT_FALSE(fs::exists(output.unfinished()));
}

TEST_F(output_names, a_second_run_with_the_same_output_is_not_published_by_the_first) {
  auto const what = writing_to("out.h5");
  {
    output_file earlier(what, communicator());
    output_file later(what, communicator());
    std::ofstream(later.unfinished()) << "the later run";
    EXPECT_THROW(earlier.publish(), error);
    EXPECT_TRUE(fs::exists(later.unfinished()));
    later.publish();
  }
  EXPECT_EQ(text_in(what.output), "the later run");
}

TEST_F(output_names, what_options_name_is_not_replaced) {
  auto what = writing_to("read.h5");
  std::ofstream(what.output) << "an input";
  EXPECT_EQ(code_of(what), exit_code::done);
  for (auto* const named : {&what.configuration, &what.scan.rotation, &what.scan.translation, &what.geometry.monitor}) {
    *named = (folder_.path() / "." / "read.h5").string();
    EXPECT_EQ(code_of(what), exit_code::usage);
    named->clear();
  }
  for (auto* const files : {&what.input.files, &what.geometry.ponis}) {
    *files = {"another", what.output + "::/data"};
    EXPECT_EQ(code_of(what), exit_code::usage);
    files->clear();
  }
  for (auto* const images :
       {&what.input.masks, &what.input.darks, &what.input.flats, &what.input.absorptions, &what.input.variances}) {
    *images = {{what.output, {}}};
    EXPECT_EQ(code_of(what), exit_code::usage);
    images->clear();
  }
  EXPECT_EQ(text_in(what.output), "an input");
}

TEST_F(output_names, devices_and_pipes_are_not_replaced) {
  auto const what = writing_to("pipe");
  ASSERT_EQ(::mkfifo(what.output.c_str(), 0600), 0);
  EXPECT_EQ(code_of(what), exit_code::usage);
  EXPECT_TRUE(fs::is_fifo(what.output));
  EXPECT_EQ(code_of(writing_to("nowhere/out.h5")), exit_code::failed);
}

}  // namespace
}  // namespace xrdct
