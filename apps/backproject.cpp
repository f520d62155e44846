#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/pipeline/commands.hpp"

namespace xrdct::app {

command const backproject_command{
    "backproject",
    for_backproject,
    "RESULT",
    "the sinogram of a result to another tomogram",
    "Takes the sinogram of a file that reconstruct or integrate has written, so that another axis or filter costs "
    "seconds and not a pass over all frames.",
    R"(  xrdct backproject result.h5 --axis 0.13 -o shifted.h5
  xrdct backproject result.h5 --filter hann --channels 200 260 -o peak.h5
)",
    [](request const& what, communicator const& ranks) { backproject(what.job, ranks); }};

}  // namespace xrdct::app
