#include "tests/kernels/plain_reduction.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace xrdct::test {
namespace {

long double exact_value(pixel_type type, std::uint32_t bits) {
  if (type == pixel_type::f32) return std::bit_cast<float>(bits);
  if (type == pixel_type::i32) return static_cast<std::int32_t>(bits);
  return bits;
}

bool counts_as_dead(reduction_case const& given, std::uint32_t bits) {
  auto const type = given.format.type;
  auto const value = exact_value(type, bits);
  if (std::isnan(value) || std::isinf(value)) return true;
  bool const is_unsigned = type != pixel_type::i32 && type != pixel_type::f32;
  if (is_unsigned && given.pixels.exclude_maximum && bits == maximum_bits(type)) return true;
  if (given.pixels.exclude_negative && value < 0) return true;
  if (given.pixels.lowest && value < static_cast<long double>(*given.pixels.lowest)) return true;
  if (given.pixels.highest && value > static_cast<long double>(*given.pixels.highest)) return true;
  if (!given.pixels.dummy) return false;
  auto const single = static_cast<float>(value);
  if (given.pixels.delta_dummy == 0) return single == static_cast<float>(*given.pixels.dummy);
  return std::fabs(static_cast<double>(single) - *given.pixels.dummy) <= given.pixels.delta_dummy;
}

bool is_saturated(reduction_case const& given, std::uint32_t bits) {
  auto const type = given.format.type;
  if (type != pixel_type::f32 && bits == maximum_bits(type)) return true;
  auto const value = exact_value(type, bits);
  if (!std::isfinite(value)) return false;
  if (given.pixels.saturation && value >= static_cast<long double>(*given.pixels.saturation)) return true;
  return given.pixels.highest && value > static_cast<long double>(*given.pixels.highest);
}

void expect_close(plain_sum const& expected, float found, char const* what, std::size_t i, std::size_t bin) {
  if (found == static_cast<float>(expected.value)) return;  // infinity where it is beyond float32
  auto const tolerance = 6.1e-8L * std::fabs(expected.value) + 1e-13L * expected.size + 1e-45L;
  EXPECT_LE(std::fabs(found - expected.value), tolerance)
      << what << " of frame " << i << " in bin " << bin << ": " << found << " instead of " << expected.value;
}

}  // namespace

plain_pixels gather_plainly(reduction_case const& given, image_bits const& image) {
  auto const& [matrix, pixels] = std::tie(given.matrix, given.pixels);
  plain_pixels made;
  made.bins.resize(matrix.bins);
  for (std::size_t p = 0; p < image.size(); ++p) {
    if (!pixels.mask.empty() && pixels.mask[p] != 0) continue;
    float const norm = pixels.norm.empty() ? 1 : pixels.norm[p];
    float const dark = pixels.dark.empty() ? 0 : pixels.dark[p];
    float const measured = pixels.variance.empty() ? 0 : pixels.variance[p];
    if (norm == 0 || !std::isfinite(norm) || !std::isfinite(dark) || !std::isfinite(measured)) continue;
    auto const type = given.format.type;
    if (is_saturated(given, image[p])) ++made.saturated;
    if (counts_as_dead(given, image[p])) continue;
    auto const value = exact_value(type, image[p]);
    made.raw.add(value);
    auto const single = static_cast<float>(value);
    long double variance = 0;
    if (given.errors == error_model::poisson) variance = single > 1 ? single : 1;
    if (given.errors == error_model::counts) variance = single > 0 ? single : 0;
    if (given.errors == error_model::image) variance = measured;
    for (auto e = matrix.offsets[p]; e < matrix.offsets[p + 1]; ++e)
      made.bins[matrix.bin[e]].push_back({matrix.coefficient[e], single - dark, norm, variance});
  }
  return made;
}

