#pragma once
/// \file Memory of a GPU, and memory of the host that it copies from and to by itself.

#include "kernels/cuda/cuda_error.hpp"

#include <cstddef>
#include <limits>
#include <span>
#include <utility>

namespace xrdct::cuda {

/// Owns what `allocate` gave until `free` takes it back. cudaMalloc gives memory that other processes can be shown.
template <class T, auto allocate, auto free>
class owned_memory {
 public:
  owned_memory() = default;
  explicit owned_memory(std::size_t size) : size_(size) {
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_alloc();
    void* made = nullptr;
    if (size > 0) check(allocate(&made, size * sizeof(T)), "allocating memory");
    data_ = static_cast<T*>(made);
  }
  ~owned_memory() {
    if (data_ != nullptr) static_cast<void>(free(data_));  // nothing can be done about it here
  }
  owned_memory(owned_memory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  owned_memory& operator=(owned_memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<T> span() const { return {data_, size_}; }  // of host memory alone can it be read by the host

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

inline cudaError_t allocate_on_device(void** made, std::size_t bytes) { return cudaMalloc(made, bytes); }
inline cudaError_t free_on_device(void* memory) { return cudaFree(memory); }
inline cudaError_t allocate_pinned(void** made, std::size_t bytes) { return cudaMallocHost(made, bytes); }
inline cudaError_t free_pinned(void* memory) { return cudaFreeHost(memory); }

template <class T>
using device_memory = owned_memory<T, allocate_on_device, free_on_device>;
template <class T>
using pinned_memory = owned_memory<T, allocate_pinned, free_pinned>;

}  // namespace xrdct::cuda
