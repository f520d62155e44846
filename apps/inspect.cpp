#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/base/error.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/inspection.hpp"
#include "xrdct/plot/plan_picture.hpp"

#include <filesystem>

namespace xrdct::app {

command const inspect_command{
    "inspect",
    for_inspect,
    "INPUT...",
    "what a file holds, and how it would be read",
    "Looks at frames and what belongs to them: how they are stored and what is missing, which positions and monitor "
    "are "
    "found and why, the plan of the scan and what is odd about it, the geometry, and the memory, disk space and time "
    "that a reconstruction will take on this machine, measured on a few of the frames. Takes the options of "
    "reconstruct, to show what they would do; what is unclear is shown with what could be meant.",
    R"(  xrdct inspect scan.h5
  xrdct inspect scan.h5 --poni geometry.poni
  xrdct inspect scan.h5 --rotation /1.1/measurement/rot --translation /1.1/measurement/dty
  xrdct inspect scan.h5 --grid 90 61 --map scan.png
  xrdct inspect scan.h5 --poni geometry.poni --threads 8 --job
)",
    [](request const& what, communicator const& ranks) {
      auto const found = look_into(what.job, ranks);
      together(ranks, [&] {
        if (!ranks.root()) return;
        if (!what.batch_lines) print(what.json ? json_of(found) : text_of(found));
        if (!found.mistake.empty()) throw input_error(found.mistake);
        if (what.batch_lines) print(batch_lines(found));
        if (what.map.empty()) return;
        if (!found.plan)
          throw usage_error(
              "--map needs the positions of a scan: give --rotation and --translation, or --grid, where they are not "
              "found");
        plot_plan(*found.plan, std::filesystem::path(what.job.input.files.front()).filename().string(), what.map,
                  what.plot.overwrite);
      });
    }};

}  // namespace xrdct::app
