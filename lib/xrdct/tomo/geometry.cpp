#include "xrdct/tomo/geometry.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace xrdct {
namespace {

using std::numbers::pi;

// Angles closer than this [rad] are the same, and shares that differ by less of themselves are equal.
constexpr double same_angle = 1e-7;
constexpr double same_share = 1e-6;

struct placed_angle {
  double angle;  // modulo π
  std::size_t rotation;
};

/// Rotations that look through the sample in the same direction.
struct direction {
  double angle = 0;
  std::vector<std::size_t> rotations;
};

double modulo_half_turn(double angle) {
  double const rest = std::fmod(angle, pi);
  return rest < 0 ? rest + pi : rest;
}

/// Directions by ascending angle. What is just below π is the same as what is at 0.
std::vector<direction> directions_of(std::vector<placed_angle> placed) {
  std::ranges::sort(placed, [](auto const& a, auto const& b) {
    return a.angle != b.angle ? a.angle < b.angle : a.rotation < b.rotation;
  });
  std::vector<direction> found;
  for (auto const& one : placed) {
    if (found.empty() || one.angle - found.back().angle > same_angle) found.push_back({one.angle, {}});
    found.back().rotations.push_back(one.rotation);
  }
  if (found.size() > 1 && found.front().angle + pi - found.back().angle <= same_angle) {
    for (std::size_t const rotation : found.back().rotations) found.front().rotations.push_back(rotation);
    found.pop_back();
  }
  return found;
}

/// Half the way to the direction before and half the way to the one behind.
double share_of(std::vector<direction> const& all, std::size_t i) {
  if (all.size() == 1) return pi;
  double const before = i == 0 ? all.back().angle - pi : all[i - 1].angle;
  double const behind = i + 1 == all.size() ? all.front().angle + pi : all[i + 1].angle;
  return (behind - before) / 2;
}

}  // namespace

double centre(convention whose, int size) {
  int const middle = size / 2;  // rounded down
  return whose == convention::skimage ? middle : (size - 1) / 2.0;
}

double default_axis(convention whose, int translations) { return centre(whose, translations); }

std::vector<double> angle_weights(std::vector<double> const& angles, convention whose,
                                  std::vector<int> const& dropped) {
  std::vector<bool> in_use(angles.size(), true);
  for (int const rotation : dropped) in_use.at(static_cast<std::size_t>(rotation)) = false;
  std::vector<placed_angle> kept;
  for (std::size_t i = 0; i < angles.size(); ++i) {
    if (!std::isfinite(angles[i]))
      throw input_error("angle " + std::to_string(i) + " of the rotations is not a number");
    if (in_use[i]) kept.push_back({modulo_half_turn(angles[i]), i});
  }
  if (kept.empty()) {
    throw input_error("no tomogram can be made: none of the " + std::to_string(angles.size()) +
                      " rotations has a measured entry");
  }
  double const equal = pi / (2 * static_cast<double>(kept.size()));
  std::vector<double> weights(angles.size(), 0.0);
  for (auto const& one : kept) weights[one.rotation] = equal;
  if (whose == convention::skimage) return weights;

  std::vector<double> shares(angles.size(), 0.0);
  auto const directions = directions_of(kept);
  for (std::size_t i = 0; i < directions.size(); ++i) {
    auto const& rotations = directions[i].rotations;
    for (std::size_t const r : rotations)
      shares[r] = share_of(directions, i) / (2 * static_cast<double>(rotations.size()));
  }
  bool const uniform = std::ranges::all_of(
      kept, [&](auto const& one) { return std::abs(shares[one.rotation] - equal) <= same_share * equal; });
  return uniform ? weights : shares;
}

}  // namespace xrdct
