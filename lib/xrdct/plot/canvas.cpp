#include "xrdct/plot/canvas.hpp"

#include <algorithm>
#include <cmath>

namespace xrdct {
namespace {

/// How far a point is from the straight line between two others.
double distance(point p, point a, point b) {
  double const dx = b.x - a.x;
  double const dy = b.y - a.y;
  double const length2 = dx * dx + dy * dy;
  double const t = length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/// Pixels from the upper left one up to, not including, the lower right one.
struct pixel_box {
  int left, top, right, bottom;
  int width() const { return std::max(0, right - left); }
  int height() const { return std::max(0, bottom - top); }
};

/// Pixels that a figure covers, and how much of each.
class coverage {
 public:
  explicit coverage(pixel_box within)
      : box_(within), share_(static_cast<std::size_t>(within.width()) * static_cast<std::size_t>(within.height())) {}
  float& at(int x, int y) {
    return share_[static_cast<std::size_t>(y - box_.top) * static_cast<std::size_t>(box_.width()) +
                  static_cast<std::size_t>(x - box_.left)];
  }
  void add_segment(point a, point b, double radius) {
    int const x0 = std::max(box_.left, static_cast<int>(std::floor(std::min(a.x, b.x) - radius - 1)));
    int const x1 = std::min(box_.right, static_cast<int>(std::ceil(std::max(a.x, b.x) + radius + 1)));
    int const y0 = std::max(box_.top, static_cast<int>(std::floor(std::min(a.y, b.y) - radius - 1)));
    int const y1 = std::min(box_.bottom, static_cast<int>(std::ceil(std::max(a.y, b.y) + radius + 1)));
    for (int y = y0; y < y1; ++y)
      for (int x = x0; x < x1; ++x) {
        auto const share = static_cast<float>(std::clamp(radius + 0.5 - distance({x + 0.5, y + 0.5}, a, b), 0.0, 1.0));
        at(x, y) = std::max(at(x, y), share);
      }
  }

 private:
  pixel_box box_;
  std::vector<float> share_;
};

}  // namespace

canvas::canvas(int width, int height, colour background)
    : width_(width),
      height_(height),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), background) {}

void canvas::stroke(std::span<std::vector<point> const> paths, double thickness, colour ink, double opacity) {
  double x0 = width_, y0 = height_, x1 = 0, y1 = 0;
  for (auto const& path : paths)
    for (auto const& p : path) {
      x0 = std::min(x0, p.x), x1 = std::max(x1, p.x);
      y0 = std::min(y0, p.y), y1 = std::max(y1, p.y);
    }
  double const margin = thickness + 2;
  auto const inside = [](double v, int most) {
    return static_cast<int>(std::clamp(v, 0.0, static_cast<double>(most)));
  };
  pixel_box const box{inside(x0 - margin, width_), inside(y0 - margin, height_), inside(x1 + margin, width_),
                      inside(y1 + margin, height_)};
  coverage figure(box);
  for (auto const& path : paths) {
    if (path.size() == 1) figure.add_segment(path[0], path[0], thickness / 2);
    for (std::size_t i = 1; i < path.size(); ++i) figure.add_segment(path[i - 1], path[i], thickness / 2);
  }
  for (int y = box.top; y < box.bottom; ++y)
    for (int x = box.left; x < box.right; ++x) blend(x, y, ink, opacity * static_cast<double>(figure.at(x, y)));
}

void canvas::line(point from, point to, double thickness, colour ink) {
  std::vector<point> const path[] = {{from, to}};
  stroke(path, thickness, ink);
}

void canvas::fill(point upper_left, point lower_right, colour ink, double opacity) {
  int const x1 = std::min(width_, static_cast<int>(std::lround(lower_right.x)));
  int const y1 = std::min(height_, static_cast<int>(std::lround(lower_right.y)));
  for (int y = std::max(0, static_cast<int>(std::lround(upper_left.y))); y < y1; ++y)
    for (int x = std::max(0, static_cast<int>(std::lround(upper_left.x))); x < x1; ++x) blend(x, y, ink, opacity);
}

void canvas::frame(point a, point b, double thickness, colour ink) {
  std::vector<point> const path[] = {{a, {b.x, a.y}, b, {a.x, b.y}, a}};
  stroke(path, thickness, ink);
}

void canvas::set(int x, int y, colour ink) { blend(x, y, ink, 1); }

void canvas::blend(int x, int y, colour ink, double opacity) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_ || opacity <= 0) return;
  auto& pixel = pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
  auto const share = static_cast<float>(std::min(opacity, 1.0));
  pixel.red += share * (ink.red - pixel.red);
  pixel.green += share * (ink.green - pixel.green);
  pixel.blue += share * (ink.blue - pixel.blue);
}

std::vector<std::uint8_t> canvas::bytes() const {
  std::vector<std::uint8_t> all;
  all.reserve(pixels_.size() * 3);
  auto const byte = [](float v) { return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.F, 1.F) * 255)); };
  for (auto const& p : pixels_) all.insert(all.end(), {byte(p.red), byte(p.green), byte(p.blue)});
  return all;
}

}  // namespace xrdct
