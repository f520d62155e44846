#include "kernels/reference/frame_reducer.hpp"

#include "kernels/reference/naive_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

namespace xrdct::reference {
namespace {

// A pixel's value as the formulas see it: exact, and as the float32 that integration starts from.
struct pixel_value {
  double exact = 0;
  float single = 0;
  bool at_maximum = false;  // of an integer type
  bool is_unsigned = false;
};

template <class T>
pixel_value value_at(std::vector<std::byte> const& pixels, std::size_t p) {
  T value;
  std::memcpy(&value, pixels.data() + p * sizeof(T), sizeof(T));
  bool const at_maximum = std::is_integral_v<T> && value == std::numeric_limits<T>::max();
  return {static_cast<double>(value), static_cast<float>(value), at_maximum, std::is_unsigned_v<T>};
}

pixel_value value_of(pixel_type type, std::vector<std::byte> const& pixels, std::size_t p) {
  switch (type) {
    case pixel_type::u8: return value_at<std::uint8_t>(pixels, p);
    case pixel_type::u16: return value_at<std::uint16_t>(pixels, p);
    case pixel_type::u32: return value_at<std::uint32_t>(pixels, p);
    case pixel_type::i32: return value_at<std::int32_t>(pixels, p);
    case pixel_type::f32: return value_at<float>(pixels, p);
  }
  return {};
}

bool is_dummy(pixel_value const& value, corrections const& pixels) {
  if (!pixels.dummy) return false;
  if (pixels.delta_dummy == 0) return value.single == static_cast<float>(*pixels.dummy);
  return std::abs(static_cast<double>(value.single) - *pixels.dummy) <= pixels.delta_dummy;
}

// Left out of this frame.
bool is_dead(pixel_value const& value, corrections const& pixels) {
  if (!std::isfinite(value.single)) return true;
  if (pixels.exclude_maximum && value.is_unsigned && value.at_maximum) return true;
  if (pixels.exclude_negative && value.exact < 0) return true;
  return is_dummy(value, pixels);
}

double variance_of(float raw, error_model errors) {
  switch (errors) {
    case error_model::none: return 0;
    case error_model::poisson: return std::max(raw, 1.0F);
    case error_model::counts: return std::max(raw, 0.0F);
  }
  return 0;
}

struct finished : done {
  void wait() override {}
};

class naive_reducer : public frame_reducer {
 public:
  naive_reducer(reduction const& what, frame_format const& format)
      : matrix_(*what.matrix), pixels_(*what.pixels), errors_(what.errors), format_(format) {}

  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    for (std::size_t i = 0; i < frames.size(); ++i) reduce(frames[i], i, into);
    return std::make_unique<finished>();
  }
  std::size_t preferred_batch() const override { return 1; }

 private:
  float norm(std::size_t p) const { return pixels_.norm.empty() ? 1.0F : pixels_.norm[p]; }
  float dark(std::size_t p) const { return pixels_.dark.empty() ? 0.0F : pixels_.dark[p]; }

  // Left out of every frame.
  bool is_excluded(std::size_t p) const {
    bool const masked = !pixels_.mask.empty() && pixels_.mask[p] != 0;
    return masked || norm(p) == 0 || !std::isfinite(norm(p)) || !std::isfinite(dark(p));
  }

  void reduce(frame const& from, std::size_t i, patterns const& into) const {
    std::vector<double> signal(matrix_.bins), variance(matrix_.bins), norms(matrix_.bins), count(matrix_.bins);
    double raw_sum = 0;
    std::uint32_t saturated = 0;
    std::vector<std::byte> image;
    if (into.status[i] == frame_status::ok) into.status[i] = decode(from, format_, image);
    if (into.status[i] == frame_status::ok) {
      for (std::size_t p = 0; p < format_.pixels(); ++p) {
        if (is_excluded(p)) continue;
        auto const raw = value_of(format_.type, image, p);
        if (raw.at_maximum) ++saturated;
        if (is_dead(raw, pixels_)) continue;
        raw_sum += raw.exact;
        double const s = raw.single - dark(p);
        double const v = variance_of(raw.single, errors_);
        for (auto e = matrix_.offsets[p]; e < matrix_.offsets[p + 1]; ++e) {
          auto const bin = matrix_.bin[e];
          double const c = matrix_.coefficient[e];
          signal[bin] += c * s;
          variance[bin] += c * c * v;
          norms[bin] += c * static_cast<double>(norm(p));
          count[bin] += c;
        }
      }
    }
    for (std::size_t bin = 0; bin < matrix_.bins; ++bin) {
      into.signal(i, bin) = static_cast<float>(signal[bin]);
      into.variance(i, bin) = static_cast<float>(variance[bin]);
      into.norm(i, bin) = static_cast<float>(norms[bin]);
      into.count(i, bin) = static_cast<float>(count[bin]);
    }
    if (!into.raw_sum.empty()) into.raw_sum[i] = raw_sum;
    if (!into.saturated.empty()) into.saturated[i] = saturated;
  }

  integration_matrix matrix_;
  corrections pixels_;
  error_model errors_;
  frame_format format_;
};

void demand(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void check(reduction const& what, frame_format const& format) {
  demand(what.matrix != nullptr && what.pixels != nullptr, "a reduction needs a matrix and corrections");
  auto const& matrix = *what.matrix;
  auto const& pixels = *what.pixels;
  demand(format.rows > 0 && format.columns > 0, "frames without pixels");
  demand(format.block_pixels % 8 == 0, "a bit-shuffled block is a multiple of 8 pixels");
  demand(matrix.rows == format.rows && matrix.columns == format.columns, "the matrix is for frames of another shape");
  auto const count = format.pixels();
  demand(matrix.offsets.size() == count + 1 && matrix.offsets.front() == 0 &&
             std::is_sorted(matrix.offsets.begin(), matrix.offsets.end()) && matrix.offsets.back() == matrix.bin.size(),
         "the matrix's offsets do not fit its entries");
  demand(matrix.bin.size() == matrix.coefficient.size(), "the matrix has not one bin for every coefficient");
  for (auto const bin : matrix.bin) demand(bin < matrix.bins, "the matrix has entries beyond its bins");
  auto const fits = [count](std::size_t size) { return size == 0 || size == count; };
  demand(fits(pixels.mask.size()) && fits(pixels.dark.size()) && fits(pixels.norm.size()),
         "mask, dark or norm have another number of pixels than the frames");
}

}  // namespace

std::unique_ptr<frame_reducer> make_frame_reducer(reduction const& what, frame_format const& format) {
  check(what, format);
  return std::make_unique<naive_reducer>(what, format);
}

}  // namespace xrdct::reference
