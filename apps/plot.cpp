#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/comm/agreement.hpp"

namespace xrdct::app {

command const plot_command{
    "plot",
    for_plot,
    "RESULT",
    "a picture of a tomogram and its mean pattern",
    "Draws maps of the total intensity and of the strongest peaks that differ in where they come from, and the mean "
    "pattern with these peaks marked, as a PNG; with --html, a page to look at all of it in a browser.",
    R"(  xrdct plot result.h5 -o result.png
  xrdct plot result.h5 --html result.html
  xrdct plot result.h5 --channels 200 210 -o peak.png
  xrdct plot texture.h5 --sector 2 -o sector.png
  xrdct plot stack.h5 --layer 7 -o layer.png
)",
    [](request const& what, communicator const& ranks) {
      together(ranks, [&] {
        if (ranks.root()) plot(what.plot);
      });
    }};

}  // namespace xrdct::app
