#include "kernels/cpu/count_worker.hpp"

#include <algorithm>

namespace xrdct::cpu {

using simd::lanes;
using simd::most_lanes;

count_plan::count_plan(count_tables const& made_from)
    : tables(made_from),
      selection(tables.selection()),
      values(tables.value_rules(), tables.format().type),
      lanes{tables.format(), tables.block_pixels(), tables.blocks_fit(), tables.block_pixels(), &selection},
      variance{tables.errors() == error_model::poisson || tables.errors() == error_model::counts,
               tables.errors() == error_model::poisson ? 1.0F : 0.0F} {
  for (auto const& range : values.special())
    if (range.first <= 0xffff) narrow_special.push_back({range.first, std::min(range.last, 0xffffU)});
}

count_worker::count_worker(count_plan const& plan)
    : plan_(plan),
      tables_(plan.tables),
      block_(plan.lanes),
      set_pixels_((tables_.slice_pixels() + 2 * simd::slack) / simd::slack * simd::slack),
      rows_(set_pixels_ * most_lanes),
      special_(tables_.block_pixels()),
      dead_(set_pixels_ * simd::most_sets),
      first_wide_(tables_.slice_pixels()),
      is_taken_out_(tables_.slice_pixels()) {
  lanes_.reserve(most_lanes);
  for (std::size_t i = 0; i < most_lanes; ++i) lanes_.emplace_back(plan.lanes);
}

std::size_t count_worker::memory(count_tables const& tables) {
  auto const bytes = bytes_of(tables.format().type);
  std::size_t const slice = tables.slice_pixels(), block = tables.block_pixels();
  auto const layers = most_lanes * (bytes + 1) * (block + 3 * simd::slack) + block * bytes;
  auto const rows = (slice + 2 * simd::slack) * (most_lanes + simd::most_sets) * sizeof(std::uint16_t);
  auto const heads = slice * (sizeof(std::uint32_t) + sizeof(std::uint16_t) + 1);
  auto const taken_out = most_lanes * slice * (sizeof(std::uint16_t) + (bytes > 2 ? sizeof(wide_value) : 0));
  return layers + rows + heads + 2 * taken_out;  // lists are there twice while they grow
}

void count_worker::start(std::span<encoded_frame const> frames) {
  for (std::size_t lane = 0; lane < most_lanes; ++lane) {
    if (lane < frames.size()) {
      lanes_[lane].start(frames[lane].source(), frames[lane].bytes());
    } else {
      lanes_[lane].close();
    }
  }
}

void count_worker::start(std::span<encoded_frame const> frames, std::span<std::vector<std::size_t> const> offsets,
                         std::size_t range, frame_numbers& into) {
  auto const pixel = tables_.range(range).first_slice * tables_.slice_pixels();
  for (std::size_t lane = 0; lane < most_lanes; ++lane) {
    lanes_[lane].close();
    if (lane >= frames.size() || !frames[lane].is_open()) continue;
    auto const& frame = frames[lane];
    if (frame.has_places()) {
      lanes_[lane].start(frame.source(), frame.from_pixel(pixel));
    } else if (range < offsets[lane].size()) {
      lanes_[lane].start(frame.source(), frame.bytes().subspan(offsets[lane][range]));
    } else {
      into.status[lane] = frame_status::truncated;
    }
  }
}

void count_worker::sum(std::size_t sets, range_sums& into) {
  clear_taken_out();  // of a slice in which memory ran out, for as many sets as that had
  sets_ = sets;
  auto const slices = tables_.range(into.range);
  for (auto slice = slices.first_slice; slice < slices.end_slice; ++slice) sum_slice(slice, into);
}

void count_worker::sum_slice(std::size_t slice, range_sums& into) {
  auto const first = slice * tables_.slice_pixels();
  auto const pixels = std::min(tables_.slice_pixels(), tables_.format().pixels() - first);
  wide_rows_ = false;
  for (std::size_t at = 0; at < pixels; at += tables_.block_pixels()) {
    auto const here = std::min<std::size_t>(tables_.block_pixels(), pixels - at);
    for (std::size_t lane = 0; lane < sets_ * lanes; ++lane)
      if (lanes_[lane].is_open()) load_block(lane, first + at, at, here, into);
    add_rows(at, here);
  }
  for (auto const precision : sum_precisions) {
    auto const entries = tables_.slice(slice, precision);
    if (entries.runs.empty()) continue;
    if (wide_rows_) {
      sum_rows(rows_.data(), entries, precision, into);
    } else {
      sum_rows(reinterpret_cast<std::uint8_t const*>(rows_.data()), entries, precision, into);
    }
    if (!taken_out_.empty()) sum_taken_out(entries, first, into);
  }
  if (!taken_out_.empty()) clear_taken_out();
}

void count_worker::load_block(std::size_t lane, std::size_t first, std::size_t at, std::size_t pixels,
                              range_sums& into) {
  auto& from = lanes_[lane];
  auto& status = into.frames.status[lane];
  status = from.load(first, pixels, block_);
  if (status != frame_status::ok) return;
  into.frames.raw_sum[lane] += from.sum(pixels);
  if (may_be_special(from, pixels)) take_out_special(lane, first, at, pixels, into);
}

bool count_worker::may_be_special(frame_lane const& lane, std::size_t pixels) const {
  auto const width = lane.width();
  if (width > 2) return true;
  if (plan_.narrow_special.empty() || !plan_.values.special_below(width == 2 ? 0x10000 : 0x100)) return false;
  return simd::any_within(lane.layer(0), lane.layer(1), pixels, plan_.narrow_special);
}

// Which values are taken out depends on themselves alone, so that a frame's sums do not depend on the others.
void count_worker::take_out_special(std::size_t lane, std::size_t first, std::size_t at, std::size_t pixels,
                                    range_sums& into) {
  auto& from = lanes_[lane];
  auto const& values = plan_.values;
  auto const count = simd::find_special({from.layer(0), from.layer(1), from.layer(2), from.layer(3)}, pixels,
                                        values.special(), special_.data());
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t const pixel = special_[i];
    if (plan_.selection.is_excluded(first + pixel)) continue;
    auto const bits = from.value(pixel);
    if (values.is_saturated(bits)) ++into.frames.saturated[lane];
    if (values.is_dead(bits)) {
      into.frames.raw_sum[lane] -= values.integer(bits);
      mark_dead(at + pixel, lane);
    } else if (bits > 0xffff) {
      take_out(at + pixel);
      auto& head = first_wide_[at + pixel];
      wide_.push_back(
          {static_cast<std::uint32_t>(lane), head, static_cast<double>(static_cast<float>(values.integer(bits)))});
      head = static_cast<std::uint32_t>(wide_.size());
    } else {
      continue;
    }
    from.clear_value(pixel);
  }
  from.drop_empty_layers(pixels);
}

