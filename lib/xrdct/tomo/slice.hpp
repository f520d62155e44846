#pragma once
/// \file One channel, to find out by what the scan was like: plain filtered back-projection and projection, in double.

#include <vector>

namespace xrdct {

/// Sinograms are [rotation][column], `columns` of them measured and `margin` on each side, where projections go on
/// beside the field and fall to nothing. Tomograms are squares of as many pixels as there are columns, each as wide as
/// a column, with the rotation axis in their middle. `axes` are, one a rotation, the columns of a sinogram that meet
/// the rotation axis.
class slice_model {
 public:
  /// Angles in radians.
  slice_model(std::vector<double> const& angles, int columns, int margin);

  int length() const { return columns_ + 2 * margin_; }
  int margin() const { return margin_; }
  int columns() const { return columns_; }
  std::size_t rotations() const { return sines_.size(); }

  /// Continues rotations [rotation][columns] beside the field.
  std::vector<double> extended(std::vector<double> const& measured) const;
  /// Ramp filter, weighted by the share of each angle.
  std::vector<double> filtered(std::vector<double> const& sinogram) const;
  std::vector<double> back_project(std::vector<double> const& filtered, std::vector<double> const& axes) const;
  /// The transpose of what back_project() does.
  std::vector<double> project(std::vector<double> const& tomogram, std::vector<double> const& axes) const;

  /// The sum of squared differences between a sinogram and a projection, as a share of the sinogram's variance, with
  /// the best factor and constant. Of the measured columns, but for the outermost, on which what is beside the field
  /// acts most.
  double unexplained(std::vector<double> const& sinogram, std::vector<double> const& projected) const;
  /// The columns of a sinogram that are compared, from `first` to before `end`.
  int first_compared() const;
  int end_compared() const { return length() - first_compared(); }

 private:
  int columns_ = 0;
  int margin_ = 0;
  std::vector<double> sines_, cosines_, weights_;
};

}  // namespace xrdct
