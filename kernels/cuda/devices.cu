#include "kernels/cuda/devices.hpp"

#include "kernels/cuda/cuda_error.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace xrdct::cuda {
namespace {

/// As users know it: "12.4".
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string why_no_driver(cudaError_t code) {
  int driver = 0, runtime = 0;
  static_cast<void>(cudaDriverGetVersion(&driver));
  static_cast<void>(cudaRuntimeGetVersion(&runtime));
  static_cast<void>(cudaGetLastError());
  if (driver == 0) return "there is no NVIDIA driver on this machine (libcuda.so.1)";
  if (code == cudaErrorInsufficientDriver)
    return "the NVIDIA driver is for CUDA " + version_text(driver) + " at most, and this program needs " +
           version_text(runtime);
  return std::string("the NVIDIA driver says: ") + cudaGetErrorString(code);
}

/// Stands for all others: whether it is compiled for a GPU, they are.
__global__ void any_kernel() {}

}  // namespace

int count_devices() {
  int count = 0;  // which stays as it is where the call fails
  auto const code = cudaGetDeviceCount(&count);
  if (code == cudaSuccess) return count;
  static_cast<void>(cudaGetLastError());
  if (code == cudaErrorNoDevice) return 0;
  throw std::runtime_error(why_no_driver(code));
}

plugin_device describe_device(int number) {
  cudaDeviceProp found;
  check(cudaGetDeviceProperties(&found, number), "asking for a device's properties");
  plugin_device made{};
  std::copy_n(found.name, std::min(sizeof(found.name), sizeof(made.name)) - 1, made.name);
  static_assert(sizeof(found.uuid.bytes) == sizeof(made.uuid));
  std::memcpy(made.uuid, found.uuid.bytes, sizeof(made.uuid));
  made.major = found.major;
  made.minor = found.minor;
  check(cudaDeviceGetPCIBusId(made.address, static_cast<int>(sizeof(made.address)), number),
        "asking for a device's address");
  return made;
}

void open_device(int number) {
  check(cudaSetDevice(number), "choosing a device");
  // Who waits for the device sleeps: up to 15 ranks share it and the cores of its host, and each has threads that read.
  check(cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync), "starting to use a device");
  check(cudaFree(nullptr), "starting to use a device");
  cudaFuncAttributes any;
  auto const code = cudaFuncGetAttributes(&any, any_kernel);
  if (code == cudaErrorNoKernelImageForDevice || code == cudaErrorInvalidDeviceFunction) {
    static_cast<void>(cudaGetLastError());
    auto const of = describe_device(number);
    throw std::runtime_error(std::string(of.name) + " has compute capability " + std::to_string(of.major) + "." +
                             std::to_string(of.minor) + ", which this program is not compiled for");
  }
  check(code, "looking for code for a device");
}

plugin_memory device_memory_of(int number) {
  check(cudaSetDevice(number), "choosing a device");
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "asking for a device's memory");
  return {free, total};
}

}  // namespace xrdct::cuda
