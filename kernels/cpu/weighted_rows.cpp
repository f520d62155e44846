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
#include <cstddef>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// --- sums ------------------------------------------------------------------------------------------------------------

using tag = hn::CappedTag<float, 16>;
constexpr int vectors = 4;  // of channels, whose sums are in registers at a time

// Pixels side by side whose pairs are taken by turns: the rows that they share stay in the first-level cache. One alone
// took a sixth longer, and eight as long as four.
constexpr int walked_together = 4;

HWY_INLINE void add_row(float const* rows, weighted_row const* from, hn::Vec<tag>* sums) {
  static_assert(std::endian::native == std::endian::little);
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  std::uint32_t number;
  float factor;  // both read from where they are: the processor then broadcasts as it loads
  std::memcpy(&number, from, sizeof number);
  std::memcpy(&factor, reinterpret_cast<std::byte const*>(from) + sizeof number, sizeof factor);
  float const* const row = rows + std::size_t{number} * channel_block;
  auto const weight = hn::Set(d, factor);
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) sums[v] = hn::MulAdd(weight, hn::Load(d, row + v * lanes), sums[v]);
}

/// Adds what is at all of `others`, one after the other.
HWY_INLINE void store(hn::Vec<tag>* sums, std::span<float const* const> others, std::ptrdiff_t at, float* to) {
  tag const d;
  int const lanes = static_cast<int>(hn::Lanes(d));
  for (float const* const other : others) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums[v] = hn::Add(hn::Load(d, other + at + v * lanes), sums[v]);
  }
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) hn::Store(sums[v], d, to + v * lanes);
}

/// Where a sum goes, and where in the others is what is added to it.
struct destination {
  float* to;  ///< or null: nowhere
  std::ptrdiff_t at;
};

