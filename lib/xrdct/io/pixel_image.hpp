#pragma once
/// \file Images that go with frames, pixel by pixel, from wherever programs keep them: masks, darks, flats.

#include "xrdct/codec/image.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace xrdct {

/// What an image is wanted for.
struct wanted_image {
  std::string meaning;  ///< "mask", "dark", "flat", …: the word that its dataset has in its name
  int rows = 0;
  int columns = 0;
  bool mean = false;  ///< of several images the mean is wanted; otherwise several are an error
};

struct pixel_image {
  image pixels;
  std::string source;        ///< the file, or "FILE::/dataset"
  std::uint64_t images = 1;  ///< of which this is the mean
  bool bits = false;         ///< a mask of NXmx's bits
};

/// An image file (several images in it are an error, unless their mean is wanted), "FILE::/dataset", or an HDF5 file in
/// which only one image has the shape that is wanted, or only one of those is called after what it is wanted for. A
/// dataset is [rows][columns], [n][rows][columns] or, with `mean`, all that open_stack() takes, such as the data of a
/// DECTRIS master. The shape is not checked where the image is named. Throws input_error, which lists the candidates of
/// an ambiguity.
pixel_image read_pixel_image(std::string const& what, wanted_image const& wanted);

/// Which pixels a mask leaves out: those that are not 0. Of bits as NeXus defines them, in an integer dataset called
/// pixel_mask or pixel_mask_N, or where "bits:" stands before the name: those in which one of bits 0 to 15 is set; the
/// higher ones tell of properties that alone do not exclude (NXmx, pixel_mask).
pixel_image read_mask_image(std::string const& what, int rows, int columns);

/// The same without "bits:".
std::string mask_without_prefix(std::string const& what);

/// Whether a value of such bits excludes.
bool bits_exclude(double value);
/// Whether this is a name that NXmx gives to masks of bits: pixel_mask, pixel_mask_2, …
bool names_mask_of_bits(std::string const& dataset);

}  // namespace xrdct