plain_pattern reduce_plainly(reduction_case const& given, image_bits const& image) {
  auto const pixels = gather_plainly(given, image);
  plain_pattern made;
  made.raw = pixels.raw;
  made.saturated = pixels.saturated;
  for (auto const& all : pixels.bins) {
    bool undecided = false;
    auto const left = reject_plainly(all, given.reject, given.errors, undecided);
    auto const sums = sum_plainly(left, given.errors);
    made.signal.push_back(sums.signal);
    made.variance.push_back(sums.variance);
    made.norm.push_back(sums.norm);
    made.count.push_back(sums.count);
    made.entries.push_back(static_cast<std::uint32_t>(left.size()));
    made.undecided.push_back(undecided);
  }
  return made;
}

pattern_memory::pattern_memory(std::size_t frames, std::size_t bin_count)
    : bins(bin_count),
      signal(frames * bins, 42.0F),  // whatever was there must not show
      variance(frames * bins, 42.0F),
      norm(frames * bins, 42.0F),
      count(frames * bins, 42.0F),
      status(frames, frame_status::ok),
      raw_sum(frames, 42.0),
      saturated(frames, 42) {}

patterns pattern_memory::all() { return from(0, status.size()); }

patterns pattern_memory::from(std::size_t first, std::size_t rows) {
  auto const part = [&](std::vector<float>& of) { return view<float>(of.data() + first * bins, rows, bins); };
  return {part(signal),
          part(variance),
          part(norm),
          part(count),
          std::span(status).subspan(first, rows),
          std::span(raw_sum).subspan(first, rows),
          std::span(saturated).subspan(first, rows)};
}

void expect_pattern(plain_pattern const& expected, pattern_memory const& found, std::size_t i) {
  EXPECT_EQ(found.status[i], frame_status::ok);
  EXPECT_EQ(found.saturated[i], expected.saturated);
  EXPECT_LE(std::fabs(found.raw_sum[i] - expected.raw.value), 1e-14L * expected.raw.size);
  for (std::size_t bin = 0; bin < found.bins; ++bin) {
    if (expected.undecided[bin]) continue;
    auto const at = i * found.bins + bin;
    expect_close(expected.signal[bin], found.signal[at], "signal", i, bin);
    expect_close(expected.variance[bin], found.variance[at], "variance", i, bin);
    expect_close(expected.norm[bin], found.norm[at], "norm", i, bin);
    expect_close(expected.count[bin], found.count[at], "count", i, bin);
    if (expected.entries[bin] == 0) {
      EXPECT_EQ(found.signal[at], 0);
      EXPECT_EQ(found.variance[at], 0);
      EXPECT_EQ(found.norm[at], 0);
      EXPECT_EQ(found.count[at], 0);
    }
    if (testing::Test::HasFailure()) return;
  }
}

void expect_zeros(pattern_memory const& found, std::size_t i) {
  for (auto const* values : {&found.signal, &found.variance, &found.norm, &found.count})
    for (std::size_t bin = 0; bin < found.bins; ++bin) EXPECT_EQ((*values)[i * found.bins + bin], 0);
  EXPECT_EQ(found.raw_sum[i], 0);
  EXPECT_EQ(found.saturated[i], 0U);
}

void expect_same_bits(pattern_memory const& a, std::size_t i, pattern_memory const& b, std::size_t j) {
  ASSERT_EQ(a.bins, b.bins);
  auto const same = [&](std::vector<float> const& x, std::vector<float> const& y) {
    return std::memcmp(x.data() + i * a.bins, y.data() + j * b.bins, a.bins * sizeof(float)) == 0;
  };
  EXPECT_TRUE(same(a.signal, b.signal)) << "signal of frames " << i << " and " << j;
  EXPECT_TRUE(same(a.variance, b.variance)) << "variance of frames " << i << " and " << j;
  EXPECT_TRUE(same(a.norm, b.norm)) << "norm of frames " << i << " and " << j;
  EXPECT_TRUE(same(a.count, b.count)) << "count of frames " << i << " and " << j;
  EXPECT_EQ(a.status[i], b.status[j]);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(a.raw_sum[i]), std::bit_cast<std::uint64_t>(b.raw_sum[j]));
  EXPECT_EQ(a.saturated[i], b.saturated[j]);
}

}  // namespace xrdct::test
