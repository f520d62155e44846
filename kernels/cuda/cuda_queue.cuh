#pragma once
/// \file A stream of a GPU, and how kernels are launched in it.

#include "kernels/cuda/cuda_error.hpp"
#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/lane_group.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace xrdct::cuda {

/// The 32 threads of a warp.
struct warp {
  __device__ std::uint32_t size() const { return 32; }
  __device__ std::uint32_t rank() const { return threadIdx.x; }
  __device__ void sync() const { __syncwarp(); }
  __device__ std::uint32_t ballot(bool holds) const { return __ballot_sync(everyone, holds); }
  template <class T>
  __device__ T shuffle(T v, std::uint32_t of) const {
    return __shfl_sync(everyone, v, static_cast<int>(of));
  }
  template <class T>
  __device__ T shuffle_up(T v, std::uint32_t by) const {
    return __shfl_up_sync(everyone, v, by);
  }

 private:
  static constexpr std::uint32_t everyone = 0xffffffffU;
};
static_assert(lanes::lane_group<warp>);

template <int phase, class Kernel>
__device__ void run_phases(Kernel const& kernel, lanes::block_place at, std::byte* shared) {
  kernel.template run<phase>(warp(), at, shared);
  if constexpr (phase + 1 < Kernel::phases) {
    __syncthreads();
    run_phases<phase + 1>(kernel, at, shared);
  }
}

template <class Kernel>
__global__ void __launch_bounds__(32 * Kernel::groups) run_kernel(Kernel const kernel) {
  extern __shared__ uint4 shared_memory[];
  run_phases<0>(kernel, {blockIdx.x, threadIdx.y}, reinterpret_cast<std::byte*>(shared_memory));
}

/// A place in a stream. Who waits for it sleeps (see open_device()).
class event {
 public:
  explicit event(cudaStream_t stream) {
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming | cudaEventBlockingSync), "making an event");
    if (auto const code = cudaEventRecord(event_, stream); code != cudaSuccess) {
      static_cast<void>(cudaEventDestroy(event_));
      check(code, "recording an event");
    }
  }
  ~event() {
    if (event_ != nullptr) static_cast<void>(cudaEventDestroy(event_));
  }
  event(event&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
  event& operator=(event&& other) noexcept {
    std::swap(event_, other.event_);
    return *this;
  }

  void synchronize() const { check(cudaEventSynchronize(event_), "working"); }
  bool is_over() const {
    auto const code = cudaEventQuery(event_);
    if (code == cudaErrorNotReady) {
      static_cast<void>(cudaGetLastError());
      return false;
    }
    check(code, "working");
    return true;
  }
  cudaEvent_t handle() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

class stream {
 public:
  stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream"); }
  ~stream() {
    if (stream_ == nullptr) return;
    static_cast<void>(cudaStreamSynchronize(stream_));  // destroyed, it would go on with memory that goes next
    static_cast<void>(cudaStreamDestroy(stream_));
  }
  stream(stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
  stream& operator=(stream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
  }

  template <class T>
  void copy_in(std::span<T const> from, T* to) {
    if (from.empty()) return;
    check(cudaMemcpyAsync(to, from.data(), from.size_bytes(), cudaMemcpyHostToDevice, stream_),
          "copying to the device");
  }
  template <class T>
  void copy_out(T const* from, std::span<T> to) {
    if (to.empty()) return;
    check(cudaMemcpyAsync(to.data(), from, to.size_bytes(), cudaMemcpyDeviceToHost, stream_),
          "copying from the device");
  }
  template <class T>
  void copy(T const* from, T* to, std::size_t size) {
    if (size == 0) return;
    check(cudaMemcpyAsync(to, from, size * sizeof(T), cudaMemcpyDeviceToDevice, stream_), "copying on the device");
  }
  template <class T>
  void clear(T* memory, std::size_t size) {
    if (size == 0) return;
    check(cudaMemsetAsync(memory, 0, size * sizeof(T), stream_), "clearing memory of the device");
  }

  template <class Kernel>
  void launch(std::size_t blocks, Kernel const& kernel) {
    constexpr std::size_t most_blocks = 0x7fffffff, usual_shared_bytes = 48 * 1024;
    if (blocks == 0) return;
    if (blocks > most_blocks) throw std::runtime_error("CUDA: more blocks than a launch can have");
    auto const shared = kernel.shared_bytes();
    if (shared > usual_shared_bytes)  // more has to be asked for
      check(cudaFuncSetAttribute(run_kernel<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                 static_cast<int>(shared)),
            "asking for shared memory");
    run_kernel<<<static_cast<unsigned>(blocks), dim3(32, Kernel::groups), shared, stream_>>>(kernel);
    check(cudaGetLastError(), "launching a kernel");
  }

  event put_mark() { return event(stream_); }
  void wait_for(event const& other) { check(cudaStreamWaitEvent(stream_, other.handle(), 0), "waiting for a stream"); }
  void synchronize() { check(cudaStreamSynchronize(stream_), "working"); }

 private:
  cudaStream_t stream_ = nullptr;
};

}  // namespace xrdct::cuda
