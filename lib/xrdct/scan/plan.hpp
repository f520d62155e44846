#pragma once
/// \file Which frame belongs where in the sinogram.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// Where every frame was taken: one value a frame.
struct scan_positions {
  std::vector<double> rotation;     ///< degrees
  std::vector<double> translation;  ///< in translation_unit
  std::string translation_unit;
  std::vector<double> layer{};  ///< in layer_unit; empty: all frames are of one layer
  std::string layer_unit{};
};

/// The order in which a regular scan was taken, where no positions are recorded.
struct grid_scan {
  enum class fast_axis : std::uint8_t { translation, rotation };
  enum class order : std::uint8_t { raster, zigzag, interlaced };
  int rotations = 0;
  int translations = 0;
  double span = 180;  ///< degrees covered by all rotations; the last one is one step before its end
  fast_axis fast = fast_axis::translation;
  order how = order::raster;
  int layers = 1;  ///< one after the other, each in the same order
};

/// Positions of a regular scan, translations in steps, centred on 0; layers, where there are several, from 0. zigzag:
/// every second line runs backwards; interlaced: the slow axis takes its even positions first, then its odd ones.
scan_positions positions_of(grid_scan const& grid);

/// Where the layers of a scan are.
struct layer_axis {
  std::vector<double> centres{};  ///< ascending; empty: not recorded, and one layer
  std::string unit{};

  std::size_t count() const { return centres.empty() ? 1 : centres.size(); }
  /// Whether arrays have an axis of layers.
  bool several() const { return centres.size() > 1; }
  void fields(auto& archive) { archive(centres, unit); }
};

/// What may be odd about a scan.
enum class oddity : std::uint8_t {
  no_position,   ///< frames have none
  no_frame,      ///< positions have none
  repeated,      ///< positions have more frames than one
  cut_short,     ///< the last line ended early
  mixed_lines,   ///< of N and of N + 1 frames
  uneven_steps,  ///< of a motor
  gap,           ///< a motor left positions out
  wedge,         ///< directions are missing: the rotations do not cover 180°
  partly_twice,  ///< the rotations extend over more than 180°, but not over 360°
  same_angle,    ///< both ends of a turn are kept as entries
  turn_closed,   ///< the frame at 360° counts as one at 0°
  lag,           ///< backward lines lie beside forward ones, but near enough to be one
  two_combs,     ///< they do not
  binned,        ///< angles do not repeat from line to line
  one_layer,     ///< layers that differ like noise are one
};

/// One of them, in words.
struct scan_remark {
  oddity what{};
  std::string text;
  void fields(auto& archive) { archive(what, text); }
};

/// Whether the tomogram suffers from it, or the scan is not what it seems; otherwise it is good to know.
bool is_serious(oddity what);

/// The sinogram's axes, ascending whatever the order of frames, and each frame's place in it.
struct scan_plan {
  std::vector<double> rotation;     ///< degrees: means of clusters
  std::vector<double> translation;  ///< means of clusters
  std::string translation_unit;
  layer_axis layers;
  /// Of every frame: (layer index × rotations + rotation index) × translations + translation index; −1: none.
  std::vector<std::int64_t> entry;
  /// [layer][rotation][translation], mean over the entry's frames; NaN: no frame.
  std::vector<double> rotation_position;
  std::vector<double> translation_position;  ///< likewise
  std::string summary;                       ///< one line: what was found
  std::string order;                 ///< how the frames follow each other: "zigzag lines along rotation, 41 lines …"
  std::vector<scan_remark> remarks;  ///< what is odd

  std::size_t entries_of_layer() const { return rotation.size() * translation.size(); }
  std::size_t entries() const { return layers.count() * entries_of_layer(); }
  double step() const;  ///< the median translation step; 1 where there is one translation

  void fields(auto& archive) {
    archive(rotation, translation, translation_unit, layers, entry, rotation_position, translation_position, summary,
            order, remarks);
  }
};

/// How many frames each entry has.
std::vector<std::uint32_t> frames_of_entries(scan_plan const& plan);

struct plan_options {
  double position_tolerance = 0.25;  ///< of the median step: positions nearer than that are one
  bool reverse_rotation = false;     ///< θ → −θ
};

/// Clusters the positions and places the frames. Angles are taken modulo 360° only where several turns are found.
/// Frames with a position that is not finite have no place. Layers that differ like noise, and in none of which a
/// position of another is repeated, are one. Throws input_error where rotations, translations and layers differ
/// in number, none is left, or they do not form a scan (64 times more entries than frames);
/// usage_error for a tolerance outside [0, 1).
scan_plan make_plan(scan_positions const& positions, plan_options const& options);

/// Frames [first, first + count) of a stack.
struct frame_range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// Splits the stack into one range of consecutive frames a rank that weigh about the same. A frame weighs its stored
/// bytes plus a fixed cost, so that missing frames weigh little and equal frames are split evenly.
std::vector<frame_range> partition(std::span<std::uint64_t const> stored_bytes, int ranks);

}  // namespace xrdct
