#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/plot/plan_picture.hpp"

#include <filesystem>

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
  xrdct inspect scan.h5 --grid 90 61 --map scan.png
)",
    [](request const& what, communicator const& ranks) {
      together(ranks, [&] {
        if (!ranks.root()) return;
        print(inspect(what.job));
        if (!what.map.empty())
          plot_plan(plan_of(what.job), std::filesystem::path(what.job.input.files.front()).filename().string(),
                    what.map, what.plot.overwrite);
      });
    }};

}  // namespace xrdct::app
