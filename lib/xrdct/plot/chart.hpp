#pragma once
/// \file What pictures are put together from: images with axes and a bar of their colours, curves with errors.

#include "xrdct/plot/canvas.hpp"
#include "xrdct/plot/map_reader.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace xrdct {

namespace chart {

inline constexpr colour paper{1, 1, 1};
inline constexpr colour ink{0.13F, 0.15F, 0.18F};
inline constexpr colour curve_ink{0.10F, 0.25F, 0.45F};
inline constexpr double small = 10.5;  // height of capitals in numbers at ticks, pixels
inline constexpr double large = 13;    // in names of axes
inline constexpr double huge = 17;     // in titles

}  // namespace chart

/// A rectangle of pixels.
struct box {
  double left, top, right, bottom;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

/// "q [1/nm]".
std::string labelled(map_axis const& axis);
/// A value of the axis with as many digits as its step is worth, without the unit.
std::string position_text(map_axis const& axis, double value);
/// "q = 19.7 - 20.5 1/nm".
std::string range_text(map_axis const& axis, peak const& range);

/// The span of an axis of pixels: half a pixel beyond its first and last centre.
std::array<double, 2> edges_of(map_axis const& axis);
/// For each of so many pixels along an axis from edge to edge, the half-open range of values to average; of one between
/// values that are far apart for the axis, none. More values than pixels: those whose centres lie in the pixel.
std::vector<std::array<std::size_t, 2>> values_of_pixels(map_axis const& axis, std::size_t pixels);

/// From 0 (or below, where there is nothing else) to what all but a few outliers stay under.
std::array<double, 2> colour_range(value_map const& map);

struct image_labels {
  bool across = true, down = true;  ///< names of the axes, besides numbers
  std::string bar;                  ///< what the colours mean
};

/// An image with its axes, and a bar of its colours to the right, which takes 24 pixels and the width of numbers.
void draw_image(canvas& onto, box const& place, map_axis const& across, map_axis const& down, value_map const& values,
                image_labels const& labels);
/// A frame around a pixel of such an image.
void mark_pixel(canvas& onto, box const& place, map_axis const& across, map_axis const& down, std::size_t column,
                std::size_t row, colour ink);

struct curve {
  std::vector<double> values;
  std::vector<double> errors;  ///< drawn as a band; may be empty
  colour ink = chart::curve_ink;
  std::string label;  ///< for the legend; "" is none
};

struct curve_chart {
  map_axis const& channels;
  std::vector<curve> curves;
  std::vector<peak> marked;  ///< ranges with a coloured ground, in mark_colour()
  bool plain_marks = false;  ///< in grey instead: the colours stand for curves
  std::string title, down;   ///< above it, and the name of the axis downwards
  bool across = true;        ///< numbers and name of the channels' axis below
  bool peaks = false;        ///< positions are written at the peaks of the first curve
  int ticks_down = 5;
};

/// The lowest and the highest value shown: all that is finite, but no further below 0 than a quarter of the height, as
/// what falls off at an edge would hide the rest; with some room above.
std::array<double, 2> value_range(std::vector<curve> const& curves);
void draw_curves(canvas& onto, box const& place, curve_chart const& content);

/// The title of a picture to the left, what it shows to the right.
void draw_heading(canvas& onto, double left, double right, std::string const& title, std::string const& facts);

}  // namespace xrdct
