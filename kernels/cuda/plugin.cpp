/// \file The plugin's one function, and what the program calls through it. Exceptions end here, as text.

#include "xrdct/kernels/plugin.hpp"

#include "kernels/cuda/device.hpp"
#include "kernels/cuda/devices.hpp"
#ifdef XRDCT_HAS_NCCL
#include "kernels/cuda/gather_link.hpp"
#endif

#include <algorithm>
#include <exception>
#include <new>
#include <string_view>
#include <type_traits>

namespace xrdct::cuda {
namespace {

void say(std::string_view line, plugin_text& why) {
  auto const length = std::min(line.size(), sizeof(why.line) - 1);
  std::copy_n(line.data(), length, why.line);
  why.line[length] = '\0';
}

/// What `work` returns; `otherwise` where it throws, and why.
template <class Work, class Result>
Result guarded(plugin_text& why, Result otherwise, Work const& work) noexcept try {
  return work();
} catch (std::bad_alloc const&) {
  say("there is not enough memory on the device", why);
  return otherwise;
} catch (std::exception const& e) {
  say(e.what(), why);
  return otherwise;
} catch (...) {
  say("an error without a name", why);
  return otherwise;
}

std::int32_t count(plugin_text& why) noexcept {
  return guarded(why, -1, [] { return count_devices(); });
}

bool describe(std::int32_t number, plugin_device& into, plugin_text& why) noexcept {
  return guarded(why, false, [&] {
    into = describe_device(number);
    return true;
  });
}

bool open(std::int32_t number, plugin_text& why) noexcept {
  return guarded(why, false, [&] {
    open_device(number);
    return true;
  });
}

bool memory(std::int32_t number, plugin_memory& into, plugin_text& why) noexcept {
  return guarded(why, false, [&] {
    into = device_memory_of(number);
    return true;
  });
}

device* make(std::int32_t number, std::uint64_t memory, plugin_text& why) noexcept {
  return guarded(why, static_cast<device*>(nullptr), [&] {
    return make_device({number, static_cast<std::size_t>(memory)}).release();
  });
}

transport* make_gather(std::int32_t number, gather_shape const& shape, bootstrap& among, plugin_text& why) noexcept {
#ifdef XRDCT_HAS_NCCL
  return guarded(why, static_cast<transport*>(nullptr), [&] { return make_transport(number, shape, among).release(); });
#else
  static_cast<void>(number), static_cast<void>(shape), static_cast<void>(among);
  say("this program was built without NCCL", why);
  return nullptr;
#endif
}

constexpr plugin_functions functions{count, describe, open, memory, make, make_gather};

}  // namespace
}  // namespace xrdct::cuda

extern "C" __attribute__((visibility("default"))) xrdct::plugin_functions const* xrdct_plugin(
    std::uint32_t abi, char const* build_id, xrdct::plugin_text& why) noexcept {
  if (abi == xrdct::plugin_abi && std::string_view(build_id) == XRDCT_BUILD_ID) return &xrdct::cuda::functions;
  xrdct::cuda::say("it belongs to another build of the program (" XRDCT_BUILD_ID ")", why);
  return nullptr;
}
static_assert(std::is_same_v<decltype(&xrdct_plugin), xrdct::plugin_entry>);
