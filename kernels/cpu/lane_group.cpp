#include "kernels/cpu/lane_group.hpp"

#include <algorithm>
#include <limits>

namespace xrdct::cpu {

using simd::lanes;

std::size_t memory_at_work(reduction_plan const& plan) {
  auto const& format = plan.lanes.format;
  bool const whole = plan.lanes.decodes_whole();
  std::size_t const frames = whole ? lanes * format.bytes() : 0;
  if (!plan.order) return frames + lanes * plan.bins * sizeof(bin_norm);
  constexpr std::size_t narrow_row = lanes, wide_row = lanes * sizeof(float);
  constexpr std::size_t row_of_bin = 2 * wide_row;  // its values, and what quantiles sort
  return frames + (plan.order->rows() + simd::slack) * (narrow_row + wide_row) +
         plan.order->entries_of_largest_bin() * row_of_bin + lanes * plan.bins * sizeof(bin_sums);
}

lane_group::lane_group(reduction_plan const& plan)
    : plan_(plan),
      block_(plan.lanes),
      rows_((plan.lanes.slice_pixels + simd::slack) * lanes),
      special_(plan.lanes.slice_pixels),
      dead_lanes_(plan.lanes.slice_pixels),
      variance_{plan.errors == error_model::poisson || plan.errors == error_model::counts,
                plan.errors == error_model::poisson ? 1.0F : 0.0F} {
  if (plan.order) whole_bins_.emplace(*plan.order, plan.errors, plan.reject);
  if (!plan.order) sums_ = aligned_buffer<double>(plan.bins * 2 * lanes);
  frames_.assign(lanes, encoded_frame(plan.lanes));
  lanes_.reserve(lanes);
  for (std::size_t i = 0; i < lanes; ++i) lanes_.emplace_back(plan.lanes);
  for (auto const& range : plan.values.special())
    if (range.first <= 0xffff) narrow_.push_back({range.first, std::min(range.last, 0xffffU)});
}

void lane_group::reduce(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
  reset();
  std::array<frame_status, lanes> status{};
  for (std::size_t lane = 0; lane < which.size(); ++lane) {
    status[lane] = frames_[lane].open(frames[which[lane]]);
    lanes_[lane].start(frames_[lane].source(), frames_[lane].bytes());
  }
  for (std::size_t slice = 0; slice < plan_.slice_count(); ++slice) reduce_slice(slice, status);
  std::uint32_t open = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) open |= (lanes_[lane].is_open() ? 1U : 0U) << lane;
  if (whole_bins_) whole_bins_->reduce(open);
  for (std::size_t lane = 0; lane < which.size(); ++lane) {
    into.status[which[lane]] = status[lane];
    if (status[lane] == frame_status::ok) write(lane, which[lane], into);
  }
}

void lane_group::reset() {
  for (auto& lane : lanes_) lane.close();
  sums_.clear();
  if (whole_bins_) whole_bins_->store().clear();
  for (auto& lost : lost_) lost.clear();
  std::ranges::fill(dead_lanes_, 0U);  // but for a batch in which memory ran out, they are
  integer_sum_.fill(0);
  float_sum_.fill(0);
  saturated_.fill(0);
}

void lane_group::reduce_slice(std::size_t slice, std::span<frame_status> status) {
  auto const first = slice * plan_.lanes.slice_pixels;
  auto const pixels = std::min(plan_.lanes.slice_pixels, plan_.lanes.format.pixels() - first);
  load(first, pixels, status);
  switch (narrowest_rows(pixels)) {
    case row_kind::bytes: {
      auto* const rows = reinterpret_cast<std::uint8_t*>(rows_.data());
      simd::make_rows(layers(0), pixels, rows);
      take_rows(rows, slice);
      break;
    }
    case row_kind::halves: {
      auto* const rows = reinterpret_cast<std::uint16_t*>(rows_.data());
      simd::make_rows(layers(0), layers(1), pixels, rows);
      take_rows(rows, slice);
      break;
    }
    case row_kind::floats: {
      make_float_rows(slice, first, pixels);
      take_rows(rows_.data(), slice);
      break;
    }
  }
}

template <class T>
void lane_group::take_rows(T const* rows, std::size_t slice) {
  if (whole_bins_) {
    whole_bins_->store().put(rows, slice);
  } else {
    simd::integrate(rows, (*plan_.slices)[slice], variance_, sums_.data());
  }
}

void lane_group::load(std::size_t first, std::size_t pixels, std::span<frame_status> status) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (!lanes_[lane].is_open()) continue;
    status[lane] = lanes_[lane].load(first, pixels, block_);
    if (plan_.values.type() != pixel_type::f32) integer_sum_[lane] += lanes_[lane].sum(pixels);
  }
}

// Special values are found and dealt with in rows of floats alone. As every value is exact in the narrower rows, the
// choice, which depends on all frames of the group, does not show in the sums.
lane_group::row_kind lane_group::narrowest_rows(std::size_t pixels) const {
  std::size_t width = 0;
  for (auto const& lane : lanes_) width = std::max(width, lane.width());
  if (width > 2 || (width > 0 && plan_.values.type() == pixel_type::f32)) return row_kind::floats;
  if (plan_.values.special_below(width == 2 ? 0x10000 : 0x100)) {
    for (auto const& lane : lanes_)
      if (lane.is_open() && simd::any_within(lane.layer(0), lane.layer(1), pixels, narrow_)) return row_kind::floats;
  }
  return width == 2 ? row_kind::halves : row_kind::bytes;
}

