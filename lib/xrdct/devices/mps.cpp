#include "xrdct/devices/mps.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace xrdct {

bool mps_is_in(std::string const& folder) {
  std::error_code failed;
  auto const pipe = std::filesystem::status(std::filesystem::path(folder) / "control", failed);
  return !failed && (std::filesystem::is_fifo(pipe) || std::filesystem::is_socket(pipe));
}

bool mps_is_there() {
  char const* const folder = std::getenv("CUDA_MPS_PIPE_DIRECTORY");  // NOLINT(concurrency-mt-unsafe)
  return mps_is_in(folder != nullptr && *folder != '\0' ? folder : "/tmp/nvidia-mps");
}

std::string mps_advice(int ranks) {
  return std::to_string(ranks) +
         " ranks share a GPU in turns: start NVIDIA's MPS first, so that they work side by side "
         "(nvidia-cuda-mps-control "
         "-d on every node; XRDCT_MPS=1 for slurm/reconstruct.sbatch)";
}

}  // namespace xrdct
