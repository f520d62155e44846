#include "xrdct/simulation/phantom.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xrdct {
namespace {

constexpr double degree = std::numbers::pi / 180;

/// ∫ √(w² − t²) dt from 0 to t, for |t| ≤ w.
double half_disc(double t, double w) {
  double const at = std::clamp(t, -w, w);
  return 0.5 * (at * std::sqrt(std::max(0.0, w * w - at * at)) + w * w * std::asin(at / w));
}

/// A grain of the pellet, for phases from the third on.
struct grain {
  double x, y, a, b, angle;
};
constexpr grain grains[] = {
    {-0.38, -0.30, 0.22, 0.13, 35}, {0.30, -0.42, 0.15, 0.11, -20}, {0.42, 0.22, 0.24, 0.15, 70},
    {-0.16, 0.46, 0.17, 0.12, 10},  {-0.52, 0.18, 0.11, 0.08, 60},  {0.08, 0.02, 0.10, 0.10, 0},
    {0.12, 0.62, 0.09, 0.06, -35},  {-0.10, -0.62, 0.08, 0.06, 20},
};

}  // namespace

phantom make_pellet(std::size_t phases) {
  phantom sample{phases, {}};
  auto& all = sample.ellipses;
  if (phases == 0) return sample;
  double const body = 0.9;
  all.push_back({0, 0, 0, 0.92, 0.84, 15, body});
  // Pores, through all phases at once only where the pellet's own phase is alone.
  all.push_back({0, 0.16, -0.18, 0.07, 0.05, 40, -body});
  all.push_back({0, -0.30, 0.04, 0.06, 0.09, -15, -body});
  if (phases > 1) {  // a shell: an ellipse with a smaller one taken out, and three clusters within
    double const shell = 0.10;
    all.push_back({1, 0, 0, 0.90, 0.82, 15, shell});
    all.push_back({1, 0.01, -0.01, 0.80, 0.71, 15, -shell});
    all.push_back({1, 0.55, -0.12, 0.09, 0.06, 30, 0.14});
    all.push_back({1, -0.06, 0.22, 0.06, 0.06, 0, 0.18});
    all.push_back({1, -0.36, -0.02, 0.05, 0.11, 10, 0.10});
  }
  for (std::size_t i = 0; phases > 2 && i < std::size(grains); ++i) {
    auto const& g = grains[i];
    std::size_t const phase = 2 + i % (phases - 2);
    all.push_back({0, g.x, g.y, g.a, g.b, g.angle, -0.7 * body});  // a grain displaces most of the pellet's phase
    all.push_back({phase, g.x, g.y, g.a, g.b, g.angle, 0.8});
  }
  return sample;
}

double ray_sum(ellipse const& e, double angle, double position, double width) {
  double const nx = std::cos(angle * degree);
  double const ny = -std::sin(angle * degree);
  double const ux = std::cos(e.angle * degree);
  double const uy = std::sin(e.angle * degree);
  // The ellipse's half width seen along the beam, and the beam's edges relative to its centre.
  double const w = std::hypot(e.a * (nx * ux + ny * uy), e.b * (ny * ux - nx * uy));
  double const t = position - (nx * e.x + ny * e.y);
  double const lower = t - width / 2;
  double const upper = t + width / 2;
  if (lower >= w || upper <= -w) return 0;
  // The chord at t is 2ab·√(w² − t²)/w².
  return e.density * 2 * e.a * e.b / (w * w) * (half_disc(upper, w) - half_disc(lower, w)) / width;
}

namespace {

/// A point in an ellipse's own axes, in units of its semi-axes.
class ellipse_test {
 public:
  explicit ellipse_test(ellipse const& e)
      : e_(e), cosine_(std::cos(e.angle * degree)), sine_(std::sin(e.angle * degree)) {}
  bool holds(double x, double y) const {
    double const u = ((x - e_.x) * cosine_ + (y - e_.y) * sine_) / e_.a;
    double const v = ((y - e_.y) * cosine_ - (x - e_.x) * sine_) / e_.b;
    return u * u + v * v <= 1;
  }
  /// The share of a square of this edge that is inside: 1 if all corners are, as ellipses are convex.
  double share_of_pixel(double x, double y, double edge) const {
    double const h = edge / 2;
    if (holds(x - h, y - h) && holds(x - h, y + h) && holds(x + h, y - h) && holds(x + h, y + h)) return 1;
    constexpr int points = 16;
    int inside = 0;
    for (int i = 0; i < points; ++i)
      for (int j = 0; j < points; ++j)
        inside += holds(x + ((j + 0.5) / points - 0.5) * edge, y + ((i + 0.5) / points - 0.5) * edge);
    return static_cast<double>(inside) / (points * points);
  }
  /// Half the height and width of its bounding box.
  double reach() const { return std::max(e_.a, e_.b); }

 private:
  ellipse const& e_;
  double cosine_, sine_;
};

}  // namespace

double density_at(phantom const& sample, std::size_t phase, double x, double y) {
  double sum = 0;
  for (auto const& e : sample.ellipses)
    if (e.phase == phase && ellipse_test(e).holds(x, y)) sum += e.density;
  return sum;
}

std::vector<float> density_map(phantom const& sample, std::size_t phase, int size, double pixel) {
  std::vector<double> map(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  auto const place = [&](int index) { return (index - 0.5 * (size - 1)) * pixel; };
  auto const index = [&](double at) {
    return static_cast<int>(std::clamp(at / pixel + 0.5 * (size - 1), 0.0, static_cast<double>(size - 1)));
  };
  for (auto const& e : sample.ellipses) {
    if (e.phase != phase) continue;
    ellipse_test const test(e);
    double const reach = test.reach() + pixel;
    for (int row = index(e.y - reach); row <= index(e.y + reach + pixel); ++row)
      for (int column = index(e.x - reach); column <= index(e.x + reach + pixel); ++column)
        map[static_cast<std::size_t>(row) * static_cast<std::size_t>(size) + static_cast<std::size_t>(column)] +=
            e.density * test.share_of_pixel(place(column), place(row), pixel);
  }
  return {map.begin(), map.end()};
}

}  // namespace xrdct
