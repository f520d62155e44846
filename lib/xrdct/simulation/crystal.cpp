#include "xrdct/simulation/crystal.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace xrdct {
namespace {

using vector3 = std::array<double, 3>;

/// Puts an atom at every one of `positions`, repeated at every one of `centrings`.
void place(unit_cell& cell, int atomic_number, std::vector<vector3> const& positions,
           std::vector<vector3> const& centrings) {
  auto const into_cell = [](double x) { return x - std::floor(x); };
  for (auto const& c : centrings)
    for (auto const& p : positions)
      cell.atoms.push_back({atomic_number, into_cell(p[0] + c[0]), into_cell(p[1] + c[1]), into_cell(p[2] + c[2])});
}

std::vector<vector3> const primitive{{0, 0, 0}};
std::vector<vector3> const face_centred{{0, 0, 0}, {0, .5, .5}, {.5, 0, .5}, {.5, .5, 0}};
std::vector<vector3> const rhombohedral{{0, 0, 0}, {2. / 3, 1. / 3, 1. / 3}, {1. / 3, 2. / 3, 2. / 3}};

unit_cell cubic(std::string name, double a, double displacement) {
  unit_cell cell;
  cell.name = std::move(name);
  cell.a = cell.b = cell.c = a;
  cell.displacement = displacement;
  return cell;
}

/// Fm-3m: Ce on 4a, O on 8c.
unit_cell ceria() {
  unit_cell cell = cubic("CeO2", 5.4115, 0.3);
  place(cell, 58, {{0, 0, 0}}, face_centred);
  place(cell, 8, {{.25, .25, .25}, {.75, .75, .75}}, face_centred);
  return cell;
}

/// Fd-3m, origin 1: Si on 8a.
unit_cell silicon() {
  unit_cell cell = cubic("Si", 5.4312, 0.5);
  place(cell, 14, {{0, 0, 0}, {.25, .25, .25}}, face_centred);
  return cell;
}

/// R-3c, hexagonal axes: Al on 12c, O on 18e.
unit_cell corundum() {
  unit_cell cell;
  cell.name = "Al2O3";
  cell.a = cell.b = 4.7587;
  cell.c = 12.9929;
  cell.gamma = 120;
  cell.displacement = 0.3;
  double const z = 0.3522;
  double const x = 0.3063;
  place(cell, 13, {{0, 0, z}, {0, 0, .5 - z}, {0, 0, -z}, {0, 0, .5 + z}}, rhombohedral);
  place(cell, 8, {{x, 0, .25}, {0, x, .25}, {-x, -x, .25}, {-x, 0, .75}, {0, -x, .75}, {x, x, .75}}, rhombohedral);
  return cell;
}

/// Pm-3m: La on 1a, B on 6f.
unit_cell lanthanum_hexaboride() {
  unit_cell cell = cubic("LaB6", 4.15689, 0.3);
  double const x = 0.1996;
  place(cell, 57, {{0, 0, 0}}, primitive);
  place(cell, 5, {{x, .5, .5}, {1 - x, .5, .5}, {.5, x, .5}, {.5, 1 - x, .5}, {.5, .5, x}, {.5, .5, 1 - x}}, primitive);
  return cell;
}

/// 1/d² = h·G*·h: the reciprocal metric, as the coefficients of h², k², l², hk, hl, kl.
std::array<double, 6> reciprocal_metric(unit_cell const& cell) {
  double const degree = std::numbers::pi / 180;
  double const ca = std::cos(cell.alpha * degree);
  double const cb = std::cos(cell.beta * degree);
  double const cg = std::cos(cell.gamma * degree);
  double const v2 = cell.volume() * cell.volume();
  auto const sq = [](double x) { return x * x; };
  return {sq(cell.b * cell.c) * (1 - ca * ca) / v2,
          sq(cell.a * cell.c) * (1 - cb * cb) / v2,
          sq(cell.a * cell.b) * (1 - cg * cg) / v2,
          2 * cell.a * cell.b * sq(cell.c) * (ca * cb - cg) / v2,
          2 * cell.a * sq(cell.b) * cell.c * (ca * cg - cb) / v2,
          2 * sq(cell.a) * cell.b * cell.c * (cb * cg - ca) / v2};
}

/// f(q) of Wentzel's atom times the Debye–Waller factor; `inverse_d2` is 1/d² in Å⁻².
double form_factor(int atomic_number, double inverse_d2, double displacement) {
  double const bohr = 0.529177;  // Å
  double const radius = bohr / std::cbrt(atomic_number);
  double const q2 = 4 * std::numbers::pi * std::numbers::pi * inverse_d2;
  return atomic_number / (1 + q2 * radius * radius) * std::exp(-displacement * inverse_d2 / 4);
}

/// |F|² of one lattice plane.
double structure_factor2(unit_cell const& cell, int h, int k, int l, double inverse_d2) {
  double real = 0;
  double imaginary = 0;
  for (auto const& at : cell.atoms) {
    double const phase = 2 * std::numbers::pi * (h * at.x + k * at.y + l * at.z);
    double const f = form_factor(at.atomic_number, inverse_d2, cell.displacement);
    real += f * std::cos(phase);
    imaginary += f * std::sin(phase);
  }
  return real * real + imaginary * imaginary;
}

struct plane {
  int h, k, l;
  double inverse_d2;
};

/// One of every pair of opposite planes (the Friedel pair has the same |F|).
std::vector<plane> half_of_planes(unit_cell const& cell, double d_min) {
  auto const g = reciprocal_metric(cell);
  double const limit = 1 / (d_min * d_min);
  int const h_max = static_cast<int>(cell.a / d_min);
  int const k_max = static_cast<int>(cell.b / d_min);
  int const l_max = static_cast<int>(cell.c / d_min);
  std::vector<plane> planes;
  for (int h = 0; h <= h_max; ++h)
    for (int k = -k_max; k <= k_max; ++k)
      for (int l = -l_max; l <= l_max; ++l) {
        bool const first_of_pair = h > 0 || k > 0 || (k == 0 && l > 0);
        if (!first_of_pair) continue;
        double const inverse_d2 =
            g[0] * h * h + g[1] * k * k + g[2] * l * l + g[3] * h * k + g[4] * h * l + g[5] * k * l;
        if (inverse_d2 <= limit) planes.push_back({h, k, l, inverse_d2});
      }
  std::sort(planes.begin(), planes.end(), [](plane const& p, plane const& q) { return p.inverse_d2 < q.inverse_d2; });
  return planes;
}

/// The plane with the tidiest indices stands for the ring: the fewest minus signs, then the usual h ≥ k order.
bool tidier(plane const& p, reflection const& than) {
  auto const minuses = [](int h, int k, int l) { return (h < 0) + (k < 0) + (l < 0); };
  int const mine = minuses(p.h, p.k, p.l);
  int const its = minuses(than.h, than.k, than.l);
  if (mine != its) return mine < its;
  return std::array{p.h, p.k, p.l} > std::array{than.h, than.k, than.l};
}

}  // namespace

