#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/pipeline/commands.hpp"

namespace xrdct::app {

command const integrate_command{
    "integrate",
    for_integrate,
    "INPUT...",
    "detector frames to patterns, and to a sinogram where positions are known",
    "Decompresses and integrates every frame. The result holds one pattern a frame with its errors and sums, and, "
    "where "
    "rotations and translations are given, the sinogram.",
    R"(  xrdct integrate frames.h5 --poni geometry.poni --bins 2000 --unit 2th_deg -o patterns.h5
  xrdct integrate frames.h5::/entry/data/data --poni geometry.poni --azimuth-range -90 90 -o top.h5
  xrdct integrate near.h5 far.h5 --poni near.poni --poni far.poni \
      --mask 1:near.edf --mask 2:far.edf -o both.h5
  xrdct integrate frames.h5 --poni geometry.poni --azimuth-bins 36 -o cakes.h5
)",
    [](request const& what, communicator const& ranks) { integrate(what.job, ranks); }};

}  // namespace xrdct::app
