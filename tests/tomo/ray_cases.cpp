#include "tests/tomo/ray_cases.hpp"

#include <limits>
#include <numbers>

namespace xrdct::test {
namespace {

using std::numbers::pi;

struct placed {
  double angle;
  double position;
};

placed place(ray_case const& of, int rotation, int translation, std::mt19937_64& random) {
  std::uniform_real_distribution<double> around(-1, 1);
  double const step = pi / of.rotations;
  double const angle = rotation * step;
  double const middle = (of.translations - 1) / 2.0;
  double const position = translation - middle;
  switch (of.kind) {
    case scan_kind::regular: return {angle, position};
    case scan_kind::cardinal: return {(rotation - 9) * pi / 4, position / (1 + rotation % 2)};
    case scan_kind::continuous: {
      double const done = (translation + 0.5) / of.translations;
      return {angle + step * (rotation % 2 == 0 ? done : 1 - done), position + 0.02 * (rotation % 2)};
    }
    case scan_kind::jittered: return {2 * angle + 0.02 * around(random), position + 0.3 * around(random)};
    case scan_kind::repeated: return {angle, translation / 3 * 3 - middle + (rotation % 3 == 0 ? 0.5 : 0)};
    case scan_kind::fine: return {angle, position * of.size / of.translations};
    case scan_kind::coarse: return {-angle, position * of.size / of.translations};
    case scan_kind::piled: return {angle + 0.01 * (rotation % 2) * around(random), 0.05 * around(random)};
    case scan_kind::wild: break;
  }
  return {5 * around(random), 0.8 * of.size * around(random)};
}

}  // namespace

ray_list make_rays(ray_case const& of, std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(0, 1);
  ray_list rays;
  rays.rotations = of.rotations;
  rays.translations = of.translations;
  rays.size = of.size;
  rays.centre = of.centre;
  double const nothing = std::numeric_limits<double>::quiet_NaN();
  for (int r = 0; r < of.rotations; ++r) {
    for (int t = 0; t < of.translations; ++t) {
      auto const [angle, position] = place(of, r, t, random);
      bool const missing = uniform(random) < of.missing;
      rays.angles.push_back(missing ? nothing : angle);
      rays.positions.push_back(missing ? nothing : position);
      rays.weights.push_back(missing ? 0 : of.missing > 0 ? static_cast<float>(0.1 + uniform(random)) : 1);
    }
  }
  return rays;
}

}  // namespace xrdct::test
