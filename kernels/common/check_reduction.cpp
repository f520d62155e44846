#include "kernels/common/check_reduction.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace xrdct {
namespace {

void demand(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void check_matrix(integration_matrix const& matrix, frame_format const& format) {
  demand(matrix.rows == format.rows && matrix.columns == format.columns, "the matrix is for frames of another shape");
  demand(matrix.offsets.size() == format.pixels() + 1, "the matrix has not one offset for every pixel");
  demand(matrix.offsets.front() == 0 && matrix.offsets.back() == matrix.bin.size() &&
             std::is_sorted(matrix.offsets.begin(), matrix.offsets.end()),
         "the matrix's offsets do not fit its entries");
  demand(matrix.bin.size() == matrix.coefficient.size(), "the matrix has not one bin for every coefficient");
  demand(std::all_of(matrix.bin.begin(), matrix.bin.end(), [&](std::uint32_t bin) { return bin < matrix.bins; }),
         "the matrix has entries beyond its bins");
}

void check_rejection(rejection const& how, error_model errors) {
  if (how.method == rejection_method::sigma_clip) {
    demand(errors != error_model::none, "sigma clipping needs an error model: without one, deviations have no scale");
    demand(how.threshold >= 0, "a threshold of sigma clipping that is no number of at least 0");
    demand(how.cycles >= 1, "sigma clipping without cycles");
  }
  if (how.method == rejection_method::quantiles)
    demand(0 <= how.lower && how.lower <= how.upper && how.upper <= 1, "quantiles that do not ascend from 0 to 1");
}

}  // namespace

void check_reduction(reduction const& what, frame_format const& format) {
  demand(what.matrix != nullptr && what.pixels != nullptr, "a reduction needs a matrix and corrections");
  demand(format.rows > 0 && format.columns > 0, "frames without pixels");
  demand(format.block_pixels % 8 == 0, "a bit-shuffled block is a multiple of 8 pixels");
  demand(format.code != encoding::byte_offset || format.type != pixel_type::f32, "byte offset is of integers");
  check_matrix(*what.matrix, format);
  auto const fits = [&](auto const& image) { return image.empty() || image.size() == format.pixels(); };
  demand(fits(what.pixels->mask), "the mask has another number of pixels than the frames");
  demand(fits(what.pixels->dark), "the dark image has another number of pixels than the frames");
  demand(fits(what.pixels->norm), "the norm has another number of pixels than the frames");
  demand(fits(what.pixels->variance), "the variance has another number of pixels than the frames");
  demand(what.errors != error_model::image || !what.pixels->variance.empty(),
         "errors by an image need the variance image");
  demand(!what.pixels->saturation || !std::isnan(*what.pixels->saturation), "a saturation that is no number");
  check_rejection(what.reject, what.errors);
}

}  // namespace xrdct
