#include "xrdct/pipeline/ray_plan.hpp"

#include <numbers>

namespace xrdct {

ray_list rays_of(tomogram_plan const& plan, std::size_t layer, entry_map const& entries) {
  ray_list rays;
  rays.rotations = entries.rotations;
  rays.translations = entries.translations;
  rays.size = plan.geometry.size;
  rays.centre = plan.geometry.centre;
  auto const count = entries.present.size();
  bool const own = plan.entry_rotation.size() > count;  // every layer has its own
  auto const first = own ? layer * count : 0;
  for (std::size_t i = 0; i < count; ++i) {
    rays.angles.push_back(plan.entry_rotation[first + i] * std::numbers::pi / 180);
    double const shift =
        plan.line_shifts.empty() ? 0 : plan.line_shifts[layer][i / static_cast<std::size_t>(entries.translations)];
    rays.positions.push_back((plan.entry_translation[first + i] - plan.axis) / plan.step - shift);
    rays.weights.push_back(entries.present[i] != 0 ? 1.0F : 0.0F);
  }
  return rays;
}

}  // namespace xrdct
