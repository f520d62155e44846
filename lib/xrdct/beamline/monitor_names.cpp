#include "xrdct/beamline/scan_names.hpp"

#include <array>

namespace xrdct {

std::span<usual_name const> monitor_names() {
  // ESRF: fpico6 and its kin at ID11 (ImageD11/sinograms/dataset.py), pico* elsewhere (nxtomomill has fpico3), mon and
  // i0 of SPEC's days. PETRA III and Soleil: ion chambers. The current of the ring is no monitor: between it and the
  // sample there are slits, shutters and optics that drift. What an NXmonitor holds is found by its class.
  static constexpr std::array<usual_name, 18> table{{
      {"fpico*", 0},
      {"pico*", 0},
      {"mon", 0},
      {"monitor", 0},
      {"i0", 0},
      {"io", 0},
      {"ic0", 0},
      {"i_0", 0},
      {"mon0", 0},
      {"ion0", 0},
      {"ionchamber0", 0},
      {"beam_monitor", 0},
      {"ion*", 1},
      {"ic*", 1},
      {"mon*", 1},
      {"monitor*", 1},
      {"ionchamber*", 1},
      {"vct6", 1},
  }};
  return table;
}

}  // namespace xrdct
