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
    "where rotations and translations are given, the sinogram. INPUT may be an image file too (CBF, EDF, TIFF, "
    "NumPy). The pattern of a single frame is written as text where the output's name ends in .dat or .txt (with "
    "errors), .xy (without) or .xye.",
    R"(  xrdct integrate frames.h5 --poni geometry.poni --bins 2000 --unit 2th_deg -o patterns.h5
  xrdct integrate frames.h5::/entry/data/data --poni geometry.poni --azimuth-range -90 90 -o top.h5
  xrdct integrate image.cbf --poni geometry.poni --unit 2th_deg -o pattern.xy
  xrdct integrate near.h5 far.h5 --poni near.poni --poni far.poni \
      --mask 1:near.edf --mask 2:far.edf -o both.h5
  xrdct integrate frames.h5 --poni geometry.poni --azimuth-bins 36 -o cakes.h5
)",
    [](request const& what, communicator const& ranks) { integrate(what.job, ranks); }};

}  // namespace xrdct::app
