// What --overwrite may replace.

#include "xrdct/base/free_name.hpp"
#include "xrdct/base/error.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace xrdct {
namespace {

class free_name : public testing::Test {
 protected:
  free_name() { std::filesystem::create_directories(folder_); }
  ~free_name() override { std::filesystem::remove_all(folder_); }
  std::string file(std::string const& name, std::string const& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("xrdct-free-name-" + std::to_string(::getpid()));
};

std::string refusal(std::string const& path, output_kind kind, bool overwrite) {
  try {
    require_free_name(path, kind, overwrite);
  } catch (usage_error const& e) {
    return e.what();
  }
  return "";
}

TEST_F(free_name, is_one_that_nothing_has) {
  for (auto const kind : {output_kind::picture, output_kind::page, output_kind::json})
    for (bool const overwrite : {false, true}) {
      EXPECT_EQ(refusal(folder_ / "absent", kind, overwrite), "");
      EXPECT_EQ(refusal("", kind, overwrite), "");
      EXPECT_NE(refusal(folder_, kind, overwrite), "");
    }
  EXPECT_EQ(refusal("/dev/null", output_kind::picture, true), "");
}

TEST_F(free_name, may_be_that_of_the_same_kind) {
  std::string const png = "\x89PNG\r\n\x1a\nand more", page = "<!DOCTYPE html>\n<html>", json = "{\"a\": 1}";
  std::string const hdf5 = "\x89HDF\r\n\x1a\n";
  struct written {
    output_kind kind;
    std::string bytes;
  };
  std::string const all[] = {png, page, json, hdf5, "\x89PN", "plain text"};
  for (auto const& [kind, own] :
       {written{output_kind::picture, png}, {output_kind::page, page}, {output_kind::json, json}}) {
    for (auto const& bytes : all) {
      auto const path = file("there", bytes);
      EXPECT_NE(refusal(path, kind, false).find("add --overwrite"), std::string::npos);
      EXPECT_EQ(refusal(path, kind, true).empty(), bytes == own) << bytes;
    }
    EXPECT_EQ(refusal(file("there", ""), kind, true), "");  // of a run that was cut short
    EXPECT_NE(refusal(file("there", ""), kind, false), "");
  }
  EXPECT_NE(refusal(file("there", hdf5), output_kind::picture, true).find("is no PNG picture"), std::string::npos);
}

}  // namespace
}  // namespace xrdct
