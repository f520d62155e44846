#pragma once
/// \file A backend in a shared library of its own, which the program opens where it is there: what crosses the border.

#include "xrdct/kernels/device.hpp"
#include "xrdct/kernels/transport.hpp"

#include <cstddef>
#include <cstdint>

namespace xrdct {

/// Raised with every change of what follows. The build id says besides that both sides were compiled with the same
/// interfaces (all of kernels/include) by the same compiler.
inline constexpr std::uint32_t plugin_abi = 2;
/// The name of the one function that a plugin exports, of type plugin_entry.
inline constexpr char const* plugin_entry_name = "xrdct_plugin";

/// Room for one line that says what went wrong. No exception crosses the border: a function that cannot do its work
/// writes here why, and returns false or null.
struct plugin_text {
  char line[512];
};

/// A device that the process sees.
struct plugin_device {
  char name[256];
  unsigned char uuid[16];
  std::int32_t major, minor;  ///< of its compute capability
  char address[32];           ///< on its bus
};

struct plugin_memory {
  std::uint64_t free, total;  ///< bytes
};

/// What a plugin does. Its objects are destroyed by `delete`, and their functions throw as their interfaces say.
struct plugin_functions {
  /// How many devices the process sees; 0 is not an error, but no driver is. −1: see `why`.
  std::int32_t (*count)(plugin_text& why) noexcept;
  bool (*describe)(std::int32_t number, plugin_device& into, plugin_text& why) noexcept;
  /// Starts to use the device. What it takes for itself, it has taken when this returns.
  bool (*open)(std::int32_t number, plugin_text& why) noexcept;
  /// Of an open device.
  bool (*memory)(std::int32_t number, plugin_memory& into, plugin_text& why) noexcept;
  /// One that takes no more than `memory` bytes of the device.
  device* (*make_device)(std::int32_t number, std::uint64_t memory, plugin_text& why) noexcept;
  /// Of an open device. Collective over all ranks of `among`; on all of them it fails or none.
  transport* (*make_transport)(std::int32_t number, gather_shape const& shape, bootstrap& among,
                               plugin_text& why) noexcept;
};

/// Null, and why, unless number and id are the plugin's own.
using plugin_entry = plugin_functions const* (*)(std::uint32_t abi, char const* build_id, plugin_text& why) noexcept;

}  // namespace xrdct