double unit_cell::volume() const {
  double const degree = std::numbers::pi / 180;
  double const ca = std::cos(alpha * degree);
  double const cb = std::cos(beta * degree);
  double const cg = std::cos(gamma * degree);
  return a * b * c * std::sqrt(1 - ca * ca - cb * cb - cg * cg + 2 * ca * cb * cg);
}

unit_cell known_cell(std::string_view formula) {
  for (auto* const make : {ceria, silicon, corundum, lanthanum_hexaboride}) {
    unit_cell cell = make();
    if (cell.name == formula) return cell;
  }
  throw usage_error("the phase '" + std::string(formula) + "' is unknown; use CeO2, Si, Al2O3 or LaB6");
}

std::vector<reflection> reflections(unit_cell const& cell, double d_min) {
  // Electrons²: rounding leaves less of an extinguished plane.
  double const negligible = 1e-9 * static_cast<double>(cell.atoms.size());
  std::vector<reflection> rings;
  double previous = -1;
  for (auto const& p : half_of_planes(cell, d_min)) {
    double const strength = structure_factor2(cell, p.h, p.k, p.l, p.inverse_d2);
    if (strength < negligible) continue;
    if (rings.empty() || p.inverse_d2 - previous > 1e-9 * p.inverse_d2) {
      rings.push_back({p.h, p.k, p.l, 0, 1 / std::sqrt(p.inverse_d2), 0});
      previous = p.inverse_d2;
    }
    reflection& ring = rings.back();
    if (tidier(p, ring)) ring.h = p.h, ring.k = p.k, ring.l = p.l;
    ring.multiplicity += 2;
    ring.strength += 2 * strength;
  }
  return rings;
}

}  // namespace xrdct
