#pragma once
/// \file Images written to files of a folder that goes with the test, and what reading them says.

#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/codec/image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace xrdct::test {

class image_file : public testing::Test {
 protected:
  std::string write(std::string const& content) {
    std::string const path = (folder_ / ("image" + std::to_string(++count_))).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::string path() { return (folder_ / ("image" + std::to_string(++count_))).string(); }

  image read(std::string const& content) { return read_image_file(write(content)); }

  /// The message of the input_error that reading throws; it begins with the file's name.
  std::string complaint(std::string const& content) {
    std::string const file = write(content);
    try {
      read_image_file(file);
    } catch (input_error const& error) {
      EXPECT_THAT(error.what(), testing::StartsWith("cannot read image " + file + ": "));
      return error.what();
    }
    return "";
  }

 private:
  temporary_folder folder_;
  int count_ = 0;
};

}  // namespace xrdct::test
