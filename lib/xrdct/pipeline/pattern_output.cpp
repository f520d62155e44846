#include "xrdct/pipeline/pattern_output.hpp"

#include "xrdct/pipeline/sinogram.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace xrdct {
namespace {

/// The sums of one frame.
struct pattern_sums {
  std::span<float const> signal, variance, norm, count;

  pattern_sums(std::span<float const> patterns, std::uint64_t frame, std::uint64_t channels) {
    auto const quantity = [&](std::uint64_t q) {
      return patterns.subspan((frame * pattern_quantities + q) * channels, channels);
    };
    signal = quantity(0);
    variance = quantity(1);
    norm = quantity(2);
    count = quantity(3);
  }
  mean_and_error mean(std::size_t channel) const {
    return mean_of(signal[channel], variance[channel], norm[channel], count[channel]);
  }
};

}  // namespace

void write_patterns(slab_writer& file, communicator const& ranks, measurement const& m, reduced_frames const& reduced,
                    bool errors, int threads) {
  constexpr float none = std::numeric_limits<float>::quiet_NaN();
  auto const slice = m.slices[static_cast<std::size_t>(ranks.rank())];
  auto const channels = m.channels();
  auto const bins = m.bins();
  std::vector<std::uint64_t> shape{m.frames(), bins.channels};
  if (bins.sectors > 0) shape.insert(shape.begin() + 1, bins.sectors);
  std::span<float const> const patterns = reduced.patterns->mine();

  auto const write = [&](std::string const& name, auto const& value) {
    auto const make = [&](std::uint64_t row, std::span<float> into) {
      pattern_sums const sums(patterns, row, channels);
      bool const good = reduced.records.status[slice.first + row] == frame_status::ok;
      for (std::size_t c = 0; c < into.size(); ++c) into[c] = value(sums, c, good);
    };
    write_rows(file, ranks, "/entry/patterns/" + name, shape, slice, threads, make);
  };
  write("intensity", [](pattern_sums const& s, std::size_t c, bool good) { return good ? s.mean(c).intensity : none; });
  if (errors)
    write("intensity_errors",
          [](pattern_sums const& s, std::size_t c, bool good) { return good ? s.mean(c).error : none; });
  write("sum_signal", [](pattern_sums const& s, std::size_t c, bool) { return s.signal[c]; });
  write("sum_variance", [](pattern_sums const& s, std::size_t c, bool) { return s.variance[c]; });
  write("sum_normalization", [](pattern_sums const& s, std::size_t c, bool) { return s.norm[c]; });
  write("count", [](pattern_sums const& s, std::size_t c, bool) { return s.count[c]; });
}

}  // namespace xrdct
