// The built program with plugins and drivers that are made up: what it says, which devices its ranks take, how it ends.

#include "tests/app/program.hpp"
#include "tests/pipeline/result_arrays.hpp"
#include "tests/support/shared_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>

namespace xrdct::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using words = std::vector<std::string>;

/// A scan, and programs that are installed with one plugin each.
class gpu_jobs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    all_ = std::make_unique<temporary_folder>();
    auto const made = run_program(all_->path().string(), {"simulate", "-o", "scan", "--translations", "9",
                                                          "--rotations", "8", "--log-level", "error"});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static void TearDownTestSuite() { all_.reset(); }

  static std::filesystem::path fake(std::string const& name) {
    return std::filesystem::path(XRDCT_FAKE_PLUGINS) / name / "libxrdct_cuda.so";
  }
  /// The program in a folder of its own, with this plugin, or none, where it looks for it.
  static std::string installed_with(std::filesystem::path const& plugin) {
    static int number = 0;
    auto const folder = *all_ / ("program" + std::to_string(number++)) / "bin";
    std::filesystem::create_directories(folder);
    std::filesystem::copy(XRDCT_PROGRAM, folder / "xrdct");
    auto const place = (folder / XRDCT_PLUGIN_FOLDER).lexically_normal();
    std::filesystem::create_directories(place);
    if (!plugin.empty()) std::filesystem::copy(plugin, place / "libxrdct_cuda.so");
    return (folder / "xrdct").string();
  }
  static finished_run reconstruct(std::string const& program, words const& variables, words const& more, int ranks = 0,
                                  std::string const& output = "t.h5") {
    words line{"reconstruct", "scan/scan.h5", "--poni", "scan/geometry.poni", "--mask", "scan/mask.edf", "--axis", "0",
               "--overwrite", "-o",           output,   "--threads",          "1"};
    line.insert(line.end(), more.begin(), more.end());
    return run_program_at(program, variables, all_->path().string(), line, ranks);
  }
  static std::string backend_line(finished_run const& of) {
    std::string found;
    for (auto const& line : of.own_lines())
      if (line.find("backend: ") != std::string::npos) found += line;
    return found;
  }
  /// `auto` goes on by the processor, `cuda` ends, and both give the reason.
  static void expect_reason(std::string const& program, words const& variables, std::string const& reason,
                            std::vector<int> const& with_ranks = {0}) {
    for (int const ranks : with_ranks) {
      SCOPED_TRACE(ranks);
      auto const automatic = reconstruct(program, variables, {}, ranks);
      EXPECT_EQ(automatic.code, 0) << automatic.err;
      EXPECT_THAT(backend_line(automatic), HasSubstr("backend: cpu ("));
      EXPECT_THAT(backend_line(automatic), HasSubstr("as no GPU can be used: "));
      EXPECT_THAT(backend_line(automatic), HasSubstr(reason));
      auto const asked = reconstruct(program, variables, {"--backend", "cuda"}, ranks, "never.h5");
      EXPECT_EQ(asked.code, 1) << asked.err;
      ASSERT_THAT(asked.errors(), SizeIs(1)) << asked.err;
      EXPECT_THAT(asked.errors()[0], HasSubstr("--backend cuda: no GPU can be used: "));
      EXPECT_THAT(asked.errors()[0], HasSubstr(reason));
      EXPECT_FALSE(std::filesystem::exists(*all_ / "never.h5"));
    }
  }

  static std::unique_ptr<temporary_folder> all_;
};
std::unique_ptr<temporary_folder> gpu_jobs::all_;

TEST_F(gpu_jobs, a_program_without_a_plugin_says_so) { expect_reason(installed_with(""), {}, "built without CUDA"); }

TEST_F(gpu_jobs, plugins_of_others_and_garbage_are_refused) {
  expect_reason(installed_with(fake("other_abi")), {"FAKE_GPUS=0"}, "refuses to work with this program", {4});
  auto const garbage = *all_ / "garbage.so";
  std::ofstream(garbage) << "not a library";
  expect_reason(installed_with(garbage), {}, "is not a whole shared library");
}

