#pragma once
/// \file Large memory: on large pages, and not touched before it is used.

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace xrdct::cpu {

/// `size` numbers that begin at a multiple of 64 bytes, on large pages where there are many; not initialised.
template <class T>
class huge_buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  huge_buffer() = default;
  explicit huge_buffer(std::size_t size) : size_(size) {
    if (size > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T)) throw std::bad_alloc();
    std::size_t const bytes = size * sizeof(T);
    if (bytes >= page) {
      memory_ = {static_cast<T*>(map((bytes + page - 1) / page * page)), release{(bytes + page - 1) / page * page}};
    } else {
      std::size_t const lines = std::max<std::size_t>((bytes + line - 1) / line, 1);
      memory_ = {static_cast<T*>(std::aligned_alloc(line, lines * line)), release{}};
    }
    if (!memory_) throw std::bad_alloc();
  }

  huge_buffer(huge_buffer&& other) noexcept : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  huge_buffer& operator=(huge_buffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  T* data() { return memory_.get(); }
  T const* data() const { return memory_.get(); }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t line = 64;
  static constexpr std::size_t page = std::size_t{1} << 21;

  /// From the system itself, to which it goes back at once: an allocator would keep some of it, up to 64 MB that no
  /// promise of memory knows of. Null where there is none.
  static void* map(std::size_t bytes) {
    if (bytes > std::numeric_limits<std::size_t>::max() - page) return nullptr;
    void* const found = ::mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (found == MAP_FAILED) return nullptr;
    std::size_t const before = (page - reinterpret_cast<std::uintptr_t>(found) % page) % page;
    char* const first = static_cast<char*>(found) + before;
    if (before > 0) ::munmap(found, before);
    if (before < page) ::munmap(first + bytes, page - before);
#ifdef MADV_HUGEPAGE
    ::madvise(first, bytes, MADV_HUGEPAGE);  // advice: without it all is but slower
#endif
    return first;
  }

  struct release {
    std::size_t mapped = 0;
    void operator()(T* memory) const {
      if (mapped > 0) {
        ::munmap(memory, mapped);
      } else {
        std::free(memory);
      }
    }
  };
  std::unique_ptr<T, release> memory_;
  std::size_t size_ = 0;
};

}  // namespace xrdct::cpu
