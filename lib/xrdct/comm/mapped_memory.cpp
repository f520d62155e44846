#include "xrdct/comm/mapped_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <utility>

namespace xrdct {
namespace {

std::byte* map(std::size_t size, int protection, int flags, int file) {
  void* const at = ::mmap(nullptr, size, protection, flags, file, 0);
  if (at == MAP_FAILED) return nullptr;
#ifdef MADV_HUGEPAGE
  ::madvise(at, size, MADV_HUGEPAGE);  // advice: without it all is but slower
#endif
  return static_cast<std::byte*>(at);
}

}  // namespace

open_file::open_file(open_file&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
open_file& open_file::operator=(open_file&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}
open_file::~open_file() {
  if (number_ >= 0) ::close(number_);
}

shared_name::~shared_name() {
  if (!name_.empty()) ::shm_unlink(name_.c_str());
}

mapped_memory::mapped_memory(std::size_t size)
    : data_(map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1)), size_(size) {
  if (data_ == nullptr) throw std::bad_alloc();
}

mapped_memory mapped_memory::sparse(std::size_t size) {
  mapped_memory made;
  made.data_ = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  if (made.data_ == nullptr) throw std::bad_alloc();
  made.size_ = size;
  return made;
}

mapped_memory::mapped_memory(open_file const& file, std::size_t size, bool writable)
    : data_(map(size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file.number())),
      size_(data_ != nullptr ? size : 0) {}

mapped_memory::mapped_memory(mapped_memory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
mapped_memory& mapped_memory::operator=(mapped_memory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
mapped_memory::~mapped_memory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void mapped_memory::protect() {
  if (data_ != nullptr) ::mprotect(data_, size_, PROT_READ);  // against mistakes of ours: without it nothing is wrong
}

}  // namespace xrdct
