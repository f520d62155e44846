#include "kernels/cuda/team_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

namespace xrdct::cuda {
namespace {

[[noreturn]] void fail(char const* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
}

/// A file descriptor for the length of a scope.
struct file {
  int number;
  explicit file(int opened) : number(opened) {}
  ~file() {
    if (number >= 0) ::close(number);
  }
  file(file const&) = delete;
  file& operator=(file const&) = delete;
};

}  // namespace

void team_board::map(int file, int members) {
  bytes_ = sizeof(numbers) * static_cast<std::size_t>(members);
  void* const mapped = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) fail("cannot share memory among the ranks of a device");
  all_ = static_cast<numbers*>(mapped);
}

team_board::team_board(int members) {
  static std::atomic<int> made = 0;
  auto const name = "/xrdct-team-" + std::to_string(::getpid()) + "-" + std::to_string(made++);
  file const opened(::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600));
  if (opened.number < 0) fail("cannot share memory among the ranks of a device");
  name_ = name;
  if (::ftruncate(opened.number, static_cast<off_t>(sizeof(numbers) * static_cast<std::size_t>(members))) != 0) {
    forget_name();
    fail("cannot share memory among the ranks of a device");
  }
  map(opened.number, members);  // of zeros, which is where all numbers begin
}

team_board::team_board(std::string const& name, int members) {
  file const opened(::shm_open(name.c_str(), O_RDWR, 0600));
  if (opened.number < 0) fail("cannot share memory with the ranks of a device");
  map(opened.number, members);
}

team_board::team_board(team_board&& other) noexcept
    : name_(std::exchange(other.name_, {})),
      all_(std::exchange(other.all_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

team_board& team_board::operator=(team_board&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(all_, other.all_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

team_board::~team_board() {
  forget_name();
  if (all_ != nullptr) ::munmap(all_, bytes_);
}

void team_board::forget_name() {
  if (!name_.empty()) ::shm_unlink(name_.c_str());
  name_.clear();
}

std::atomic<std::uint64_t>& team_board::at(int member, int what) const {
  return all_[member].of[static_cast<std::size_t>(what)];
}

team_device_memory::team_device_memory(cudaIpcMemHandle_t const& of_leader) {
  void* mapped = nullptr;
  check(cudaIpcOpenMemHandle(&mapped, of_leader, cudaIpcMemLazyEnablePeerAccess),
        "opening memory of another rank by CUDA IPC (--gather mpi does without)");
  data_ = static_cast<std::byte*>(mapped);
  opened_ = true;
}

team_device_memory::team_device_memory(team_device_memory&& other) noexcept
    : own_(std::move(other.own_)),
      data_(std::exchange(other.data_, nullptr)),
      opened_(std::exchange(other.opened_, false)) {}

team_device_memory& team_device_memory::operator=(team_device_memory&& other) noexcept {
  std::swap(own_, other.own_);
  std::swap(data_, other.data_);
  std::swap(opened_, other.opened_);
  return *this;
}

team_device_memory::~team_device_memory() {
  if (opened_) static_cast<void>(cudaIpcCloseMemHandle(data_));
}

cudaIpcMemHandle_t team_device_memory::handle() const {
  cudaIpcMemHandle_t made;
  check(cudaIpcGetMemHandle(&made, data_), "showing memory to other ranks by CUDA IPC (--gather mpi does without)");
  return made;
}

}  // namespace xrdct::cuda
