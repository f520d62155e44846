#include "kernels/cuda/cuda_engine.cuh"
#include "kernels/cuda/parts.hpp"
#include "kernels/lanes/frame_reducer.hpp"

namespace xrdct::cuda {

std::unique_ptr<frame_reducer> make_frame_reducer(gpu_share on, reduction const& what, frame_format const& format) {
  return lanes::make_frame_reducer(cuda_engine(on.number, on.memory), what, format);
}

std::unique_ptr<frame_reducer> make_frame_reducer(gpu_share on, std::span<std::byte const> tables) {
  return lanes::make_frame_reducer(cuda_engine(on.number, on.memory), tables);
}

void make_frame_tables(gpu_share, reduction const& what, frame_format const& format, table_memory const& memory) {
  lanes::make_frame_tables(what, format, memory);
}

}  // namespace xrdct::cuda