void count_worker::take_out(std::size_t pixel) {
  taken_out_.push_back(static_cast<std::uint16_t>(pixel));
  is_taken_out_[pixel] = 1;
}

void count_worker::mark_dead(std::size_t pixel, std::size_t lane) {
  take_out(pixel);
  dead_[lane / lanes * set_pixels_ + pixel] |= static_cast<std::uint16_t>(1U << lane % lanes);
  any_dead_ = true;
}

void count_worker::add_rows(std::size_t at, std::size_t pixels) {
  bool wide = wide_rows_;
  for (std::size_t lane = 0; lane < sets_ * lanes; ++lane) wide = wide || lanes_[lane].present(1);
  if (wide && !wide_rows_) widen_rows(at);
  wide_rows_ = wide;
  for (std::size_t set = 0; set < sets_; ++set) {
    simd::lane_layers low{}, high{};
    for (std::size_t i = 0; i < lanes; ++i) {
      low[i] = lanes_[set * lanes + i].layer(0);
      high[i] = lanes_[set * lanes + i].layer(1);
    }
    auto const to = (set * set_pixels_ + at) * lanes;
    if (wide) {
      simd::make_rows(low, high, pixels, rows_.data() + to);
    } else {
      simd::make_rows(low, pixels, reinterpret_cast<std::uint8_t*>(rows_.data()) + to);
    }
  }
}

