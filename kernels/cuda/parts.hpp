#pragma once
/// \file What a GPU as a device is put together from. Each part is compiled by nvcc in a file of its own; this header
/// knows nothing of CUDA.

#include "xrdct/kernels/device.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace xrdct::cuda {

/// A GPU, and what one process may use of it.
struct gpu_share {
  int number = 0;          ///< among the devices that the process sees
  std::size_t memory = 0;  ///< bytes, of everything that is made of the device
};

// reducer.cu
std::unique_ptr<frame_reducer> make_frame_reducer(gpu_share on, reduction const& what, frame_format const& format);
void make_frame_tables(gpu_share on, reduction const& what, frame_format const& format, table_memory const& memory);
std::unique_ptr<frame_reducer> make_frame_reducer(gpu_share on, std::span<std::byte const> tables);

// tomograph.cu
std::unique_ptr<tomograph> make_tomograph(gpu_share on, scan_geometry const& geometry);

// projector.cu
std::unique_ptr<projector> make_projector(gpu_share on, ray_list const& rays);

}  // namespace xrdct::cuda
