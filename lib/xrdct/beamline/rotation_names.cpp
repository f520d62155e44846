#include "xrdct/beamline/scan_names.hpp"

#include <array>

namespace xrdct {

std::span<usual_name const> rotation_names() {
  // ESRF: nxtomomill/settings.py, ROT_ANGLE_KEYS (rotm … rot); ImageD11/sinograms/dataset.py (rot_center, diffrz of
  // ID11). NXtomo and its kin: rotation_angle. MX and PETRA III: omega; DECTRIS masters have phi, chi and kappa as
  // well, most of which stand still. Soleil and Diamond: theta, gonio, rz.
  static constexpr std::array<usual_name, 37> table{{
      {"rot", 0},
      {"diffrz", 0},
      {"rotm", 0},
      {"srot", 0},
      {"srot_eh2", 0},
      {"hsrot", 0},
      {"mhsrot", 0},
      {"mrsrot", 0},
      {"hrsrot", 0},
      {"hrot", 0},
      {"hrrz", 0},
      {"rotation", 0},
      {"rotation_angle", 0},
      {"rotationz", 0},
      {"rot_z", 0},
      {"omega", 0},
      {"samrz", 0},
      {"sam_rz", 0},
      {"sample_rot", 0},
      {"tomo_rot", 0},
      {"rot_angle", 0},
      {"ss_ry", 0},
      {"samplerot", 0},
      {"rotationx", 1},
      {"rotationy", 1},
      {"phi", 1},
      {"theta", 1},
      {"th", 1},
      {"rz", 1},
      {"angle", 1},
      {"angles", 1},
      {"thetas", 1},
      {"gonio", 1},
      {"kappa", 2},
      {"chi", 2},
      {"eta", 2},
      {"samy_angle", 2},
  }};
  return table;
}

}  // namespace xrdct
