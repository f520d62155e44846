#pragma once
/// \file NCCL, looked for when it is first needed: the plugin works without it. Throws std::runtime_error.

#include <cuda_runtime.h>
#include <nccl.h>

#include <cstddef>
#include <utility>

namespace xrdct::cuda {

/// The functions of libnccl.so.2 that are used.
struct nccl_library {
  ncclResult_t (*get_id)(ncclUniqueId*);
  ncclResult_t (*init)(ncclComm_t*, int, ncclUniqueId, int);
  ncclResult_t (*destroy)(ncclComm_t);
  ncclResult_t (*async_error)(ncclComm_t, ncclResult_t*);
  ncclResult_t (*group_start)();
  ncclResult_t (*group_end)();
  ncclResult_t (*send)(void const*, std::size_t, ncclDataType_t, int, ncclComm_t, cudaStream_t);
  ncclResult_t (*receive)(void*, std::size_t, ncclDataType_t, int, ncclComm_t, cudaStream_t);
  char const* (*error_text)(ncclResult_t);

  void check(ncclResult_t code, char const* what) const;
};

/// Throws where it is not installed.
nccl_library const& nccl();

/// Devices that speak NCCL with each other, one process each. Collective over them to make.
class nccl_group {
 public:
  nccl_group() = default;
  nccl_group(ncclUniqueId const& id, int size, int rank);
  nccl_group(nccl_group&& other) noexcept : made_(std::exchange(other.made_, nullptr)) {}
  nccl_group& operator=(nccl_group&& other) noexcept {
    std::swap(made_, other.made_);
    return *this;
  }
  ~nccl_group();
  ncclComm_t get() const { return made_; }
  /// Throws what went wrong since, on this rank or with another.
  void check() const;

 private:
  ncclComm_t made_ = nullptr;
};

}  // namespace xrdct::cuda
