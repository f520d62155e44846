#pragma once
/// \file What beamlines call the numbers that belong to the frames of a scan.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xrdct {

/// What a list of numbers, one a frame, can mean to a scan.
enum class scan_role { rotation, translation, layer, monitor };

constexpr std::string_view name_of(scan_role role) {
  switch (role) {
    case scan_role::rotation: return "rotation";
    case scan_role::translation: return "translation";
    case scan_role::layer: return "layer";
    case scan_role::monitor: return "monitor";
  }
  return "?";
}

/// One line of a table. Names are in lower case; one that ends in '*' stands for all that begin so and go on in digits
/// or not at all.
struct usual_name {
  std::string_view name;
  int rank;  ///< 0: means this and nothing else; 1, 2: weaker, as it often means something else
};

// The tables, each in a file of its own with its sources.
std::span<usual_name const> rotation_names();
std::span<usual_name const> translation_names();
std::span<usual_name const> layer_names();
std::span<usual_name const> monitor_names();

/// The name of a motor without what says how its value was taken (rot_center, rot_cen360, rot_trig, rot_enc): the
/// number of a frame is that of the motor, and of the middle of the exposure where there is a choice.
std::string_view motor_of(std::string_view name);
/// Whether a name says that the value is that of the middle of the exposure.
bool is_centre(std::string_view name);
/// Whether that is modulo a turn, so that noise about 0 jumps to 360.
bool is_within_a_turn(std::string_view name);

/// The rank of a name in the table of a role, letter case apart; none where it is not in it.
std::optional<int> usual_rank(scan_role role, std::string_view name);

}  // namespace xrdct
