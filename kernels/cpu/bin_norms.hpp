#pragma once
/// \file Norm and count of every bin, and its variance if that is given by an image. They depend on the mask alone:
/// summed once, and then only lessened, frame by frame, by what dead pixels would have added.

#include <cstddef>
#include <cstdint>

namespace xrdct::cpu {

/// A sum with about twice the digits of a double, so that taking away nearly all of it again leaves the rest exact.
class long_sum {
 public:
  void add(double x) {
    auto const s = two_sum(high_, x);
    auto const t = two_sum(s.value, low_ + s.error);
    high_ = t.value;
    low_ = t.error;
  }
  void add(long_sum const& other) {
    add(other.high_);
    add(other.low_);
  }
  double value() const { return high_ + low_; }
  double minus(long_sum const& other) const {
    auto const s = two_sum(high_, -other.high_);
    return s.value + (s.error + (low_ - other.low_));
  }

 private:
  struct rounded {
    double value;
    double error;
  };
  // Knuth's: value + error is a + b exactly.
  static rounded two_sum(double a, double b) {
    auto const sum = a + b;
    auto const b_there = sum - a;
    return {sum, (a - (sum - b_there)) + (b - b_there)};
  }
  double high_ = 0;
  double low_ = 0;
};

/// What the pixels of a bin contribute besides their values: Σ c·ω, Σ c, Σ c²·v, and how many entries these are.
struct bin_norm {
  long_sum norm;
  long_sum count;
  long_sum variance;
  std::uint32_t entries = 0;

  void add(float coefficient, float pixel_norm, float pixel_variance) {
    if (pixel_variance != 0) {
      double const c = coefficient;
      variance.add(c * c * static_cast<double>(pixel_variance));
    }
    norm.add(static_cast<double>(coefficient) * static_cast<double>(pixel_norm));  // exact: 24 bits each
    count.add(coefficient);
    ++entries;
  }
  void add(bin_norm const& other) {
    norm.add(other.norm);
    count.add(other.count);
    variance.add(other.variance);
    entries += other.entries;
  }
};

}  // namespace xrdct::cpu
