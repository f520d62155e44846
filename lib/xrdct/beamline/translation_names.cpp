#include "xrdct/beamline/scan_names.hpp"

#include <array>

namespace xrdct {

std::span<usual_name const> translation_names() {
  // The motor that moves the rotation axis through the beam comes first. ESRF: ImageD11/sinograms/dataset.py (dty,
  // diffty of ID11), nxtomomill/settings.py, TRANSLATION_Y_KEYS (yrot, hry) and Y_TRANS_KEYS (sy, py, d3ty is a
  // detector). NXtomo: x_translation, as NeXus has x across the beam and y up. Rank 1: motors that carry the sample or
  // whose names are common elsewhere (SAMPLE_Y_KEYS); rank 2: bare directions.
  static constexpr std::array<usual_name, 33> table{{
      {"dty", 0},         {"diffty", 0},
      {"hry", 0},         {"yrot", 0},
      {"translation", 0}, {"x_translation", 0},
      {"hrty", 0},        {"trans", 0},
      {"sam_ty", 0},      {"samty", 0},
      {"samplety", 0},    {"ss_x", 0},
      {"tomo_ty", 0},     {"translationx", 0},
      {"trans_x", 0},     {"hy", 1},
      {"py", 1},          {"samy", 1},
      {"sy", 1},          {"say", 1},
      {"psv", 1},         {"ty", 1},
      {"sample_y", 1},    {"fake_sy", 1},
      {"trans_y", 1},     {"sample_x", 1},
      {"samx", 2},        {"tx", 2},
      {"sx", 2},          {"px", 2},
      {"hx", 2},          {"y", 2},
      {"x", 2},
  }};
  return table;
}

}  // namespace xrdct
