#include "xrdct/tomo/mass_centre.hpp"

#include "xrdct/base/robust.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace xrdct {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double biweight = 4.685;  // 95 % as efficient as least squares for normally distributed errors
constexpr int most_cycles = 50;

using vector3 = std::array<double, 3>;
using matrix3 = std::array<vector3, 3>;

/// The inverse of a symmetric positive matrix by Cholesky's decomposition; false where it has none worth having.
bool invert(matrix3 const& a, matrix3& inverse) {
  matrix3 l{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
      if (i == j && !(sum > 1e-9 * a[i][i])) return false;
      l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
    }
  for (std::size_t column = 0; column < 3; ++column) {
    vector3 x{};
    for (std::size_t i = 0; i < 3; ++i) {
      double sum = i == column ? 1 : 0;
      for (std::size_t k = 0; k < i; ++k) sum -= l[i][k] * x[k];
      x[i] = sum / l[i][i];
    }
    for (std::size_t i = 3; i-- > 0;) {
      double sum = x[i];
      for (std::size_t k = i + 1; k < 3; ++k) sum -= l[k][i] * x[k];
      x[i] = sum / l[i][i];
    }
    for (std::size_t i = 0; i < 3; ++i) inverse[i][column] = x[i];
  }
  return true;
}

vector3 basis(double angle) { return {1, std::cos(angle), std::sin(angle)}; }

/// One step of weighted least squares. `inverse` is that of the normal matrix.
bool solve(std::vector<double> const& angles, std::vector<double> const& values, std::vector<double> const& weights,
           vector3& solution, matrix3& inverse) {
  matrix3 normal{};
  vector3 right{};
  for (std::size_t i = 0; i < angles.size(); ++i) {
    auto const b = basis(angles[i]);
    for (std::size_t j = 0; j < 3; ++j) {
      right[j] += weights[i] * b[j] * values[i];
      for (std::size_t k = 0; k < 3; ++k) normal[j][k] += weights[i] * b[j] * b[k];
    }
  }
  if (!invert(normal, inverse)) return false;
  for (std::size_t j = 0; j < 3; ++j) {
    solution[j] = 0;
    for (std::size_t k = 0; k < 3; ++k) solution[j] += inverse[j][k] * right[k];
  }
  return true;
}

double value_at(vector3 const& solution, double angle) {
  auto const b = basis(angle);
  return solution[0] * b[0] + solution[1] * b[1] + solution[2] * b[2];
}

double weight_of(double distance, double deviation) {
  if (!(deviation > 0)) return distance == 0 ? 1 : 0;
  double const u = distance / (biweight * deviation);
  return std::abs(u) < 1 ? (1 - u * u) * (1 - u * u) : 0;
}

}  // namespace

double level_of_air(total_scattering const& total) {
  auto const columns = static_cast<std::size_t>(total.entries.translations);
  std::vector<double> ends;
  for (std::size_t first = 0; first + columns <= total.values.size() && columns > 0; first += columns) {
    ends.push_back(total.values[first]);
    ends.push_back(total.values[first + columns - 1]);
  }
  if (ends.empty()) return 0;
  std::ranges::sort(ends);
  std::size_t const half = ends.size() / 2 + 1;
  std::size_t best = 0;
  for (std::size_t i = 0; i + half <= ends.size(); ++i)
    if (ends[i + half - 1] - ends[i] < ends[best + half - 1] - ends[best]) best = i;
  double sum = 0;
  for (std::size_t i = best; i < best + half; ++i) sum += ends[i];
  return sum / static_cast<double>(half);
}

std::vector<double> mass_centres(total_scattering const& total, double air) {
  std::vector<double> centres;
  for (int r = 0; r < total.entries.rotations; ++r) {
    double mass = 0;
    double moment = 0;
    int measured = 0;
    for (int t = 0; t < total.entries.translations; ++t) {
      auto const entry = static_cast<std::size_t>(r) * static_cast<std::size_t>(total.entries.translations) +
                         static_cast<std::size_t>(t);
      double const value = total.values[entry] - air;
      mass += value;
      moment += value * t;
      measured += total.entries.has(r, t) ? 1 : 0;
    }
    bool const known = mass > 0 && 2 * measured >= total.entries.translations;
    centres.push_back(known ? moment / mass : std::numeric_limits<double>::quiet_NaN());
  }
  return centres;
}

double sinusoid::at(double angle) const { return offset + cosine * std::cos(angle) + sine * std::sin(angle); }

sinusoid fit_sinusoid(std::span<double const> angles, std::span<double const> values) {
  std::vector<double> known_angles;
  std::vector<double> known;
  for (std::size_t i = 0; i < angles.size(); ++i)
    if (std::isfinite(values[i])) {
      known_angles.push_back(angles[i]);
      known.push_back(values[i]);
    }
  sinusoid fit{median(known), 0, 0, infinite, infinite};
  std::vector<double> weights(known.size(), 1.0);
  std::vector<double> distances(known.size());
  vector3 solution{};
  matrix3 inverse{};
  for (int cycle = 0; cycle < most_cycles; ++cycle) {
    vector3 const before = solution;
    if (known.size() < 4 || !solve(known_angles, known, weights, solution, inverse)) return fit;
    for (std::size_t i = 0; i < known.size(); ++i) distances[i] = known[i] - value_at(solution, known_angles[i]);
    fit = {solution[0], solution[1], solution[2], infinite, median_deviation(distances)};
    double squares = 0;
    double sum = 0;
    for (std::size_t i = 0; i < known.size(); ++i) {
      squares += weights[i] * distances[i] * distances[i];
      sum += weights[i];
    }
    if (sum > 3) fit.offset_error = std::sqrt(squares / (sum - 3) * inverse[0][0]);
    if (cycle > 0 &&
        std::abs(solution[0] - before[0]) + std::abs(solution[1] - before[1]) + std::abs(solution[2] - before[2]) <=
            1e-9)
      break;
    // The deviation of exact data is rounding.
    double const deviation = std::max(fit.deviation, 1e-9);
    for (std::size_t i = 0; i < known.size(); ++i) weights[i] = weight_of(distances[i], deviation);
  }
  return fit;
}

}  // namespace xrdct
