#pragma once
/// \file One GPU as an engine.

#include "kernels/cuda/cuda_memory.hpp"
#include "kernels/cuda/cuda_queue.cuh"
#include "kernels/cuda/profiled_range.hpp"
#include "kernels/lanes/engine.hpp"

#include <cstddef>
#include <string>

namespace xrdct::cuda {

/// One of the GPUs that the process sees. A thread that makes one, or use()s it, is set to that GPU.
class cuda_engine {
 public:
  template <class T>
  using array = device_memory<T>;
  template <class T>
  using staging = pinned_memory<T>;
  using queue = stream;
  using mark = event;

  /// `number` is the device's among those that the process sees; `memory` is what this process may use of it.
  cuda_engine(int number, std::size_t memory) : number_(number), memory_(memory) {
    use();
    int shared = 0;
    check(cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, number),
          "asking for its properties");
    most_shared_bytes_ = static_cast<std::size_t>(shared);
  }

  template <class T>
  array<T> make(std::size_t size) const {
    return array<T>(size);
  }
  template <class T>
  staging<T> make_staging(std::size_t size) const {
    return staging<T>(size);
  }
  queue make_queue() const { return {}; }
  void use() const { check(cudaSetDevice(number_), "choosing a device"); }
  profiled_range range(char const* name) const { return profiled_range(name); }
  std::string description() const {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, number_), "asking for its properties");
    return properties.name;
  }
  std::size_t memory() const { return memory_; }
  std::size_t most_shared_bytes() const { return most_shared_bytes_; }

 private:
  int number_;
  std::size_t memory_;
  std::size_t most_shared_bytes_ = 0;
};
static_assert(lanes::engine<cuda_engine>);

}  // namespace xrdct::cuda
