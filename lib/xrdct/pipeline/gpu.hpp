#pragma once
/// \file The GPU of a rank, and its share of it.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/kernels/device.hpp"

#include <filesystem>
#include <memory>

namespace xrdct {

/// Collective. Every rank opens the plugin and takes its part of a device: ranks of a node that see the same devices
/// share them evenly, and each device's memory is shared evenly by those that work on it. Where any rank has none, all
/// throw the same agreed_error, which goes on after "no GPU can be used: ". Warns of ranks that share one without MPS.
std::unique_ptr<device> start_gpu(communicator const& ranks, std::filesystem::path const& plugin);

/// Collective. What brings patterns from rank to rank by NCCL and CUDA IPC; `by` is what start_gpu() made. Throws the
/// same agreed_error on all ranks where that cannot be: --gather mpi can.
std::unique_ptr<transport> make_transport(device const& by, communicator const& ranks, exchange_plan const& plan);

}  // namespace xrdct
