#include "xrdct/devices/plugin.hpp"

#include "tests/support/shared_data.hpp"
#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace xrdct {
namespace {

using testing::HasSubstr;

std::filesystem::path fake(std::string const& name) {
  return std::filesystem::path(XRDCT_FAKE_PLUGINS) / name / "libxrdct_cuda.so";
}

/// What opening it says; nothing where it opens.
std::string refusal(std::filesystem::path const& file) try {
  device_plugin const opened(file);
  return "";
} catch (runtime_failure const& e) {
  return e.what();
}

/// An environment variable for the length of a scope.
class variable {
 public:
  variable(char const* name, std::string const& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~variable() { ::unsetenv(name_); }
  variable(variable const&) = delete;
  variable& operator=(variable const&) = delete;

 private:
  char const* name_;
};

TEST(plugin, is_beside_the_program) {
  EXPECT_EQ(plugin_file().filename(), "libxrdct_cuda.so");
  EXPECT_TRUE(plugin_file().is_absolute());
  EXPECT_EQ(plugin_file().parent_path().filename(), "xrdct");
}

TEST(plugin, that_is_not_there) {
  EXPECT_THAT(refusal("/nowhere/libxrdct_cuda.so"), HasSubstr("built without CUDA (there is no /nowhere/"));
}

TEST(plugin, of_another_interface_or_build_is_refused) {
  EXPECT_EQ(refusal(fake("good")), "");
  EXPECT_THAT(refusal(fake("other_abi")), HasSubstr("refuses to work with this program"));
  EXPECT_THAT(refusal(fake("other_build")), HasSubstr("it is of build 0.0.0-0123456789abcdef"));
  EXPECT_THAT(refusal(fake("no_entry")), HasSubstr("is no plugin of this program"));
  EXPECT_THAT(refusal(fake("unresolved")), HasSubstr("xrdct_of_no_library"));
}

TEST(plugin, that_is_garbage_or_cut_short_is_refused) {
  test::temporary_folder const folder;
  auto const file = folder / "libxrdct_cuda.so";
  std::ofstream(file) << "";
  EXPECT_THAT(refusal(file), HasSubstr("is not a whole shared library"));
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_THAT(refusal(file), HasSubstr("is not a whole shared library"));

  std::ifstream good(fake("good"), std::ios::binary);
  std::string const bytes((std::istreambuf_iterator<char>(good)), {});
  ASSERT_GT(bytes.size(), 1000U);
  for (auto const size : {std::size_t{60}, std::size_t{64}, std::size_t{1000}, bytes.size() / 2, bytes.size() - 1}) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes.substr(0, size);
    EXPECT_THAT(refusal(file), HasSubstr("is not a whole shared library")) << size;
  }
  // A header that is right at its start, and says anything.
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    auto changed = bytes.substr(0, 64);
    for (std::size_t at = 4; at < 64; ++at) changed[at] = static_cast<char>(random());
    std::ofstream(file, std::ios::binary | std::ios::trunc) << changed + bytes.substr(64);
    EXPECT_NE(refusal(file), "");
  }
}

TEST(plugin, tells_of_its_devices) {
  device_plugin const opened(fake("good"));
  variable const gpus("FAKE_GPUS", "3,1");
  auto const found = opened.devices();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(uuid_text(found[0]), "GPU-00000000-0000-0000-0000-000000000003");
  EXPECT_EQ(uuid_text(found[1]), "GPU-00000000-0000-0000-0000-000000000001");
  opened.open(1);
  EXPECT_EQ(opened.memory(1).free, std::uint64_t{8} << 30);
  auto const made = opened.make(1, std::uint64_t{512} << 20);
  EXPECT_EQ(made->description(), "made up (number 1, 512 MiB)");
}

TEST(plugin, without_devices_and_with_errors_says_so) {
  device_plugin const opened(fake("good"));
  auto const says = [&](auto const& work) {
    try {
      work();
    } catch (runtime_failure const& e) {
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  EXPECT_THAT(says([&] { opened.devices(); }), HasSubstr("shows no device"));
  variable const gpus("FAKE_GPUS", "0");
  for (std::string const what : {"count", "describe", "open", "memory", "make"}) {
    variable const failing("FAKE_FAILS", what);
    EXPECT_EQ(says([&] {
                if (what == "count" || what == "describe") opened.devices();
                if (what == "open") opened.open(0);
                if (what == "memory") opened.memory(0);
                if (what == "make") opened.make(0, 1);
              }),
              "the made-up device cannot be used: " + what);
  }
}

}  // namespace
}  // namespace xrdct
