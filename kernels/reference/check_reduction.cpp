#include "kernels/reference/check_reduction.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace xrdct::reference {
namespace {

void demand(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void check(integration_matrix const& matrix, frame_format const& format) {
  demand(matrix.rows == format.rows && matrix.columns == format.columns, "the matrix is for frames of another shape");
  demand(matrix.offsets.size() == format.pixels() + 1 && matrix.offsets.front() == 0 &&
             std::is_sorted(matrix.offsets.begin(), matrix.offsets.end()) && matrix.offsets.back() == matrix.bin.size(),
         "the matrix's offsets do not fit its entries");
  demand(matrix.bin.size() == matrix.coefficient.size(), "the matrix has not one bin for every coefficient");
  for (auto const bin : matrix.bin) demand(bin < matrix.bins, "the matrix has entries beyond its bins");
}

void check(rejection const& how, error_model errors) {
  switch (how.method) {
    case rejection_method::none: return;
    case rejection_method::sigma_clip:
      demand(errors != error_model::none, "sigma clipping needs an error model: without one, deviations have no scale");
      demand(how.threshold >= 0, "a threshold of sigma clipping that is no number of at least 0");
      demand(how.cycles >= 1, "sigma clipping without cycles");
      return;
    case rejection_method::quantiles:
      demand(0 <= how.lower && how.lower <= how.upper && how.upper <= 1, "quantiles that do not ascend from 0 to 1");
      return;
  }
}

}  // namespace

void check(reduction const& what, frame_format const& format) {
  demand(what.matrix != nullptr && what.pixels != nullptr, "a reduction needs a matrix and corrections");
  demand(format.rows > 0 && format.columns > 0, "frames without pixels");
  demand(format.block_pixels % 8 == 0, "a bit-shuffled block is a multiple of 8 pixels");
  demand(format.code != encoding::byte_offset || format.type != pixel_type::f32, "byte offset is of integers");
  check(*what.matrix, format);
  auto const& pixels = *what.pixels;
  auto const fits = [&](auto const& image) { return image.empty() || image.size() == format.pixels(); };
  demand(fits(pixels.mask) && fits(pixels.dark) && fits(pixels.norm) && fits(pixels.variance),
         "mask, dark, norm or variance have another number of pixels than the frames");
  demand(what.errors != error_model::image || !pixels.variance.empty(), "errors by an image need the variance image");
  demand(!pixels.saturation || !std::isnan(*pixels.saturation), "a saturation that is no number");
  check(what.reject, what.errors);
}

}  // namespace xrdct::reference
