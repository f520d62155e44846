#include "xrdct/tomo/filters.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/tomo/names.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xrdct {
namespace {

using std::numbers::pi;

constexpr named<window> windows[] = {{"ramp", window::ramp},       {"shepp-logan", window::shepp_logan},
                                     {"cosine", window::cosine},   {"hann", window::hann},
                                     {"hamming", window::hamming}, {"none", window::none}};

constexpr named<convention> conventions[] = {
    {"xrdct", convention::xrdct}, {"skimage", convention::skimage}, {"silx", convention::silx}};

/// The ramp in space, sampled where translations are (Kak and Slaney, Principles of Computerized Tomographic Imaging,
/// 1988, eq. 61), times two.
double ramp_tap(int distance) {
  if (distance == 0) return 0.5;
  return distance % 2 == 0 ? 0.0 : -2 / (pi * pi * distance * distance);
}

int power_of_two_from(int least) {
  int power = 64;
  while (power < least) power *= 2;
  return power;
}

/// The least multiple of four from `least` on that has no prime factors but 2, 3, 5 and 7.
int smooth_from(int least) {
  for (int length = std::max(least + 3, 4) / 4 * 4;; length += 4) {
    int rest = length;
    for (int const prime : {2, 3, 5, 7}) {
      while (rest % prime == 0) rest /= prime;
    }
    if (rest == 1) return length;
  }
}

/// cos(2πi/n) by a table, for any product of two indices.
class cosines {
 public:
  explicit cosines(int n) : table_(static_cast<std::size_t>(n)) {
    for (int i = 0; i < n; ++i) table_[static_cast<std::size_t>(i)] = std::cos(2 * pi * i / n);
  }
  double operator()(int i, int j) const {
    return table_[static_cast<std::size_t>(i) * static_cast<std::size_t>(j) % table_.size()];
  }

 private:
  std::vector<double> table_;
};

/// NumPy's window over `length` points, of which the last repeats the first, with its middle moved to frequency 0. As
/// the length is even, no point is in the middle, and the window is not symmetric in the frequency; only its symmetric
/// part acts on real samples.
double numpy_window(double constant, int frequency, int length) {
  auto const at = [&](int point) {
    return constant - (1 - constant) * std::cos(2 * pi * (point % length) / (length - 1));
  };
  return (at(length / 2 + frequency) + at(length / 2 - frequency)) / 2;
}

/// The window at a frequency of 0 … length/2.
double window_at(window which, convention whose, int frequency, int length) {
  double const omega = 2 * pi * frequency / length;
  switch (which) {
    case window::ramp:
    case window::none: return 1;
    case window::shepp_logan: return frequency == 0 ? 1 : std::sin(omega / 2) / (omega / 2);
    case window::cosine: return std::cos(omega / 2);
    case window::hann:
      return whose == convention::skimage ? numpy_window(0.5, frequency, length) : 0.5 + 0.5 * std::cos(omega);
    case window::hamming:
      return whose == convention::skimage ? numpy_window(0.54, frequency, length) : 0.54 + 0.46 * std::cos(omega);
  }
  return 1;
}

/// The windowed ramp at the frequencies 0 … length/2, padded to `length`.
std::vector<double> response(window which, convention whose, int length, cosines const& cosine) {
  std::vector<double> values;
  for (int k = 0; k <= length / 2; ++k) {
    double ramp = ramp_tap(0);
    for (int n = 1; n < length / 2; n += 2) ramp += 2 * ramp_tap(n) * cosine(k, n);
    values.push_back(ramp * window_at(which, whose, k, length));
  }
  return values;
}

/// The inverse Fourier transform of a symmetric response, at one distance.
double tap_of(std::vector<double> const& frequencies, int distance, int length, cosines const& cosine) {
  double sum = frequencies.front() + (distance % 2 == 0 ? 1 : -1) * frequencies.back();
  for (int k = 1; k < length / 2; ++k) sum += 2 * frequencies[static_cast<std::size_t>(k)] * cosine(k, distance);
  return sum / length;
}

}  // namespace

window parse_window(std::string_view name) { return parse_name("filter", name, windows); }
convention parse_convention(std::string_view name) { return parse_name("convention", name, conventions); }
std::string_view name_of(window which) { return name_in(which, windows); }
std::string_view name_of(convention which) { return name_in(which, conventions); }

int padded_length(convention whose, int translations) {
  if (translations < 1 || translations > 1 << 24) {
    throw input_error("cannot filter rotations of " + std::to_string(translations) +
                      " translations: there must be 1 to 2^24 of them");
  }
  switch (whose) {
    case convention::xrdct: return power_of_two_from(2 * translations);
    case convention::skimage:  // extends the sinogram to the diagonal of the square first
      return power_of_two_from(2 * static_cast<int>(std::ceil(std::numbers::sqrt2 * translations)));
    case convention::silx: return smooth_from(2 * translations);
  }
  return 0;
}

filter_taps make_filter(window which, convention whose, int translations) {
  int const length = padded_length(whose, translations);
  filter_taps filter;
  if (which == window::none || which == window::ramp) {  // known, and half of the ramp is exactly zero
    for (int d = 0; d < translations; ++d)
      filter.taps.push_back(which == window::ramp ? ramp_tap(d) : (d == 0 ? 1 : 0));
    return filter;
  }
  cosines const cosine(length);
  std::vector<double> const frequencies = response(which, whose, length, cosine);
  for (int d = 0; d < translations; ++d) filter.taps.push_back(tap_of(frequencies, d, length, cosine));
  return filter;
}

}  // namespace xrdct
