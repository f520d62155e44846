#include "xrdct/tomo/ray_operator.hpp"

#include <algorithm>
#include <array>

namespace xrdct {
namespace {

constexpr float least_length = 0.01F;  // pixels

rotation_set set_of(ray_subset subset, parts_team const& team) {
  return {subset.which, subset.of, team.first_part, team.parts};
}

/// Values of a field of one channel.
std::vector<float> values_of(field_space& device, field const& of) {
  std::vector<float> values(static_cast<std::size_t>(of.shape()[0] * of.shape()[1]));
  device.copy(of, view<float>(values.data(), values.size(), 1));
  device.synchronize();
  return values;
}

std::unique_ptr<field> ones(field_space& device, std::int64_t rows, std::int64_t columns) {
  auto made = device.make({rows, columns, 1});
  std::vector<float> const values(static_cast<std::size_t>(rows * columns), 1.0F);
  device.copy(view<float const>(values.data(), values.size(), 1), *made);
  device.synchronize();
  return made;
}

void add(std::vector<double>& to, std::vector<double> const& other) {
  for (std::size_t c = 0; c < to.size(); ++c) to[c] += other[c];
}

}  // namespace

ray_operator::ray_operator(projector& device, ray_list const& rays, parts_team& team, int subsets)
    : device_(device), rays_(rays), team_(team), subsets_(subsets), ray_sums_(sum_rays()) {
  for (std::size_t i = 0; i < ray_sums_.size(); ++i) {
    if (!(ray_sums_[i] >= least_length * rays_.weights[i])) ray_sums_[i] = 0;
    usable_.push_back(ray_sums_[i] > 0 ? 1.0F : 0.0F);
  }
}

std::unique_ptr<field> ray_operator::make_image(std::int64_t channels) const {
  return device_.make({rays_.size, rays_.size, channels});
}

std::unique_ptr<field> ray_operator::make_rays(std::int64_t channels) const {
  return device_.make({rays_.rotations, rays_.translations, channels});
}

void ray_operator::project(field const& image, field& rays, ray_subset subset) const {
  device_.project(image, set_of(subset, team_), rays);
}

void ray_operator::back_project(field const& rays, field& image, ray_subset subset) const {
  device_.back_project(rays, set_of(subset, team_), image);
  team_.complete(device_, image);
}

std::vector<double> ray_operator::dot_rays(field const& x, field const& y, ray_subset subset) const {
  auto const channels = static_cast<std::size_t>(x.shape()[2]);
  auto const rotations = (rays_.rotations - subset.which + subset.of - 1) / subset.of;
  std::vector<double> some(channels);
  auto const of_part = [&](int part) {
    std::vector<double> sum(channels);
    auto const begin = static_cast<std::int64_t>(part) * rotations / projection_parts;
    auto const end = (static_cast<std::int64_t>(part) + 1) * rotations / projection_parts;
    for (auto i = begin; i < end; ++i) {
      auto const rows = subset.of == 1 ? end - begin : 1;
      device_.dot_rows(x, y, subset.which + i * subset.of, rows, some);
      add(sum, some);
      if (subset.of == 1) break;
    }
    return sum;
  };
  // The tree: neighbours are added until one sum is left.
  std::vector<std::vector<double>> sums;
  for (int part = 0; part < team_.parts; ++part) sums.push_back(of_part(team_.first_part + part));
  for (std::size_t step = 1; step < sums.size(); step *= 2)
    for (std::size_t i = 0; i < sums.size(); i += 2 * step) add(sums[i], sums[i + step]);
  team_.complete(sums.front());
  return sums.front();
}

std::vector<double> ray_operator::dot_pixels(field const& x, field const& y) const {
  std::vector<double> sums(static_cast<std::size_t>(x.shape()[2]));
  device_.dot(x, y, sums);
  return sums;
}

std::vector<float> ray_operator::sum_rays() const {
  auto const rays = make_rays(1);
  auto const image = ones(device_, rays_.size, rays_.size);
  // The parts of a subset that this rank works on are others than those of the whole: then all rays are looked at.
  if (subsets_ > 1)
    device_.project(*image, {}, *rays);
  else
    project(*image, *rays);
  return values_of(device_, *rays);
}

std::vector<float> ray_operator::pixel_sums(ray_subset subset) const {
  auto const image = make_image(1);
  back_project(*ones(device_, rays_.rotations, rays_.translations), *image, subset);
  return values_of(device_, *image);
}

std::vector<float> inverse(std::vector<float> const& values) {
  std::vector<float> made;
  made.reserve(values.size());
  for (float const v : values) made.push_back(v > 0 ? 1 / v : 0.0F);
  return made;
}

}  // namespace xrdct
