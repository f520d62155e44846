#include "kernels/reference/frame_reducer.hpp"

#include "kernels/reference/bin_sums.hpp"
#include "kernels/reference/check_reduction.hpp"
#include "kernels/reference/naive_decoder.hpp"
#include "kernels/reference/pixel_values.hpp"
#include "kernels/reference/rejection.hpp"

#include <algorithm>
#include <vector>

namespace xrdct::reference {
namespace {

struct finished : done {
  void wait() override {}
  bool is_over() const override { return true; }
};

// The entries of a bin, in the order of the pixels.
struct bin_entry {
  std::size_t pixel = 0;
  float coefficient = 0;
};

std::vector<std::vector<bin_entry>> by_bins(integration_matrix const& matrix) {
  std::vector<std::vector<bin_entry>> entries(matrix.bins);
  for (std::size_t p = 0; p < matrix.pixels(); ++p)
    for (auto e = matrix.offsets[p]; e < matrix.offsets[p + 1]; ++e)
      entries[matrix.bin[e]].push_back({p, matrix.coefficient[e]});
  return entries;
}

class naive_reducer : public frame_reducer {
 public:
  naive_reducer(reduction const& what, frame_format const& format)
      : entries_(by_bins(*what.matrix)),
        pixels_(*what.pixels),
        errors_(what.errors),
        reject_(what.reject),
        format_(format) {}

  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    for (std::size_t i = 0; i < frames.size(); ++i) reduce(frames[i], i, into);
    return std::make_unique<finished>();
  }
  std::size_t preferred_batch() const override { return 1; }

  /// A decoded frame, what its pixels hold, and the pixels of one bin before and after outliers are rejected, perhaps
  /// sorted.
  std::size_t memory() const override {
    constexpr std::size_t copies_of_bin = 4;
    std::size_t largest = 0;
    for (auto const& bin : entries_) largest = std::max(largest, bin.size());
    return 3 * format_.bytes() + format_.pixels() * (1 + sizeof(float) + sizeof(double)) +
           copies_of_bin * largest * sizeof(contribution);
  }

 private:
  void reduce(frame const& from, std::size_t i, patterns const& into) const {
    std::vector<std::byte> image;
    if (into.status[i] == frame_status::ok) into.status[i] = decode(from, format_, image);
    pixel_values read;
    if (into.status[i] == frame_status::ok) read = read_pixels(image, format_, pixels_, errors_);
    for (std::size_t bin = 0; bin < entries_.size(); ++bin) {
      bin_sums sums;
      if (into.status[i] == frame_status::ok)
        sums = sum_up(without_outliers(contributions(read, bin), reject_, errors_), errors_);
      into.signal(i, bin) = static_cast<float>(sums.signal);
      into.variance(i, bin) = static_cast<float>(sums.variance);
      into.norm(i, bin) = static_cast<float>(sums.norm);
      into.count(i, bin) = static_cast<float>(sums.count);
    }
    if (!into.raw_sum.empty()) into.raw_sum[i] = read.raw_sum;
    if (!into.saturated.empty()) into.saturated[i] = read.saturated;
  }

  std::vector<contribution> contributions(pixel_values const& read, std::size_t bin) const {
    std::vector<contribution> live;
    for (auto const& [p, coefficient] : entries_[bin])
      if (read.live[p])
        live.push_back({coefficient, read.signal[p], pixels_.norm.empty() ? 1.0F : pixels_.norm[p], read.variance[p]});
    return live;
  }

  std::vector<std::vector<bin_entry>> entries_;  // of every bin
  corrections pixels_;
  error_model errors_;
  rejection reject_;
  frame_format format_;
};

}  // namespace

std::unique_ptr<frame_reducer> make_frame_reducer(reduction const& what, frame_format const& format) {
  check(what, format);
  return std::make_unique<naive_reducer>(what, format);
}

}  // namespace xrdct::reference
