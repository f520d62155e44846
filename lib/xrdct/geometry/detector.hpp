#pragma once
/// \file Detectors: their pixels, their gaps, and how they mark what is not a measurement.

#include "xrdct/geometry/pixel_corners.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// A flat detector of rectangular pixels; or, with corners, of any.
struct detector {
  std::string name;   ///< as pyFAI spells it ("Pilatus 1M"), or "Detector" for a plain one
  double pixel1 = 0;  ///< metres, along rows (the slow index, vertical); 0: not known, as corners need none
  double pixel2 = 0;  ///< metres, along columns
  int rows = 0;       ///< 0: not known before the frames are seen
  int columns = 0;
  int orientation = 3;             ///< 1–4, as PONI 2.1 numbers them; 3 is the default
  bool negative_is_dead = false;   ///< Pilatus, and images of Eiger in signed numbers: gaps are −1, dead pixels −2
  std::vector<std::uint8_t> gaps;  ///< not 0: between modules, or without a position; empty: none known
  std::shared_ptr<pixel_corners const> corners;  ///< of pixels that lie on no regular grid; else none
  std::string file;                              ///< that describes it, if one does

  void fields(auto& archive) {
    archive(name, pixel1, pixel2, rows, columns, orientation, negative_is_dead, gaps, file);
    bool has_corners = corners != nullptr;
    archive(has_corners);
    if (!has_corners) return;
    // Those that are packed are only read.
    auto own = corners ? std::const_pointer_cast<pixel_corners>(corners) : std::make_shared<pixel_corners>();
    archive(*own);
    corners = std::move(own);
  }
};

/// The detector of this name with its gap mask: the sizes of Pilatus, Pilatus CdTe, Eiger, Eiger2 and Eiger2 CdTe, as
/// pyFAI names them ("Pilatus 300k"); case, spaces, '_' and '-' do not matter. Throws input_error that lists the near
/// names.
detector make_detector(std::string const& name);

/// The same modules in another shape than the name's own (0 × 0: its own); here `name` may also be that of the family
/// ("Pilatus", "Eiger2 CdTe"). The shape is at most that of an image file, and not checked here.
detector make_detector(std::string const& name, int rows, int columns);

/// Whether a detector's name alone tells its shape and the size of its pixels: no plain one, none in a shape of its
/// own.
bool known_by_name(detector const& which);

}  // namespace xrdct