simd::lane_layers lane_group::layers(std::size_t k) const {
  simd::lane_layers found{};
  for (std::size_t lane = 0; lane < lanes; ++lane) found[lane] = lanes_[lane].layer(k);
  return found;
}

void lane_group::make_float_rows(std::size_t slice, std::size_t first, std::size_t pixels) {
  auto const count = simd::make_rows({layers(0), layers(1), layers(2), layers(3)}, plan_.values.type(), pixels,
                                     plan_.values.special(), rows_.data(), special_.data());
  std::size_t dead = 0;  // rows with dead pixels move to the front
  for (std::size_t i = 0; i < count; ++i) {
    auto const row = special_[i];
    if (plan_.selection.is_excluded(first + row.pixel)) continue;
    std::uint32_t dead_lanes = 0;
    for (std::size_t lane = 0; lane < lanes; ++lane)
      if ((row.lanes >> lane & 1) != 0 && lanes_[lane].is_open() && take_out(row.pixel, lane)) dead_lanes |= 1U << lane;
    if (dead_lanes != 0) special_[dead++] = {row.pixel, dead_lanes};
  }
  if (dead > 0 && !whole_bins_) lessen_norms(slice, first, {special_.data(), dead});
  if (plan_.values.type() == pixel_type::f32) simd::sum_rows(rows_.data(), pixels, float_sum_.data());
}

// Counts a saturated pixel, and takes a dead one out of the lane's rows and sum. Returns whether it is dead.
bool lane_group::take_out(std::size_t pixel, std::size_t lane) {
  auto const bits = lanes_[lane].value(pixel);
  if (plan_.values.is_saturated(bits)) ++saturated_[lane];
  if (!plan_.values.is_dead(bits)) return false;
  if (plan_.values.type() != pixel_type::f32) integer_sum_[lane] -= plan_.values.integer(bits);
  rows_[pixel * lanes + lane] = std::numeric_limits<float>::quiet_NaN();
  return true;
}

void lane_group::lessen_norms(std::size_t slice, std::size_t first, std::span<simd::special_row const> dead) {
  for (auto const& row : dead) dead_lanes_[row.pixel] = row.lanes;
  auto const entries = (*plan_.slices)[slice];
  auto const* entry = entries.entries;
  for (auto const& run : entries.runs) {
    for (auto const* const end = entry + run.entries; entry != end; ++entry) {
      auto const in = dead_lanes_[entry->pixel];
      for (std::size_t lane = 0; in >> lane != 0; ++lane) {
        if ((in >> lane & 1) == 0) continue;
        if (lost_[lane].empty()) lost_[lane].resize(plan_.bins);
        auto const pixel = first + entry->pixel;
        lost_[lane][run.bin].add(entry->coefficient, plan_.selection.norm(pixel), plan_.variance(pixel));
      }
    }
  }
  for (auto const& row : dead) dead_lanes_[row.pixel] = 0;
}

void lane_group::write(std::size_t lane, std::size_t row, patterns const& into) const {
  if (whole_bins_) {
    write_whole_bins(lane, row, into);
  } else {
    write_sums(lane, row, into);
  }
  bool const floats = plan_.values.type() == pixel_type::f32;
  if (!into.raw_sum.empty()) into.raw_sum[row] = floats ? float_sum_[lane] : static_cast<double>(integer_sum_[lane]);
  if (!into.saturated.empty()) into.saturated[row] = saturated_[lane];
}

void lane_group::write_sums(std::size_t lane, std::size_t row, patterns const& into) const {
  bin_norm const nothing;
  for (std::size_t bin = 0; bin < plan_.bins; ++bin) {
    auto const& all = plan_.norms[bin];
    auto const& lost = lost_[lane].empty() ? nothing : lost_[lane][bin];
    if (all.entries == lost.entries) continue;  // no pixel is left: zeros, without the rounding of a difference
    auto const* const sums = sums_.data() + bin * 2 * lanes + lane;
    auto const variance = plan_.errors == error_model::image ? all.variance.minus(lost.variance) : sums[lanes];
    into.signal(row, bin) = static_cast<float>(sums[0]);
    into.variance(row, bin) = static_cast<float>(variance);
    into.norm(row, bin) = static_cast<float>(all.norm.minus(lost.norm));
    into.count(row, bin) = static_cast<float>(all.count.minus(lost.count));
  }
}

void lane_group::write_whole_bins(std::size_t lane, std::size_t row, patterns const& into) const {
  for (std::size_t bin = 0; bin < plan_.bins; ++bin) {
    auto const& sums = whole_bins_->sums(bin, lane);
    into.signal(row, bin) = static_cast<float>(sums.signal);
    into.variance(row, bin) = static_cast<float>(sums.variance);
    into.norm(row, bin) = static_cast<float>(sums.norm);
    into.count(row, bin) = static_cast<float>(sums.count);
  }
}

}  // namespace xrdct::cpu
