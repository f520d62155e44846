// Runs a target without libFuzzer, on any compiler:
//
//   fuzz_TARGET CORPUS ROUNDS    all files of a folder, then ROUNDS mutations of them, the same ones every time
//   fuzz_TARGET FILE             one file
//
// An input that is a finding, or runs longer than 10 s, is written to finding-TARGET in the working directory.
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/mutation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace xrdct::fuzz {
namespace {

constexpr unsigned longest_seconds = 10;
constexpr std::size_t longest_input = 8192;

// For the signal handler.
std::uint8_t const* volatile current = nullptr;
std::size_t volatile current_size = 0;
std::string finding;  // the file's name

void say(char const* text) {
  auto const length = std::char_traits<char>::length(text);
  if (::write(STDERR_FILENO, text, length) < 0) ::_exit(2);
}

extern "C" void keep_input(int signal) {
  if (signal == SIGALRM) say("the input took too long\n");
  auto const file = ::open(finding.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  auto const* const from = const_cast<std::uint8_t const*>(current);
  bool const kept = file >= 0 && ::write(file, from, current_size) == static_cast<ssize_t>(current_size);
  say(kept ? "the input is kept in " : "the input cannot be kept in ");
  say(finding.c_str());
  say("\n");
  ::_exit(1);
}

/// An exception that leaves the target ends the process, by abort().
void run(bytes const& one) noexcept {
  // In memory of exactly its length, so that sanitizers see every byte read beyond it.
  std::unique_ptr<std::uint8_t[]> const exact(new std::uint8_t[one.size()]);
  std::copy(one.begin(), one.end(), exact.get());
  current = exact.get();
  current_size = one.size();
  ::alarm(longest_seconds);
  LLVMFuzzerTestOneInput(exact.get(), one.size());
  ::alarm(0);
}

bytes content(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<bytes> corpus(std::filesystem::path const& path) {
  if (!std::filesystem::is_directory(path)) return {content(path)};
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator(path)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<bytes> all;
  for (auto const& file : files) all.push_back(content(file));
  if (all.empty()) throw std::runtime_error(path.string() + " is empty");
  return all;
}

void run_all(std::filesystem::path const& path, long rounds) {
  auto const seeds = corpus(path);
  for (auto const& seed : seeds) run(seed);
  std::mt19937_64 random(1);
  for (long i = 0; i < rounds; ++i) {
    auto const& from = seeds[random() % seeds.size()];
    run(mutated(from, seeds[random() % seeds.size()], longest_input, random));
  }
  std::printf("%zu files and %ld mutations without a finding\n", seeds.size(), rounds);
}

}  // namespace
}  // namespace xrdct::fuzz

// Whatever a sanitizer finds ends in abort(), and so in keep_input(). A small input that asks for half a gigabyte is a
// finding as well.
extern "C" char const* __asan_default_options() { return "abort_on_error=1:max_allocation_size_mb=512"; }
extern "C" char const* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

int main(int count, char** words) {
  using namespace xrdct::fuzz;
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "usage: %s CORPUS [ROUNDS]\n", words[0]);
    return 2;
  }
  finding = "finding-" + std::filesystem::path(words[0]).filename().string();
  for (int const signal : {SIGABRT, SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) {
    bool const sanitizers = signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL;
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (sanitizers && before.sa_handler != SIG_DFL) continue;  // a sanitizer says more of it, and aborts
    std::signal(signal, keep_input);
  }
  try {
    run_all(words[1], count > 2 ? std::atol(words[2]) : 0);
  } catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
  return 0;
}
