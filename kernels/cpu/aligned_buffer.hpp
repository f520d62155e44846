#pragma once
/// \file Memory that begins on a cache line.

#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace xrdct::cpu {

/// `size` numbers, all zero at first.
template <class T>
class aligned_buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  aligned_buffer() = default;
  explicit aligned_buffer(std::size_t size)
      : data_(static_cast<T*>(::operator new(size * sizeof(T), alignment))), size_(size) {
    clear();
  }
  ~aligned_buffer() { ::operator delete(data_, alignment); }
  aligned_buffer(aligned_buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  aligned_buffer& operator=(aligned_buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() { return data_; }
  T const* data() const { return data_; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  T const& operator[](std::size_t i) const { return data_[i]; }
  void clear() {
    if (size_ > 0) std::memset(static_cast<void*>(data_), 0, size_ * sizeof(T));
  }

 private:
  static constexpr std::align_val_t alignment{64};
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace xrdct::cpu
