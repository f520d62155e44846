#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/commands.hpp"

namespace xrdct::app {

command const inspect_command{
    "inspect",
    for_inspect,
    "INPUT...",
    "what a file holds, and how it would be read",
    "Looks at a file without decoding any frame: its stack of frames, positions and what is missing. Takes the options "
    "of reconstruct, to show what they would do.",
    R"(  xrdct inspect scan.h5
  xrdct inspect scan.h5 --rotation /1.1/measurement/rot --translation /1.1/measurement/dty
)",
    [](request const& what, communicator const& ranks) {
      together(ranks, [&] {
        if (ranks.root()) print(inspect(what.job));
      });
    }};

}  // namespace xrdct::app
