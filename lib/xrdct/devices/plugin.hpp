#pragma once
/// \file The plugin for GPUs, found beside the program and opened at run time.

#include "xrdct/kernels/plugin.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace xrdct {

/// Where the plugin of the running program is, if it was built: ../lib/xrdct from the program's folder, in the build
/// tree as where it is installed.
std::filesystem::path plugin_file();

/// An opened plugin. It is never closed: what it made may be in use to the end of the process. All throw
/// runtime_failure with the reason, in words that go on after "no GPU can be used: ".
class device_plugin {
 public:
  /// Refuses a file that is not there, is not a plugin, or belongs to another build.
  explicit device_plugin(std::filesystem::path const& file);

  /// Those that the process sees (CUDA_VISIBLE_DEVICES), numbered from 0. Throws where there is none as well.
  std::vector<plugin_device> devices() const;
  /// Starts to use a device; what that takes of its memory is taken when it returns.
  void open(int number) const;
  plugin_memory memory(int number) const;
  /// Of an open device, of whose memory no more than so many bytes may be taken.
  std::unique_ptr<device> make(int number, std::uint64_t memory) const;
  /// Collective over all ranks of `among`.
  std::unique_ptr<transport> make_transport(int number, gather_shape const& shape, bootstrap& among) const;

 private:
  plugin_functions const* functions_;
};

/// "GPU-8f2c…" as nvidia-smi writes it, and CUDA_VISIBLE_DEVICES takes it.
std::string uuid_text(plugin_device const& of);

}  // namespace xrdct
