// Geometries: PONI files, and those within set-ups of pyFAI.
#include "xrdct/geometry/poni.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"

#include <cmath>

namespace xrdct::fuzz {
namespace {

void check(poni const& geometry) {
  for (double const value : {geometry.poni1, geometry.poni2, geometry.rot1, geometry.rot2, geometry.rot3})
    require(std::isfinite(value), "a geometry's numbers are finite");
  require(std::isfinite(geometry.distance) && geometry.distance > 0, "the detector is in front of the sample");
  require(std::isfinite(geometry.wavelength) && geometry.wavelength >= 0, "a wavelength is no less than 0");
  auto const& detector = geometry.detector;
  require(std::isfinite(detector.pixel1) && detector.pixel1 > 0, "pixels have an extent");
  require(std::isfinite(detector.pixel2) && detector.pixel2 > 0, "pixels have an extent");
  require(detector.orientation >= 1 && detector.orientation <= 4, "there are four orientations");
  require(detector.rows >= 0 && detector.columns >= 0, "a shape is no less than 0");
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::memory_file const file(data, size);
  try {
    auto geometry = xrdct::read_poni(file.path());
    xrdct::fuzz::check(geometry);
    xrdct::fit_shape(geometry, 100, 200);
  } catch (xrdct::input_error const&) {
  }
  return 0;
}