TEST_F(gpu_jobs, devices_that_fail_on_their_way_end_all_ranks_alike) {
  auto const program = installed_with(fake("good"));
  expect_reason(program, {"FAKE_GPUS="}, "shows no device");
  expect_reason(program, {"FAKE_GPUS=0", "FAKE_FAILS=open"}, "the made-up device cannot be used: open");
  expect_reason(program, {"FAKE_GPUS=0", "FAKE_FAILS=make"}, "the made-up device cannot be used: make", {4});
}

TEST_F(gpu_jobs, ranks_share_the_devices_that_they_see) {
  auto const program = installed_with(fake("good"));
  for (words const& how : {words{}, words{"--backend", "cuda"}}) {
    auto const alone = reconstruct(program, {"FAKE_GPUS=2"}, how);
    EXPECT_EQ(alone.code, 0) << alone.err;
    EXPECT_THAT(backend_line(alone), HasSubstr("backend: made up (number 2, 7372 MiB)"));  // nine tenths of 8 GiB
  }
  auto const several = reconstruct(program, {"FAKE_GPUS=2,5,7"}, {}, 5);
  EXPECT_EQ(several.code, 0) << several.err;
  EXPECT_THAT(backend_line(several), HasSubstr("made up (number 2, 3686 MiB), on each of 5 ranks"));
  EXPECT_THAT(several.err, HasSubstr("2 ranks share a GPU in turns: start NVIDIA's MPS"));
  auto const one_each = reconstruct(program, {"FAKE_GPUS=2,5,7"}, {}, 3);
  EXPECT_EQ(one_each.code, 0) << one_each.err;
  EXPECT_THAT(one_each.err, testing::Not(HasSubstr("MPS")));
}

TEST_F(gpu_jobs, results_are_those_of_the_processor) {
  auto const program = installed_with(fake("good"));
  auto const cpu = reconstruct(program, {}, {"--backend", "cpu"}, 0, "cpu.h5");
  ASSERT_EQ(cpu.code, 0) << cpu.err;
  std::map<std::string, array> first;
  struct way {
    int ranks;
    char const* gpus;
    char const* gather;
  };
  for (auto const& how : {way{0, "FAKE_GPUS=0,1", "auto"}, {4, "FAKE_GPUS=0,1", "mpi"}, {4, "FAKE_GPUS=1", "nccl"}}) {
    auto const ranks = how.ranks;
    auto const gpu = reconstruct(program, {how.gpus}, {"--backend", "cuda", "--gather", how.gather}, ranks, "gpu.h5");
    ASSERT_EQ(gpu.code, 0) << gpu.err;
    EXPECT_EQ(gpu.err.find("gather: made up") != std::string::npos, how.gather == std::string("nccl")) << gpu.err;
    for (std::string const name : {"/entry/sinogram/intensity", "/entry/sinogram/intensity_errors",
                                   "/entry/tomogram/intensity", "/entry/tomogram/intensity_errors"}) {
      auto const found = read_array((*all_ / "gpu.h5").string(), name);
      auto const expected = read_array((*all_ / "cpu.h5").string(), name);
      ASSERT_EQ(found.shape, expected.shape);
      auto const scale = *std::ranges::max_element(expected.values);
      for (std::size_t i = 0; i < found.values.size(); ++i)
        ASSERT_NEAR(found.values[i], expected.values[i], 2e-6 * scale) << name << " " << i;
      if (ranks == 0) first[name] = found;
      expect_same_bits(found.values, first[name].values, name);
    }
  }
}

