// Projects an image that it reads, for a comparison with other programs: float64 numbers on standard input, first the
// angles in radians, then the pixels; float64 entries on standard output. Positions are a pixel apart, around the axis.
//   project_image BACKEND ROTATIONS TRANSLATIONS SIZE
#include "kernels/cpu/cpu.hpp"
#include "kernels/reference/reference.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace {

std::vector<double> read(std::size_t count) {
  std::vector<double> values(count);
  if (std::fread(values.data(), sizeof(double), count, stdin) != count) values.clear();
  return values;
}

std::vector<float> project(xrdct::device& on, xrdct::ray_list const& rays, std::vector<double> const& image) {
  auto const solver = on.make_projector(rays);
  std::vector<float> const pixels(image.begin(), image.end());
  std::vector<float> sums(rays.angles.size());
  auto const from = solver->make({rays.size, rays.size, 1});
  auto const to = solver->make({rays.rotations, rays.translations, 1});
  solver->copy(xrdct::view<float const>(pixels.data(), pixels.size(), 1), *from);
  solver->project(*from, {}, *to);
  solver->copy(*to, xrdct::view<float>(sums.data(), sums.size(), 1));
  solver->synchronize();
  return sums;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  xrdct::ray_list rays;
  rays.rotations = std::stoi(arguments[2]);
  rays.translations = std::stoi(arguments[3]);
  rays.size = std::stoi(arguments[4]);
  rays.centre = (rays.size - 1) / 2.0;
  auto const angles = read(static_cast<std::size_t>(rays.rotations));
  auto const image = read(static_cast<std::size_t>(rays.size) * static_cast<std::size_t>(rays.size));
  if (angles.empty() || image.empty()) return 3;
  for (double const angle : angles) {
    for (int t = 0; t < rays.translations; ++t) {
      rays.angles.push_back(angle);
      rays.positions.push_back(t - (rays.translations - 1) / 2.0);
      rays.weights.push_back(1);
    }
  }
  auto const on = std::string(arguments[1]) == "cpu" ? xrdct::cpu::make_device(2) : xrdct::reference::make_device();
  auto const sums = project(*on, rays, image);
  std::vector<double> const written(sums.begin(), sums.end());
  return std::fwrite(written.data(), sizeof(double), written.size(), stdout) == written.size() ? 0 : 1;
}
