#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/pipeline/commands.hpp"

namespace xrdct::app {

command const reconstruct_command{
    "reconstruct",
    for_reconstruct,
    "INPUT...",
    "detector frames to a tomogram",
    "Decompresses and integrates every frame, orders the patterns by rotation and translation into a sinogram, and "
    "back-projects every channel of it. The result holds the sinogram and the tomogram.",
    R"(  xrdct reconstruct scan.h5 --poni geometry.poni --mask mask.edf -o result.h5 \
      --rotation /1.1/measurement/rot --translation /1.1/measurement/dty \
      --monitor /1.1/measurement/fpico6
  mpirun -n 16 xrdct reconstruct --config job.ini scan.h5::/1.1/measurement/eiger -o result.h5
  xrdct reconstruct frames.h5 --poni geometry.poni --grid 180 201 --order zigzag -o result.h5
  xrdct reconstruct --config job.ini scan.h5 --azimuth-bins 12 -o texture.h5
)",
    [](request const& what, communicator const& ranks) { reconstruct(what.job, ranks); }};

}  // namespace xrdct::app
