#include "tests/tomo/solver_scene.hpp"

#include "kernels/cpu/cpu.hpp"
#include "kernels/reference/reference.hpp"
#include "tests/devices/gpu.hpp"
#include "tests/tomo/backends.hpp"
#include "tests/tomo/lanes_device.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>

namespace xrdct::test {

std::vector<solver_backend> const& solver_backends() {
  static std::string const instructions = tomograph_instructions();  // limits them, where the environment asks for it
  static auto const all = [] {
    std::vector<solver_backend> found{{"reference", reference::make_device()},
                                      {"cpu_1", cpu::make_device(1)},
                                      {"cpu_2", cpu::make_device(2)},
                                      {"cpu_3", cpu::make_device(3)},
                                      {"lanes_1", make_lanes_device()}};
    if (has_gpu()) found.push_back({"cuda", make_gpu()});
    return found;
  }();
  return all;
}

solver_backend const& solver_backend_named(std::string const& name) {
  for (auto const& one : solver_backends())
    if (one.name == name) return one;
  throw std::invalid_argument("no backend " + name);
}

ray_list many_rays(int size, std::mt19937_64& random) {
  std::uniform_real_distribution<double> uniform(0, 1);
  ray_list rays;
  rays.rotations = 4 * size + 1;
  rays.translations = 2 * size;
  rays.size = size;
  rays.centre = (size - 1) / 2.0;
  for (int r = 0; r < rays.rotations; ++r)
    for (int t = 0; t < rays.translations; ++t) {
      rays.angles.push_back(std::numbers::pi * (r + 0.5 * uniform(random)) / rays.rotations);
      rays.positions.push_back((t - size + 0.5) * 0.7 + 0.3 * uniform(random));
      rays.weights.push_back(uniform(random) < 0.05 ? 0.0F : 1.0F);
    }
  return rays;
}

matrix matrix_of(ray_list const& rays) {
  auto const pixels = static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size);
  values identity(pixels * pixels);
  for (std::size_t i = 0; i < pixels; ++i) identity[i * pixels + i] = 1;
  auto const columns = dense_projection(rays).project(identity, pixels).values;
  matrix a(rays.weights.size(), std::vector<double>(pixels));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < pixels; ++j) a[i][j] = columns[i * pixels + j];
  return a;
}

std::vector<double> product(matrix const& a, std::vector<double> const& x) {
  std::vector<double> y;
  for (auto const& row : a) y.push_back(std::inner_product(row.begin(), row.end(), x.begin(), 0.0));
  return y;
}

double norm(std::vector<double> const& x) { return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0)); }

namespace {

struct normal_equations {
  matrix left;
  std::vector<double> right;

  normal_equations(matrix const& a, std::vector<double> const& weight, std::vector<double> const& y)
      : left(a.front().size(), std::vector<double>(a.front().size())), right(a.front().size()) {
    for (std::size_t i = 0; i < a.size(); ++i)
      for (std::size_t j = 0; j < right.size(); ++j) {
        if (a[i][j] == 0) continue;
        right[j] += weight[i] * a[i][j] * y[i];
        for (std::size_t k = 0; k < right.size(); ++k) left[j][k] += weight[i] * a[i][j] * a[i][k];
      }
  }
};

}  // namespace

std::vector<double> least_squares(matrix const& a, std::vector<double> const& weight, std::vector<double> const& y) {
  normal_equations of(a, weight, y);
  auto const n = of.right.size();
  for (std::size_t k = 0; k < n; ++k) {  // Gauss; positive definite, so that no rows are exchanged
    if (of.left[k][k] <= 0) throw std::logic_error("the rays do not determine the pixels");
    for (std::size_t i = k + 1; i < n; ++i) {
      double const factor = of.left[i][k] / of.left[k][k];
      for (std::size_t j = k; j < n; ++j) of.left[i][j] -= factor * of.left[k][j];
      of.right[i] -= factor * of.right[k];
    }
  }
  std::vector<double> x(n);
  for (std::size_t k = n; k-- > 0;) {
    double sum = of.right[k];
    for (std::size_t j = k + 1; j < n; ++j) sum -= of.left[k][j] * x[j];
    x[k] = sum / of.left[k][k];
  }
  return x;
}

std::vector<double> non_negative_least_squares(matrix const& a, std::vector<double> const& weight,
                                               std::vector<double> const& y) {
  normal_equations const of(a, weight, y);
  std::vector<double> x(of.right.size());
  for (int sweep = 0; sweep < 100'000; ++sweep) {
    double moved = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      double slope = -of.right[j];
      for (std::size_t k = 0; k < x.size(); ++k) slope += of.left[j][k] * x[k];
      double const to = std::max(0.0, x[j] - slope / of.left[j][j]);
      moved = std::max(moved, std::abs(to - x[j]));
      x[j] = to;
    }
    if (moved < 1e-13) return x;
  }
  throw std::logic_error("coordinate descent does not settle");
}

std::vector<double> channel_of(values const& all, std::size_t channels, std::size_t which) {
  std::vector<double> one;
  for (std::size_t i = which; i < all.size(); i += channels) one.push_back(static_cast<double>(all[i]));
  return one;
}

std::vector<double> solver_scene::channel(std::size_t which) const { return channel_of(sinogram, channels, which); }

void solver_scene::set_channel(std::size_t which, std::vector<double> const& y) {
  sinogram.resize(rays.weights.size() * channels);
  for (std::size_t i = 0; i < y.size(); ++i) sinogram[i * channels + which] = static_cast<float>(y[i]);
}

void solver_scene::forget_missing() {
  for (std::size_t i = 0; i < rays.weights.size(); ++i) {
    if (rays.weights[i] != 0) continue;
    rays.angles[i] = rays.positions[i] = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t c = 0; c < channels; ++c) sinogram[i * channels + c] = std::numeric_limits<float>::quiet_NaN();
  }
}

values solver_scene::solve_on(device& on, solver_options const& options, solver_outcome* outcome,
                              solver_observer const& observer, group_source const& begin) const {
  auto const projector = on.make_projector(rays);
  parts_team alone;
  ray_operator const a(*projector, rays, alone, options.subsets);
  values image(pixels() * channels, -77.0F);
  auto const ended = solve(a, options, view<float const>(sinogram.data(), rays.weights.size(), channels),
                           view<float>(image.data(), pixels(), channels), observer, begin,
                           view<float const>(errors.data(), errors.size() / channels, channels));
  if (outcome != nullptr) *outcome = ended;
  return image;
}

}  // namespace xrdct::test
