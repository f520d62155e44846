#include "kernels/cpu/weighted_rows.hpp"

// The kernel keeps vectors in arrays, which types of unknown size cannot be; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/weighted_rows.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for every instruction set
#include <hwy/highway.h>

#include "kernels/cpu/channel_block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// --- sums ------------------------------------------------------------------------------------------------------------

using tag = hn::CappedTag<float, 16>;
constexpr int vectors = 4;  // of channels, whose sums are in registers at a time

HWY_INLINE void add_row(float const* rows, weighted_row const& from, hn::Vec<tag>* sums) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  float const* const row = rows + std::size_t{from.row} * channel_block;
  auto const weight = hn::Set(d, from.weight);
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) sums[v] = hn::MulAdd(weight, hn::Load(d, row + v * lanes), sums[v]);
}

template <bool add>
HWY_INLINE void store(hn::Vec<tag> const* sums, float* to) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v)
    hn::Store(add ? hn::Add(hn::Load(d, to + v * lanes), sums[v]) : sums[v], d, to + v * lanes);
}

/// Two lists at a time: sums of one alone would wait for each other.
template <bool add>
HWY_INLINE void sum_pair(float const* rows, weighted_row const* a, weighted_row const* b, std::uint32_t count,
                         float* to_a, float* to_b) {
  tag const d;
  int const step = vectors * static_cast<int>(hn::Lanes(d));
  for (int channel = 0; channel < channel_block; channel += step) {
    hn::Vec<tag> sums_a[vectors], sums_b[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums_a[v] = sums_b[v] = hn::Zero(d);
    for (std::uint32_t i = 0; i < count; ++i) {
      add_row(rows + channel, a[i], sums_a);
      add_row(rows + channel, b[i], sums_b);
    }
    store<add>(sums_a, to_a + channel);
    if (to_b != nullptr) store<add>(sums_b, to_b + channel);
  }
}

/// Rows that count nothing, behind those of the shorter list.
HWY_INLINE std::uint32_t make_equal(weighted_row* a, std::uint32_t count_a, weighted_row* b, std::uint32_t count_b) {
  for (; count_a < count_b; ++count_a) a[count_a] = {b[count_a].row, 0};
  for (; count_b < count_a; ++count_b) b[count_b] = {a[count_b].row, 0};
  return count_a;
}

template <bool add>
HWY_INLINE void sum_all_lists(float const* rows, pixel_lists const& lists, pixel_range const& along,
                              pixel_range const& across, std::ptrdiff_t along_values, std::ptrdiff_t across_values,
                              float* sums) {
  weighted_row nothing[list_capacity];
  for (int i = 0; i < across.count; ++i) {
    for (int k = 0; k < along.count; k += 2) {
      bool const pair = k + 1 < along.count;
      auto const at = k * along.stride + i * across.stride;
      auto const next = at + along.stride;
      auto* const a = lists.rows + at * list_capacity;
      auto* const b = pair ? lists.rows + next * list_capacity : nothing;
      auto const count = make_equal(a, lists.counts[at], b, pair ? lists.counts[next] : 0);
      float* const to = sums + k * along_values + i * across_values;
      sum_pair<add>(rows, a, b, count, to, pair ? to + along_values : nullptr);
    }
  }
}

void sum_lists_here(float const* rows, pixel_lists const& lists, pixel_range const& along, pixel_range const& across,
                    std::ptrdiff_t along_values, std::ptrdiff_t across_values, bool add, float* sums) {
  add ? sum_all_lists<true>(rows, lists, along, across, along_values, across_values, sums)
      : sum_all_lists<false>(rows, lists, along, across, along_values, across_values, sums);
}

// --- where lines meet pixels -----------------------------------------------------------------------------------------

using places = hn::CappedTag<double, 8>;
using entries = hn::Rebind<std::uint64_t, places>;
constexpr int at_once = hn::MaxLanes(places());

struct crossing {
  hn::Vec<places> before;  ///< the pixel at or before the line
  hn::Vec<places> weight_before;
  hn::Vec<places> weight_behind;  ///< of the next one
};

/// Of a line in rows k to k + at_once − 1: the one expression that all coefficients are from. Beside the image, the
/// pixel is −2 or size + 1.
HWY_INLINE crossing cross(ray_line const& line, int k, int size) {
  places const d;
  auto const place = hn::MulAdd(hn::Set(d, line.slope), hn::Iota(d, k), hn::Set(d, line.start));
  auto const within = hn::Min(hn::Max(place, hn::Set(d, -2.0)), hn::Set(d, size + 1.0));
  auto const before = hn::Floor(within);
  auto const behind = hn::Sub(within, before);
  auto const scale = hn::Set(d, line.scale);
  return {before, hn::Mul(hn::Sub(hn::Set(d, 1.0), behind), scale), hn::Mul(behind, scale)};
}

HWY_INLINE hn::Mask<places> between(hn::Vec<places> v, double low, double high) {
  return hn::And(hn::Ge(v, hn::Set(places(), low)), hn::Le(v, hn::Set(places(), high)));
}

HWY_INLINE std::uint32_t bits_of(hn::Mask<places> mask) {
  std::uint8_t bytes[8] = {};
  hn::StoreMaskBits(places(), mask, bytes);
  return bytes[0];
}

HWY_INLINE void store(hn::Vec<entries> rows, hn::Vec<places> weight, weighted_row* to) {
  static_assert(sizeof(weighted_row) == sizeof(std::uint64_t) && std::endian::native == std::endian::little);
  entries const d;
  hn::Rebind<float, places> const single;
  hn::Rebind<std::uint32_t, places> const halves;
  auto const upper = hn::PromoteTo(d, hn::BitCast(halves, hn::DemoteTo(single, weight)));
  alignas(64) std::uint64_t both[at_once];
  hn::Store(hn::Or(rows, hn::ShiftLeft<32>(upper)), d, both);
  std::memcpy(to, both, sizeof both);
}

/// Rows of a run, of which those whose bit is set follow one another: a line is straight.
struct row_span {
  int first = 0;
  int end = 0;
};

HWY_INLINE row_span span_of(std::uint32_t met, int count) {
  met &= 0xffffffffU >> (32 - count);
  if (met == 0) return {};
  return {std::countr_zero(met), 32 - std::countl_zero(met)};
}

// --- lists of pixels -------------------------------------------------------------------------------------------------

/// What one line gives to the pixels of a tile, row by row, from the first to the last in which it meets the tile or a
/// pixel beside it.
struct line_run {
  alignas(64) weighted_row before[longest_run];
  alignas(64) weighted_row behind[longest_run];
  alignas(64) std::int32_t pixel[longest_run];
  row_span span;
};

HWY_INLINE void follow(ray_line const& line, std::uint32_t row, pixel_range const& along, pixel_range const& across,
                       int size, line_run& run) {
  hn::Rebind<std::int32_t, places> const numbers;
  auto const rows = hn::Set(entries(), row);
  std::uint32_t met = 0;
  for (int k = 0; k < along.count; k += at_once) {
    auto const at = cross(line, along.first + k, size);
    met |= bits_of(between(at.before, across.first - 1.0, across.first + across.count - 1.0)) << k;
    store(rows, at.weight_before, run.before + k);
    store(rows, at.weight_behind, run.behind + k);
    hn::Store(hn::DemoteTo(numbers, at.before), numbers, run.pixel + k);
  }
  run.span = span_of(met, along.count);
}

HWY_INLINE void append(pixel_lists const& lists, std::ptrdiff_t list, weighted_row const& row) {
  auto const count = lists.counts[list];
  lists.rows[list * list_capacity + count] = row;
  lists.counts[list] = count + 1;
}

void list_lines_here(std::span<ray_line const> lines, std::uint32_t first_row, pixel_range const& along,
                     pixel_range const& across, int size, pixel_lists const& lists) {
  line_run run;
  for (auto const& line : lines) {
    follow(line, first_row + line.translation, along, across, size, run);
    for (int k = run.span.first; k < run.span.end; ++k) {
      auto const list = k * along.stride + (run.pixel[k] - across.first) * across.stride;
      append(lists, list, run.before[k]);
      append(lists, list + across.stride, run.behind[k]);
    }
  }
}

// --- sums along lines ------------------------------------------------------------------------------------------------

/// The pixels that a line meets in a run: those before it, then those behind.
struct pixel_run {
  alignas(64) weighted_row rows[2 * longest_run];
  std::uint32_t count = 0;
};

/// Numbers of rows that are below 2³², and hence exact in double.
HWY_INLINE hn::Vec<entries> to_entries(hn::Vec<places> rows) {
  entries const d;
  // Beside 2⁵² the last bit of a double counts 1.
  auto const shifted = hn::Add(rows, hn::Set(places(), 0x1p52));
  return hn::And(hn::BitCast(d, shifted), hn::Set(d, 0xffffffffU));
}

/// Pixels beside the image become the first one, with the weight 0.
HWY_INLINE void follow(ray_line const& line, pixel_range const& along, pixel_range const& across, int size,
                       pixel_run& run) {
  places const d;
  auto const stride = hn::Set(d, static_cast<double>(across.stride));
  std::uint32_t met = 0;
  for (int k = 0; k < along.count; k += at_once) {
    auto const at = cross(line, along.first + k, size);
    auto const begin = hn::Mul(hn::Iota(d, along.first + k), hn::Set(d, static_cast<double>(along.stride)));
    auto const row = hn::MulAdd(at.before, stride, begin);
    auto const has_before = between(at.before, 0, size - 1.0);
    auto const has_behind = between(at.before, -1, size - 2.0);
    met |= bits_of(between(at.before, -1, size - 1.0)) << k;
    store(to_entries(hn::IfThenElseZero(has_before, row)), hn::IfThenElseZero(has_before, at.weight_before),
          run.rows + k);
    store(to_entries(hn::IfThenElseZero(has_behind, hn::Add(row, stride))),
          hn::IfThenElseZero(has_behind, at.weight_behind), run.rows + longest_run + k);
  }
  auto const [first, end] = span_of(met, along.count);
  auto* const packed = std::copy(run.rows + longest_run + first, run.rows + longest_run + end,
                                 std::copy(run.rows + first, run.rows + end, run.rows));
  run.count = static_cast<std::uint32_t>(packed - run.rows);
}

void sum_along_lines_here(std::span<ray_line const> lines, pixel_range const& along, pixel_range const& across,
                          int size, float const* image, float* sums) {
  double const middle = along.first + (along.count - 1) / 2.0;
  pixel_run runs[2];
  float* to[2] = {};
  int waiting = 0;
  auto const sum = [&] {
    auto const count = make_equal(runs[0].rows, runs[0].count, runs[1].rows, runs[1].count);
    sum_pair<true>(image, runs[0].rows, runs[1].rows, count, to[0], waiting == 2 ? to[1] : nullptr);
    waiting = 0;
  };
  for (auto const& line : lines) {
    double const place = line.start + line.slope * middle;
    if (place < across.first || place >= across.first + across.count) continue;
    follow(line, along, across, size, runs[waiting]);
    to[waiting] = sums + std::size_t{line.translation} * channel_block;
    if (++waiting == 2) sum();
  }
  if (waiting == 0) return;
  runs[1].count = 0;
  sum();
}

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(list_lines_here);
HWY_EXPORT(sum_lists_here);
HWY_EXPORT(sum_along_lines_here);

void list_lines(std::span<ray_line const> lines, std::uint32_t first_row, pixel_range const& along,
                pixel_range const& across, int size, pixel_lists const& lists) {
  HWY_DYNAMIC_DISPATCH(list_lines_here)(lines, first_row, along, across, size, lists);
}

void sum_lists(float const* rows, pixel_lists const& lists, pixel_range const& along, pixel_range const& across,
               std::ptrdiff_t along_values, std::ptrdiff_t across_values, bool add, float* sums) {
  HWY_DYNAMIC_DISPATCH(sum_lists_here)(rows, lists, along, across, along_values, across_values, add, sums);
}

void sum_along_lines(std::span<ray_line const> lines, pixel_range const& along, pixel_range const& across, int size,
                     float const* image, float* sums) {
  HWY_DYNAMIC_DISPATCH(sum_along_lines_here)(lines, along, across, size, image, sums);
}

}  // namespace xrdct::cpu
#endif
