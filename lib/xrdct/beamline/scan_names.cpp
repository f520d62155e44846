#include "xrdct/beamline/scan_names.hpp"

#include "xrdct/base/text.hpp"

#include <algorithm>
#include <array>

namespace xrdct {
namespace {

// ID11's and ID15A's continuous scans write a motor's middle of the exposure beside its start and its reading by the
// encoder; _cen360 is that middle modulo a turn.
constexpr std::array<std::string_view, 3> centres{"_center", "_centre", "_cen360"};
constexpr std::array<std::string_view, 4> readings{"_trig", "_enc", "_encoder", "_raw"};

bool matches(std::string_view rule, std::string_view name) {
  if (!rule.ends_with('*')) return rule == name;
  rule.remove_suffix(1);
  return name.starts_with(rule) &&
         std::ranges::all_of(name.substr(rule.size()), [](char c) { return c >= '0' && c <= '9'; });
}

std::span<usual_name const> table_of(scan_role role) {
  switch (role) {
    case scan_role::rotation: return rotation_names();
    case scan_role::translation: return translation_names();
    case scan_role::layer: return layer_names();
    case scan_role::monitor: return monitor_names();
  }
  return {};
}

}  // namespace

bool is_centre(std::string_view name) {
  return std::ranges::any_of(centres, [&](std::string_view end) { return name.ends_with(end); });
}

bool is_within_a_turn(std::string_view name) { return name.ends_with("_cen360"); }

std::string_view motor_of(std::string_view name) {
  auto const cut = [&](auto const& ends) {
    for (auto const end : ends)
      if (name.size() > end.size() && name.ends_with(end)) return name.substr(0, name.size() - end.size());
    return name;
  };
  auto const motor = cut(centres);
  return motor.size() < name.size() ? motor : cut(readings);
}

std::optional<int> usual_rank(scan_role role, std::string_view name) {
  std::string const wanted = lower(role == scan_role::monitor ? name : motor_of(name));
  for (auto const& usual : table_of(role))
    if (matches(usual.name, wanted)) return usual.rank;
  return std::nullopt;
}

}  // namespace xrdct
