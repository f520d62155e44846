#include "apps/commands.hpp"
#include "apps/option_table.hpp"

namespace xrdct::app {

command const simulate_command{
    "simulate",
    for_simulate,
    "",
    "a scan with a known answer, as a beamline would write it",
    "Makes powder images of a sample of ellipses: exact path integrals through several crystalline phases, photon "
    "counts, gaps and dead pixels. Writes scan.h5 (bitshuffle-LZ4), geometry.poni, mask.edf, and truth.h5 with all "
    "that "
    "a perfect reconstruction would find. The same options give the same files, however many ranks and threads make "
    "them.",
    R"(  xrdct simulate -o demo
  xrdct simulate --detector 'Pilatus 2M' --distance 0.25 --rotations 50 --translations 40 -o pilatus
  mpirun -n 2 xrdct simulate --order zigzag --axis 0.07 --decay 0.4 --crystals 50 --seed 7 -o hard
)",
    [](request const& what, communicator const& ranks) { simulate(what.simulation, ranks); }};

}  // namespace xrdct::app
