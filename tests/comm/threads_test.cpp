#include "xrdct/comm/threads.hpp"

#include "tests/support/shared_data.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace xrdct {
namespace {

namespace fs = std::filesystem;

class cpu_quotas_test : public testing::Test {
 protected:
  void write(std::string const& file, std::string const& text) const {
    auto const path = folder_ / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::vector<cpu_quota> found() const {
    return cpu_quotas((folder_ / "proc").string(), (folder_ / "cgroup").string());
  }

  test::temporary_folder folder_;
};

TEST_F(cpu_quotas_test, of_version_2_are_those_of_a_group_and_the_ones_above_it) {
  write("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
  write("cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
  write("cgroup/slurm/job_7/cpu.max", "350000 100000\n");
  write("cgroup/slurm/cpu.max", "3200000 100000\n");
  auto const quotas = found();
  ASSERT_EQ(quotas.size(), 2U);
  EXPECT_EQ(quotas[0].group, "/slurm/job_7");
  EXPECT_EQ(quotas[0].cores, 3.5);
  EXPECT_EQ(quotas[1].group, "/slurm");
  EXPECT_EQ(quotas[1].cores, 32);
}

TEST_F(cpu_quotas_test, of_version_1_are_in_the_folder_of_the_controller) {
  write("proc/self/cgroup", "5:memory:/job\n4:cpu,cpuacct:/job\n3:cpuset:/job\n0::/\n");
  write("cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "150000\n");
  write("cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  write("cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  auto const quotas = found();
  ASSERT_EQ(quotas.size(), 1U);
  EXPECT_EQ(quotas[0].group, "/job");
  EXPECT_EQ(quotas[0].cores, 1.5);
}

TEST_F(cpu_quotas_test, of_a_container_are_at_the_top) {
  write("proc/self/cgroup", "0::/\n");
  write("cgroup/cpu.max", "200000 100000\n");
  auto const quotas = found();
  ASSERT_EQ(quotas.size(), 1U);
  EXPECT_EQ(quotas[0].cores, 2);
}

TEST_F(cpu_quotas_test, that_make_no_sense_are_none) {
  EXPECT_TRUE(found().empty());
  write("proc/self/cgroup", "\n:\n0::\nnonsense\n4:cpu:relative\n0::/a\n");
  write("cgroup/a/cpu.max", "many\n");
  write("cgroup/cpu.max", "100000 0\n");
  EXPECT_TRUE(found().empty());
}

TEST(default_threads, are_no_more_than_slurm_gave_to_a_task) {
  ::unsetenv("SLURM_CPUS_PER_TASK");
  int const all = default_threads(communicator());
  EXPECT_GE(all, 1);
  EXPECT_LE(all, usable_cores());
  EXPECT_LE(usable_cores(), static_cast<int>(std::thread::hardware_concurrency()));
  ::setenv("SLURM_CPUS_PER_TASK", "1", 1);
  EXPECT_EQ(default_threads(communicator()), 1);
  ::setenv("SLURM_CPUS_PER_TASK", "100000", 1);
  EXPECT_EQ(default_threads(communicator()), all);
  ::setenv("SLURM_CPUS_PER_TASK", "nonsense", 1);
  EXPECT_EQ(default_threads(communicator()), all);
  ::unsetenv("SLURM_CPUS_PER_TASK");
}

}  // namespace
}  // namespace xrdct