/// Two lists at a time: sums of one alone would wait for each other.
HWY_INLINE void sum_pair(float const* rows, weighted_row const* a, weighted_row const* b, std::uint32_t count,
                         std::span<float const* const> others, destination of_a, destination of_b) {
  tag const d;
  int const step = vectors * static_cast<int>(hn::Lanes(d));
  for (int channel = 0; channel < channel_block; channel += step) {
    hn::Vec<tag> sums_a[vectors], sums_b[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sums_a[v] = sums_b[v] = hn::Zero(d);
    for (std::uint32_t i = 0; i < count; ++i) {
      add_row(rows + channel, a + i, sums_a);
      add_row(rows + channel, b + i, sums_b);
    }
    store(sums_a, others, of_a.at + channel, of_a.to + channel);
    if (of_b.to != nullptr) store(sums_b, others, of_b.at + channel, of_b.to + channel);
  }
}

/// Asks for rows, some at a time.
class row_prefetch {
 public:
  /// In `steps` steps at most.
  row_prefetch(next_rows const& next, std::size_t steps)
      : next_(next), range_(next.ranges.begin()), rows_a_step_(next.count() / std::max(steps, std::size_t{1}) + 1) {}

  HWY_INLINE void step() {
    for (std::size_t i = 0; i < rows_a_step_ && range_ != next_.ranges.end(); ++i) {
      float const* row = next_.rows + (std::size_t{range_->first} + done_) * channel_block;
      for (int b = 0; b < next_.blocks; ++b, row += next_.stride)
        for (int c = 0; c < channel_block; c += 16) __builtin_prefetch(row + c, 0, 2);
      if (++done_ < range_->count) continue;
      ++range_;
      done_ = 0;
    }
  }

 private:
  next_rows next_;
  std::span<row_range const>::iterator range_;
  std::size_t rows_a_step_;
  std::uint32_t done_ = 0;  // of the range
};

/// Rows that count nothing, behind those of the shorter list.
HWY_INLINE std::uint32_t make_equal(weighted_row* a, std::uint32_t count_a, weighted_row* b, std::uint32_t count_b) {
  weighted_row const row_alone = 0xffffffffU;
  for (; count_a < count_b; ++count_a) a[count_a] = b[count_a] & row_alone;
  for (; count_b < count_a; ++count_b) b[count_b] = a[count_b] & row_alone;
  return count_a;
}

/// Calls work(list, whether there is a next one, its place along, its place across) for all pairs.
template <class Work>
HWY_INLINE void for_pairs(pixel_range const& along, pixel_range const& across, Work work) {
  for (int first = 0; first < across.count; first += walked_together) {
    int const end = std::min(first + walked_together, across.count);
    for (int k = 0; k < along.count; k += 2)
      for (int i = first; i < end; ++i) work(k * along.stride + i * across.stride, k + 1 < along.count, k, i);
  }
}

void sum_lists_here(float const* rows, pixel_lists const& lists, pixel_range const& along, pixel_range const& across,
                    std::span<float const* const> others, plane const& of_others, float* to, plane const& of_to,
                    next_rows const& next) {
  row_prefetch ahead(next, static_cast<std::size_t>(along.count) / 2 * static_cast<std::size_t>(across.count));
  for_pairs(along, across, [&](std::ptrdiff_t at, bool pair, int k, int i) {
    auto const* const a = lists.rows + at * list_capacity;
    auto const* const b = pair ? a + along.stride * list_capacity : a;
    auto const other = of_others.at(k, i);
    float* const sum = to + of_to.at(k, i);
    sum_pair(rows, a, b, static_cast<std::uint32_t>(lists.ends[at] - a), others, {sum, other},
             {pair ? sum + of_to.along : nullptr, other + of_others.along});
    ahead.step();
  });
}

void even_lists_here(pixel_lists const& lists, pixel_range const& along, pixel_range const& across) {
  for_pairs(along, across, [&](std::ptrdiff_t at, bool pair, int, int) {
    if (!pair) return;
    auto const next = at + along.stride;
    auto* const a = lists.rows + at * list_capacity;
    auto* const b = lists.rows + next * list_capacity;
    auto const count = make_equal(a, static_cast<std::uint32_t>(lists.ends[at] - a), b,
                                  static_cast<std::uint32_t>(lists.ends[next] - b));
    lists.ends[at] = a + count;
    lists.ends[next] = b + count;
  });
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
  hn::Rebind<float, places> const single;
  hn::Rebind<std::uint32_t, places> const halves;
  entries const d;
  auto const upper = hn::PromoteTo(d, hn::BitCast(halves, hn::DemoteTo(single, weight)));
  hn::Store(hn::Or(rows, hn::ShiftLeft<32>(upper)), d, to);
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
  alignas(64) std::int32_t list[longest_run];  ///< of the pixel before
  row_span span;
};

HWY_INLINE void follow(ray_line const& line, std::uint32_t row, pixel_range const& along, pixel_range const& across,
                       int size, line_run& run) {
  places const d;
  hn::Rebind<std::int32_t, places> const numbers;
  auto const rows = hn::Set(entries(), row);
  auto const first = hn::Set(d, across.first);
  auto const along_stride = hn::Set(d, static_cast<double>(along.stride));
  auto const across_stride = hn::Set(d, static_cast<double>(across.stride));
  std::uint32_t met = 0;
  for (int k = 0; k < along.count; k += at_once) {
    auto const at = cross(line, along.first + k, size);
    met |= bits_of(between(at.before, across.first - 1.0, across.first + across.count - 1.0)) << k;
    store(rows, at.weight_before, run.before + k);
    store(rows, at.weight_behind, run.behind + k);
    auto const begin = hn::Mul(hn::Iota(d, k), along_stride);
    auto const list = hn::MulAdd(hn::Sub(at.before, first), across_stride, begin);
    hn::Store(hn::DemoteTo(numbers, list), numbers, run.list + k);
  }
  run.span = span_of(met, along.count);
}

void list_lines_here(std::span<ray_line const> lines, std::uint32_t first_row, pixel_range const& along,
                     pixel_range const& across, int size, pixel_lists const& lists) {
  line_run run;
  for (auto const& line : lines) {
    follow(line, first_row + line.translation, along, across, size, run);
    for (int k = run.span.first; k < run.span.end; ++k) {
      auto** const end = lists.ends + run.list[k];
      *end[0]++ = run.before[k];
      *end[across.stride]++ = run.behind[k];
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

/// Whether a line is between the first and the last pixel all through a run, and no rounding can change that.
HWY_INLINE bool is_inside(ray_line const& line, pixel_range const& along, int size) {
  double const begin = line.start + line.slope * along.first;
  double const end = line.start + line.slope * (along.first + along.count - 1);
  return std::min(begin, end) > 1e-6 && std::max(begin, end) < size - 1 - 1e-6;
}

/// The pixels of a line that is_inside() a run of whole vectors.
HWY_INLINE void follow_inside(ray_line const& line, pixel_range const& along, pixel_range const& across, int size,
                              pixel_run& run) {
  places const d;
  auto const stride = hn::Set(d, static_cast<double>(across.stride));
  for (int k = 0; k < along.count; k += at_once) {
    auto const at = cross(line, along.first + k, size);
    auto const begin = hn::Mul(hn::Iota(d, along.first + k), hn::Set(d, static_cast<double>(along.stride)));
    auto const row = to_entries(hn::MulAdd(at.before, stride, begin));
    store(row, at.weight_before, run.rows + k);
    store(hn::Add(row, hn::Set(entries(), static_cast<std::uint64_t>(across.stride))), at.weight_behind,
          run.rows + along.count + k);
  }
  run.count = static_cast<std::uint32_t>(2 * along.count);
}

/// The pixels of any line. Those beside the image become the first one, with the weight 0.
HWY_INLINE void follow(ray_line const& line, pixel_range const& along, pixel_range const& across, int size,
                       pixel_run& run) {
  if (along.count % at_once == 0 && is_inside(line, along, size)) {
    follow_inside(line, along, across, size, run);
    return;
  }
  places const d;
  auto const stride = hn::Set(d, static_cast<double>(across.stride));
  int const whole = (along.count + at_once - 1) / at_once * at_once;
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
          hn::IfThenElseZero(has_behind, at.weight_behind), run.rows + whole + k);
  }
  auto const [first, end] = span_of(met, along.count);
  run.count = static_cast<std::uint32_t>(2 * (end - first));
  if (end - first == whole) return;
  for (int k = 0; k < end - first; ++k) run.rows[k] = run.rows[first + k];
  for (int k = 0; k < end - first; ++k) run.rows[end - first + k] = run.rows[whole + first + k];
}

/// Sums up lines two by two.
class line_pairs {
 public:
  line_pairs(pixel_range const& along, pixel_range const& across, int size, image_blocks const& images,
             row_prefetch const& ahead)
      : along_(along), across_(across), size_(size), images_(images), ahead_(ahead) {}

  HWY_INLINE void add(ray_line const& line, float* sums) {
    auto& run = runs_[waiting_];
    follow(line, along_, across_, size_, run);
    if (run.count == 0) return;
    to_[waiting_] = sums + std::size_t{line.translation} * channel_block;
    if (++waiting_ == 2) sum();
  }
  HWY_INLINE void finish() {
    if (waiting_ == 0) return;
    runs_[1].count = 0;
    sum();
  }

 private:
  HWY_INLINE void sum() {
    auto const count = make_equal(runs_[0].rows, runs_[0].count, runs_[1].rows, runs_[1].count);
    bool const both = waiting_ == 2;
    for (int b = 0; b < images_.count; ++b) {
      // What is added to the sums is what is there: that of the second line is some way from that of the first.
      float* const to = to_[0] + b * images_.sums_stride;
      std::ptrdiff_t const apart = both ? to_[1] - to_[0] : 0;
      float const* const there[] = {to};
      sum_pair(images_.first + b * images_.stride, runs_[0].rows, runs_[1].rows, count, there, {to, 0},
               {both ? to + apart : nullptr, apart});
    }
    ahead_.step();
    waiting_ = 0;
  }

  pixel_range along_;
  pixel_range across_;
  int size_;
  image_blocks images_;
  row_prefetch ahead_;
  pixel_run runs_[2];
  float* to_[2] = {};
  int waiting_ = 0;
};

// Between looks at where the lines of other groups are: a few make no difference.
constexpr double pixels_at_once = 2;

/// Lines of all groups from left to right, so that pixels are in the first-level cache for all that meet them: those of
/// neighbouring rotations meet nearly the same.
void sum_along_lines_here(std::span<line_group const> groups, pixel_range const& along, pixel_range const& across,
                          int size, image_blocks const& images, std::span<row_range const> next) {
  double const here = along.first + (along.count - 1) / 2.0;
  double const middle = (size - 1) / 2.0;
  std::size_t left = 0;
  for (auto const& group : groups) left += group.lines.size();
  line_pairs pairs(along, across, size, images,
                   row_prefetch({images.first, next, images.count, images.stride}, left / 2));
  std::size_t taken[most_groups] = {};
  double end = size;
  for (auto const& group : groups) end = std::min(end, group.lines.front().start + group.lines.front().slope * here);
  for (end = std::max(end, -1.0); left > 0; end += pixels_at_once) {
    bool const all = end > size;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      auto const& [lines, sums] = groups[g];
      for (; taken[g] < lines.size(); ++taken[g], --left) {
        auto const& line = lines[taken[g]];
        if (!all && line.start + line.slope * here >= end) break;
        double const place = line.start + line.slope * middle;
        if (place >= across.first && place < across.first + across.count) pairs.add(line, sums);
      }
    }
  }
  pairs.finish();
}

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(list_lines_here);
HWY_EXPORT(even_lists_here);
HWY_EXPORT(sum_lists_here);
HWY_EXPORT(sum_along_lines_here);

void list_lines(std::span<ray_line const> lines, std::uint32_t first_row, pixel_range const& along,
                pixel_range const& across, int size, pixel_lists const& lists) {
  HWY_DYNAMIC_DISPATCH(list_lines_here)(lines, first_row, along, across, size, lists);
}

void even_lists(pixel_lists const& lists, pixel_range const& along, pixel_range const& across) {
  HWY_DYNAMIC_DISPATCH(even_lists_here)(lists, along, across);
}

void sum_lists(float const* rows, pixel_lists const& lists, pixel_range const& along, pixel_range const& across,
               std::span<float const* const> others, plane const& of_others, float* to, plane const& of_to,
               next_rows const& next) {
  HWY_DYNAMIC_DISPATCH(sum_lists_here)(rows, lists, along, across, others, of_others, to, of_to, next);
}

void sum_along_lines(std::span<line_group const> groups, pixel_range const& along, pixel_range const& across, int size,
                     image_blocks const& images, std::span<row_range const> next) {
  HWY_DYNAMIC_DISPATCH(sum_along_lines_here)(groups, along, across, size, images, next);
}

}  // namespace xrdct::cpu
#endif
