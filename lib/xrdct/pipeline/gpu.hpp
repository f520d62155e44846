#pragma once
/// \file The GPU of a rank, and its share of it.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/kernels/device.hpp"

#include <filesystem>
#include <memory>

namespace xrdct {

/// Collective. Every rank opens the plugin and takes its part of a device: ranks of a node that see the same devices
/// share them evenly, and each device's memory is shared evenly by those that work on it. Where any rank has none, all
/// throw the same agreed_error, which goes on after "no GPU can be used: ". Warns of ranks that share one without MPS.
std::unique_ptr<device> start_gpu(communicator const& ranks, std::filesystem::path const& plugin);

}  // namespace xrdct
