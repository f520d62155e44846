#include "xrdct/bench/machine.hpp"

#include "xrdct/base/progress.hpp"
#include "xrdct/base/text.hpp"
#include "xrdct/pipeline/run_record.hpp"

#include <hdf5.h>
#include <lz4.h>
#include <mpi.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>
#include <thread>

namespace xrdct {
namespace {

/// What stands behind the colon of the first line that begins with `key`.
std::string value_in(char const* path, std::string const& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key)) return std::string(trimmed(std::string_view(line).substr(line.find(':') + 1)));
  return "?";
}

std::string system_name() {
  utsname name{};
  if (::uname(&name) != 0) return "?";
  return std::string(name.sysname) + " " + name.release + ", " + name.machine;
}

int count_allowed() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}

std::string memory_size() {
  auto const pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? bytes_text(static_cast<double>(pages) * static_cast<double>(page)) : "?";
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  if (H5get_libversion(&major, &minor, &release) < 0) return "?";
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

/// May be asked before MPI is initialised.
std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  if (MPI_Get_library_version(text.data(), &length) != MPI_SUCCESS) return "?";
  std::string const all(text.data());
  return all.substr(0, all.find(','));
}

std::string now() {
  std::time_t const seconds = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  ::gmtime_r(&seconds, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace

machine this_machine() {
  return {host_name(),
          system_name(),
          value_in("/proc/cpuinfo", "model name"),
          static_cast<int>(std::thread::hardware_concurrency()),
          count_allowed(),
          memory_size(),
          "xrdct " XRDCT_VERSION,
#ifdef __clang__
          "clang " __clang_version__,
#else
          "gcc " __VERSION__,
#endif
          LZ4_versionString(),
          hdf5_version(),
          mpi_version(),
          now()};
}

}  // namespace xrdct