// The rows so far, from the last to the first, as they grow into one another.
void count_worker::widen_rows(std::size_t pixels) {
  auto const* const bytes = reinterpret_cast<std::uint8_t const*>(rows_.data());
  for (std::size_t set = sets_; set-- > 0;) {
    auto const first = set * set_pixels_ * lanes;
    for (std::size_t i = pixels * lanes; i-- > 0;) rows_[first + i] = bytes[first + i];
  }
}

template <class T>
void count_worker::sum_rows(T const* rows, pair_slice const& entries, sum_precision precision, range_sums& into) const {
  simd::count_rows<T> const all{rows, set_pixels_ * lanes, sets_, any_dead_ ? dead_.data() : nullptr};
  if (precision == sum_precision::single) {
    simd::sum_counts(all, entries, tables_.paired(), plan_.variance, into.single.data());
  } else {
    simd::sum_counts(all, entries, tables_.paired(), plan_.variance, into.full.data());
  }
}

void count_worker::sum_taken_out(pair_slice const& entries, std::size_t first, range_sums& into) {
  auto const bins = tables_.range(into.range).bins.size() + 1;  // a pixel of the last bin may have a pair beyond it
  if (!wide_.empty()) {
    if (into.wide.empty()) into.wide.resize(range_sums::numbers(tables_, sets_ * lanes));
    into.any_wide = true;
  }
  if (any_dead_ && into.lost.empty()) into.lost.resize(bins * sets_ * lanes);
  std::size_t entry = 0;
  for (auto const& run : entries.runs) {
    for (auto const end = entry + run.entries; entry < end; ++entry) {
      auto const pixel = entries.pixels[entry];
      if (is_taken_out_[pixel] == 0) [[likely]]
        continue;
      auto const w = entries.weights[entry];
      if (first_wide_[pixel] != 0) sum_wide(first_wide_[pixel], run.bin, w, into);
      if (any_dead_) sum_lost(pixel, first + pixel, run.bin, w, into);
    }
  }
}

// The rows have 0 instead of the value, and so the least variance there is; here comes the rest.
void count_worker::sum_wide(std::uint32_t item, std::uint32_t bin, pair_weights w, range_sums& into) const {
  auto const count = sets_ * lanes;
  double const floor = plan_.variance.floor;
  double const lower = w.lower, upper = w.upper;
  for (; item != 0; item = wide_[item - 1].next) {
    auto const& value = wide_[item - 1];
    auto* const sums = into.wide.data() + bin * 2 * count + value.lane;
    sums[0] += lower * value.value;
    sums[2 * count] += upper * value.value;
    if (!plan_.variance.wanted) continue;
    double const rest = std::max(value.value, floor) - floor;
    sums[count] += lower * lower * rest;
    sums[3 * count] += upper * upper * rest;
  }
}

void count_worker::sum_lost(std::size_t at, std::size_t pixel, std::uint32_t bin, pair_weights w,
                            range_sums& into) const {
  for (std::size_t set = 0; set < sets_; ++set) {
    std::uint32_t const in = dead_[set * set_pixels_ + at];
    for (std::size_t i = 0; in >> i != 0; ++i) {
      if ((in >> i & 1) == 0) continue;
      auto* const lost = into.lost.data() + bin * sets_ * lanes + set * lanes + i;
      if (w.lower != 0) lost[0].add(w.lower, plan_.selection.norm(pixel), tables_.variance(pixel));
      if (w.upper != 0) lost[sets_ * lanes].add(w.upper, plan_.selection.norm(pixel), tables_.variance(pixel));
    }
  }
}

void count_worker::clear_taken_out() {
  for (auto const pixel : taken_out_) {
    first_wide_[pixel] = 0;
    is_taken_out_[pixel] = 0;
    for (std::size_t set = 0; set < sets_; ++set) dead_[set * set_pixels_ + pixel] = 0;
  }
  taken_out_.clear();
  wide_.clear();
  any_dead_ = false;
}

}  // namespace xrdct::cpu