TEST_F(gpu_jobs, a_gather_that_cannot_be_ends_all_ranks) {
  auto const program = installed_with(fake("good"));
  auto const refused = reconstruct(program, {"FAKE_GPUS=0,1"}, {"--gather", "nccl"}, 4, "never.h5");
  EXPECT_EQ(refused.code, 1);
  ASSERT_THAT(refused.errors(), SizeIs(1)) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("--gather nccl: made-up devices do not speak NCCL; take --gather mpi or auto"));
  auto const by_cores = reconstruct(program, {}, {"--backend", "cpu", "--gather", "nccl"}, 2, "never.h5");
  EXPECT_EQ(by_cores.code, 1);
  ASSERT_THAT(by_cores.errors(), SizeIs(1)) << by_cores.err;
  EXPECT_THAT(by_cores.err, HasSubstr("--gather nccl moves patterns between GPUs, but ranks compute by cpu ("));
  EXPECT_FALSE(std::filesystem::exists(*all_ / "never.h5"));
}

TEST_F(gpu_jobs, a_rank_without_a_device_leaves_all_without) {
  // The launcher binds each rank to what it may see: here only the first sees anything.
  auto const program = installed_with(fake("good"));
  auto const wrapper = *all_ / "bound";
  std::ofstream(wrapper) << "#!/bin/sh\n[ $OMPI_COMM_WORLD_RANK != 0 ] || export FAKE_GPUS=0\nexec " << program
                         << " \"$@\"\n";
  std::filesystem::permissions(wrapper, std::filesystem::perms::owner_all);
  auto const mixed = reconstruct(wrapper.string(), {}, {}, 3);
  EXPECT_EQ(mixed.code, 0) << mixed.err;
  EXPECT_THAT(backend_line(mixed), HasSubstr("backend: cpu ("));
  auto const asked = reconstruct(wrapper.string(), {}, {"--backend", "cuda"}, 3, "never.h5");
  EXPECT_EQ(asked.code, 1);
  EXPECT_THAT(asked.errors(), SizeIs(1)) << asked.err;
}

TEST_F(gpu_jobs, the_genuine_plugin_says_what_is_wrong_with_the_driver) {
#ifdef XRDCT_CUDA_PLUGIN
  auto const program = installed_with(XRDCT_CUDA_PLUGIN);
  auto const driver = "LD_LIBRARY_PATH=" XRDCT_FAKE_PLUGINS "/driver";
  auto const says = [&](words const& variables) {
    auto const asked = reconstruct(program, variables, {"--backend", "cuda"}, 0, "never.h5");
    EXPECT_EQ(asked.code, 1);
    EXPECT_THAT(asked.errors(), SizeIs(1)) << asked.err;
    return asked.err;
  };
  EXPECT_THAT(says({driver}), HasSubstr("the NVIDIA driver shows no device to this process"));
  EXPECT_THAT(says({driver, "FAKE_DRIVER_VERSION=11040"}),
              HasSubstr("the NVIDIA driver is for CUDA 11.4 at most, and this program needs 1"));
  EXPECT_THAT(says({driver, "FAKE_INIT=999"}), HasSubstr("the NVIDIA driver says: unknown error"));
  auto const automatic = reconstruct(program, {driver, "FAKE_DRIVER_VERSION=11040"}, {});
  EXPECT_EQ(automatic.code, 0) << automatic.err;
  EXPECT_THAT(backend_line(automatic), HasSubstr("as no GPU can be used: the NVIDIA driver is for CUDA 11.4"));
#else
  GTEST_SKIP() << "the plugin is not built: no CUDA toolkit was found";
#endif
}

TEST_F(gpu_jobs, without_a_driver_the_genuine_plugin_says_so) {
#ifdef XRDCT_CUDA_PLUGIN
  if (std::filesystem::exists("/dev/nvidiactl")) GTEST_SKIP() << "there is a driver on this machine";
  expect_reason(installed_with(XRDCT_CUDA_PLUGIN), {}, "there is no NVIDIA driver on this machine", {0, 4});
#else
  GTEST_SKIP() << "the plugin is not built: no CUDA toolkit was found";
#endif
}

}  // namespace
}  // namespace xrdct::test
