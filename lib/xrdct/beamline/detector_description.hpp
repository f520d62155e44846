#pragma once
/// \file What a file says of the detector that its frames come from, as NeXus (NXmx, NXdetector), DECTRIS and Lima have
/// it.

#include "xrdct/io/frame_stack.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace xrdct {

/// Lengths in metres, times in seconds, images in the shape of the frames. What is not known is empty.
struct detector_description {
  std::string source;  ///< "FILE::/entry/instrument/detector"; empty: nothing is described
  std::string name;    ///< its model

  /// Pixels of which one of bits 0 to 15 is set in pixel_mask, pixel_mask_2, …, ORed (NXmx).
  std::vector<std::uint8_t> mask;
  std::vector<std::string> mask_names;  ///< of the datasets that it is made of
  /// Relative response, to divide by; empty also where the file says that it is applied already.
  std::vector<float> flat;
  std::string flat_name;
  bool flat_applied = false;

  /// Values that count, both ends included; and what says so.
  std::optional<double> lowest, highest;
  std::string lowest_name, highest_name;

  std::optional<double> pixel1, pixel2;    ///< along rows (y) and along columns (x)
  std::optional<double> distance;          ///< from the sample
  std::optional<double> centre1, centre2;  ///< where the beam meets it, from the corner of pixel (0, 0)
  std::optional<double> wavelength;
  std::optional<double> count_time;
  std::string turned;  ///< what says that it does not stand upright in the beam; empty: nothing does

  std::string module;  ///< its place among other modules, as it states it: (x, y, z)

  std::vector<std::string> oddities;  ///< what is there and cannot be used, each a line

  bool any() const { return !source.empty(); }
};

/// Throws input_error where the frames, one after the other, are of modules at different places: of a detector whose
/// modules have a file each (DESY Lambda).
void refuse_modules_in_a_row(frame_stack const& stack);

/// Looks beside the dataset that the stack is named after and beside the first that it leads to. Throws input_error
/// where several detectors may be meant, or what belongs to it cannot be read.
detector_description describe_detector(frame_stack const& stack);

}  // namespace xrdct
