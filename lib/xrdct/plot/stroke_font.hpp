#pragma once
/// \file Letters made of lines, in any size.

#include "xrdct/plot/canvas.hpp"

#include <string_view>

namespace xrdct {

/// Which part of a text is at its point.
enum class anchor { left, centre, right };

struct text_style {
  double size = 14;  ///< height of capitals, pixels
  colour ink{0.13F, 0.15F, 0.18F};
  anchor at = anchor::left;
  double thickness = 1.5;
  bool upwards = false;  ///< turned to be read from below to above
};

/// Writes a line of text; `where` is on its base line. Latin letters, digits, the usual signs, '\1' for a theta
/// and '\2' for plus or minus.
/// Others are left blank.
void write_text(canvas& onto, point where, std::string_view text, text_style const& style);

/// How wide it would be, in pixels.
double text_width(std::string_view text, double size);

}  // namespace xrdct
