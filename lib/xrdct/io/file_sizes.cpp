#include "xrdct/io/file_sizes.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <exception>
#include <mutex>
#include <thread>

namespace xrdct {
namespace {

std::uint64_t size_of(std::string const& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return errno == ENOENT || errno == ENOTDIR ? absent_file : 0;
  return S_ISREG(found.st_mode) ? static_cast<std::uint64_t>(found.st_size) : 0;
}

}  // namespace

void for_each_file(std::uint64_t count, std::function<void(std::uint64_t)> const& work) {
  constexpr std::uint64_t most_threads = 16;
  constexpr std::uint64_t at_a_time = 64;  // neighbours in a list share the work of finding their names
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> stop = false;
  std::exception_ptr problem;
  std::mutex mutex;
  auto const run = [&] {
    try {
      for (auto first = next.fetch_add(at_a_time); first < count && !stop; first = next.fetch_add(at_a_time))
        for (auto i = first; i < std::min(count, first + at_a_time); ++i) work(i);
    } catch (...) {
      std::lock_guard const lock(mutex);
      if (!problem) problem = std::current_exception();
      stop = true;
    }
  };
  std::vector<std::jthread> others;
  for (std::uint64_t t = 1; t < std::min(most_threads, count / at_a_time); ++t) try {
      others.emplace_back(run);
    } catch (std::exception const&) {  // the system has no more
      break;
    }
  run();
  others.clear();
  if (problem) std::rethrow_exception(problem);
}

std::vector<std::uint64_t> sizes_of(file_list const& files) {
  std::vector<std::uint64_t> sizes(files.size());
  for_each_file(files.size(), [&](std::uint64_t i) { sizes[i] = size_of(files[i]); });
  return sizes;
}

}  // namespace xrdct
