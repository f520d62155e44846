#pragma once
/// \file Images from files as numbers: masks, darks, flats.

#include <string>
#include <vector>

namespace xrdct {

/// A two-dimensional image, row by row. Doubles hold every pixel type that occurs (64-bit integers beyond 2⁵³ rounded).
struct image {
  int rows = 0;
  int columns = 0;
  std::vector<double> values;
};

/// Reads an image file of the format that its first bytes say: CBF (byte offset), EDF (all number types and byte
/// orders; plain), TIFF (grey, integer or float), NumPy .npy (C or Fortran order, bool, integers, floats, either byte
/// order; two-dimensional). Of several images the first. HDF5 is read by xrdct/io. Throws input_error with the file's
/// name.
image read_image_file(std::string const& path);

}  // namespace xrdct
