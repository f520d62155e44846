#include "xrdct/beamline/scan_names.hpp"

#include <array>

namespace xrdct {

std::span<usual_name const> layer_names() {
  // ESRF: dtz and difftz of ID11; nxtomomill/settings.py, TRANSLATION_Z_KEYS (sz, hrz, pz, ntz, samtz, mrsz): hrz is
  // a height, whatever its name suggests. NXtomo: y_translation where y is up, z_translation where z is.
  static constexpr std::array<usual_name, 24> table{{
      {"dtz", 0},           {"difftz", 0},  {"hrz", 0},          {"ntz", 0},      {"samtz", 0},    {"sam_tz", 0},
      {"mrsz", 0},          {"hrtz", 0},    {"layer", 0},        {"height", 0},   {"sampletz", 0}, {"y_translation", 0},
      {"z_translation", 0}, {"tomo_tz", 0}, {"translationz", 0}, {"trans_z", 0},  {"hz", 1},       {"pz", 1},
      {"samz", 1},          {"sz", 1},      {"tz", 1},           {"sample_z", 1}, {"fake_sz", 1},  {"z", 2},
  }};
  return table;
}

}  // namespace xrdct
