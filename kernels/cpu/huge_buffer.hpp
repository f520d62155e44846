#pragma once
/// \file Large memory: on large pages, and not touched before it is used.

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
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
    std::size_t const page = std::size_t{1} << 21;
    std::size_t const alignment = size * sizeof(T) < page ? 64 : page;
    std::size_t const bytes = std::max((size * sizeof(T) + alignment - 1) / alignment, std::size_t{1}) * alignment;
    memory_.reset(static_cast<T*>(std::aligned_alloc(alignment, bytes)));
    if (!memory_) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    if (alignment == page) ::madvise(memory_.get(), bytes, MADV_HUGEPAGE);  // advice: without it all is but slower
#endif
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
  struct release {
    void operator()(T* memory) const { std::free(memory); }
  };
  std::unique_ptr<T, release> memory_;
  std::size_t size_ = 0;
};

}  // namespace xrdct::cpu
