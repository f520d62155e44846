#include "kernels/cuda/nccl.hpp"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace xrdct::cuda {
namespace {

template <class F>
void find(void* library, char const* name, F& into) {
  into = reinterpret_cast<F>(::dlsym(library, name));
  if (into == nullptr) throw std::runtime_error(std::string("NCCL: libnccl.so.2 lacks ") + name);
}

nccl_library open_nccl() {
  void* const library = ::dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error("NCCL is not installed on this machine (libnccl.so.2)");
  nccl_library found{};
  find(library, "ncclGetUniqueId", found.get_id);
  find(library, "ncclCommInitRank", found.init);
  find(library, "ncclCommDestroy", found.destroy);
  find(library, "ncclCommGetAsyncError", found.async_error);
  find(library, "ncclGroupStart", found.group_start);
  find(library, "ncclGroupEnd", found.group_end);
  find(library, "ncclSend", found.send);
  find(library, "ncclRecv", found.receive);
  find(library, "ncclGetErrorString", found.error_text);
  return found;
}

}  // namespace

void nccl_library::check(ncclResult_t code, char const* what) const {
  if (code != ncclSuccess) throw std::runtime_error(std::string("NCCL: ") + what + ": " + error_text(code));
}

nccl_library const& nccl() {
  static nccl_library const found = open_nccl();
  return found;
}

nccl_group::nccl_group(ncclUniqueId const& id, int size, int rank) {
  nccl().check(nccl().init(&made_, size, id, rank), "coming together");
}

nccl_group::~nccl_group() {
  if (made_ != nullptr) static_cast<void>(nccl().destroy(made_));  // nothing can be done about it here
}

void nccl_group::check() const {
  auto state = ncclSuccess;
  nccl().check(nccl().async_error(made_, &state), "asking how it goes");
  if (state != ncclInProgress) nccl().check(state, "exchanging patterns");
}

}  // namespace xrdct::cuda
