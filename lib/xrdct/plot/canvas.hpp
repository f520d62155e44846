#pragma once
/// \file An image to draw on, with smooth edges.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// sRGB, each from 0 to 1.
struct colour {
  float red = 0, green = 0, blue = 0;
};

/// Pixels from the upper left corner, to the right and down; a pixel's middle is at half numbers.
struct point {
  double x = 0, y = 0;
};

class canvas {
 public:
  canvas(int width, int height, colour background);
  int width() const { return width_; }
  int height() const { return height_; }

  /// Lines through the points of each path, with round ends, all as one figure: where they cross it is no darker.
  void stroke(std::span<std::vector<point> const> paths, double thickness, colour ink, double opacity = 1);
  void line(point from, point to, double thickness, colour ink);
  /// The pixels from the upper left corner up to, not including, the lower right one.
  void fill(point upper_left, point lower_right, colour ink, double opacity = 1);
  void frame(point upper_left, point lower_right, double thickness, colour ink);
  void set(int x, int y, colour ink);

  /// 8 bits a channel, red, green, blue, row by row.
  std::vector<std::uint8_t> bytes() const;

 private:
  void blend(int x, int y, colour ink, double opacity);
  int width_, height_;
  std::vector<colour> pixels_;
};

/// Refuses names of pictures in other formats. Throws usage_error.
void require_png_name(std::string const& path);

/// Writes the image under its final name once it is complete. Throws runtime_failure.
void write_png(std::string const& path, canvas const& image);

}  // namespace xrdct
