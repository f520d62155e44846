#pragma once
/// \file The sinogram of some channels → their tomogram.

#include "xrdct/comm/communicator.hpp"
#include "xrdct/comm/layout.hpp"
#include "xrdct/kernels/tomograph.hpp"
#include "xrdct/pipeline/job.hpp"
#include "xrdct/tomo/algorithm.hpp"
#include "xrdct/tomo/fill.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct {

/// What is to be reconstructed and how; the same on all ranks.
struct tomogram_plan {
  scan_geometry geometry;
  window filter = window::ramp;
  xrdct::convention convention = xrdct::convention::xrdct;
  fill how_to_fill = fill::linear;
  bin_layout bins;       ///< of the sinogram
  frame_range channels;  ///< of every sector's, those that the tomogram has
  layer_axis layers;     ///< each reconstructed for itself, all in this geometry
  double step = 1;       ///< of the translation, and so of a pixel
  double axis = 0;       ///< in translation units
  std::string axis_method;
  solver_options solver;  ///< of iterative algorithms; fbp has none
  /// Where the frames of every entry are, [rotation][translation] in degrees and translation units: of the axes, or of
  /// every layer's entries for itself, where that is known. Iterative solvers take rays for what they are.
  std::vector<double> entry_rotation, entry_translation;
  std::vector<float> absorption;  ///< of the sample, see read_sample_absorption(); empty: not corrected for
  std::vector<std::vector<double>> line_shifts;  ///< [layer][rotation] in steps, added to the axis; or none
  int margin = 0;  ///< translations on each side that projections go on for beside the field, for filtering

  /// Where a row or column of pixels is, in translation units from the axis.
  std::vector<double> pixel_positions() const;
  /// Of a layer, with its shifts and the margin.
  scan_geometry geometry_of(std::size_t layer) const;
  /// The same tomogram of a sinogram that holds no other channels.
  tomogram_plan of_chosen() const;
};

/// Rotations in degrees, translations ascending. Throws usage_error for options that these cannot serve.
tomogram_plan plan_tomogram(tomogram_options const& options, std::vector<double> const& rotation,
                            std::vector<double> const& translation, bin_layout const& bins,
                            layer_axis const& layers = {});

/// Gives every entry its own position, [layer][rotation][translation]; those that are not finite stay where the axes
/// are. Nothing where there are none. Throws input_error for a wrong number of them.
void place_entries(tomogram_plan& plan, std::vector<double> const& rotation, std::vector<double> const& translation);

/// The position of an index on the translation axis, which may lie between two or beyond the ends.
double position_of(tomogram_plan const& plan, std::vector<double> const& translation, double index);
/// Puts the rotation axis there.
void place_axis(tomogram_plan& plan, std::vector<double> const& translation, double index, std::string const& method);

/// The columns [first, first + count) of a view.
template <class T>
view<T> columns_of(view<T> const& all, std::uint64_t first, std::uint64_t count) {
  return all.empty() ? view<T>() : view<T>(all.data + first, all.rows, count, all.stride);
}

/// A rank's share of rows of a layer's tomogram: [row][column][bin of its slab that the tomogram has].
struct tomogram_slab {
  std::vector<float> intensity;
  std::vector<float> error;  ///< empty where errors were not asked for
  fill_report filled;
};

/// A layer's intensities and their errors in the sinogram, as they will be altered: missing entries are filled.
struct slab_to_fill {
  channel_slab slab;
  entry_map entries;
  view<float> intensity;
  view<float> error;
  bool has_errors = false;  ///< of all ranks alike, also where this one has no channels
  emptied_values emptied;   ///< values of measured entries for which no pixel was left, filled already
};

/// Throws usage_error where errors are needed that the sinogram does not have.
void require_errors(tomogram_plan const& plan, bool errors);

/// The columns of a slab of bins that the tomogram has, counted from the first of the slab: as few runs as there are.
std::vector<frame_range> chosen_columns(tomogram_plan const& plan, channel_slab const& slab);

/// Fills, filters, back-projects this rank's rows [rows.first, …) in all the bins of its slab that the tomogram has,
/// whatever sector they belong to. `solver` was made for the layer's geometry. Without any measured entry, a tomogram
/// of several layers is NaN there; one that has no other layers throws input_error.
tomogram_slab make_tomogram(tomogram_plan const& plan, std::size_t layer, tomograph& solver,
                            slab_to_fill const& sinogram, frame_range rows);

/// "3 of 1968 entries filled (linear), 1 rotation without data left out"; empty where all is there.
std::string describe(fill_report const& report, entry_map const& entries, fill how);

}  // namespace xrdct
