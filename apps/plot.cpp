#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/comm/agreement.hpp"

namespace xrdct::app {

command const plot_command{"plot",
                           for_plot,
                           "RESULT",
                           "a picture of a result, or a page for a browser",
                           "Draws, as a PNG, what a result holds: maps of all channels and of the strongest peaks that "
                           "differ in where they come "
                           "from, and the mean pattern with these peaks marked; or what --show names. With --html, a "
                           "page to look at all of it in "
                           "a browser.",
                           R"(  xrdct plot result.h5 -o result.png
  xrdct plot result.h5 --html result.html
  xrdct plot result.h5 --range 19.7 20.5 --range 24.3 25 -o peaks.png
  xrdct plot result.h5 --show sinogram -o sinogram.png
  xrdct plot result.h5 --show pattern -o pattern.png
  xrdct plot result.h5 --voxel 0.8 -0.2 --voxel 0 0 -o voxels.png
  xrdct plot texture.h5 --sector 2 -o sector.png
  xrdct plot stack.h5 --layer 7 -o layer.png
)",
                           [](request const& what, communicator const& ranks) {
                             together(ranks, [&] {
                               if (ranks.root()) plot(what.plot);
                             });
                           }};

}  // namespace xrdct::app
