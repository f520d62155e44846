#pragma once
/// \file Angles of a sample that turns on and on, where a turn is no whole number of frames.

#include "xrdct/scan/scan_axes.hpp"

namespace xrdct {

/// Where the rotation moves evenly from frame to frame, but lines begin at ever new fractions of its step, clustering
/// finds many times more angles than a line has frames. They are put into uniform bins of that step instead (of a whole
/// number of bins a turn, where turns are counted on); bins are cut where the fewest frames lie.
///
/// Done where clustering leaves clearly less than half of the entries with a frame, or merges frames that follow each
/// other, and bins are filled much better; not where lines of one direction repeat their angles.
/// Sets rotation.bin; centres become the means of the bins' frames.
void bin_turning_angles(scan_axes& axes);

}  // namespace xrdct
