#pragma once
/// \file A batch of frames on its way through a device: memory, the kernels in their order, and what comes back.

#include "kernels/lanes/add_counts.hpp"
#include "kernels/lanes/byte_offset.hpp"
#include "kernels/lanes/clip_bins.hpp"
#include "kernels/lanes/decode_planes.hpp"
#include "kernels/lanes/decode_values.hpp"
#include "kernels/lanes/find_blocks.hpp"
#include "kernels/lanes/frame_tables.hpp"
#include "kernels/lanes/opened_frame.hpp"
#include "kernels/lanes/place_values.hpp"
#include "kernels/lanes/quantile_bins.hpp"
#include "kernels/lanes/sum_bins.hpp"
#include "xrdct/kernels/frame_reducer.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace xrdct::lanes {

/// Memory for what a rejection needs besides rows.
inline constexpr std::size_t most_sorting_bytes = std::size_t{512} << 20;

/// One batch at a time, in a queue of its own. Several of them are worked on side by side: while one is copied in,
/// another is computed.
template <engine E>
class frame_batch {
 public:
  frame_batch(E const& on, frame_tables<E> const& tables, frame_cut const& cut) : on_(on), tables_(tables), cut_(cut) {
    auto const pixels = cut.format.pixels();
    slots_ = on.template make<frame_slot>(batch_frames);
    sources_ = on.template make<value_source>(batch_frames);
    tails_ = on.template make<value_source>(batch_frames);
    faults_ = on.template make<std::uint32_t>(fault_kinds * batch_frames);
    list_ = on.template make<block_span>(batch_frames * cut.capacity());
    rows_ = on.template make<float>(pixels * batch_frames);
    raw_parts_ = on.template make<double>(parts() * batch_frames);
    saturated_parts_ = on.template make<std::uint32_t>(parts() * batch_frames);
    raw_sum_ = on.template make<double>(batch_frames);
    saturated_ = on.template make<std::uint32_t>(batch_frames);
    patterns_ = on.template make<float>(pattern_numbers());
    make_room_for_sums();
    slots_in_ = on.template make_staging<frame_slot>(batch_frames);
    sources_in_ = on.template make_staging<value_source>(batch_frames);
    patterns_out_ = on.template make_staging<float>(pattern_numbers());
    raw_sum_out_ = on.template make_staging<double>(batch_frames);
    saturated_out_ = on.template make_staging<std::uint32_t>(batch_frames);
    faults_out_ = on.template make_staging<std::uint32_t>(fault_kinds * batch_frames);
    queue_ = std::make_unique<typename E::queue>(on.make_queue());
  }

  /// Bytes of the device that a batch takes at least.
  static std::size_t device_bytes(frame_tables<E> const& tables, frame_cut const& cut) {
    auto const pixels = cut.format.pixels();
    return batch_frames * (pixels * sizeof(float) + cut.format.bytes() + cut.capacity() * sizeof(block_span)) +
           tables.segments() * batch_frames * sizeof(bin_sums);
  }
  /// Bytes of the host's memory: staging, and values that it decodes.
  std::size_t host_bytes() const {
    bool const host_decodes = cut_.format.code == encoding::bitshuffle_zstd || !cut_.blocks_fit;
    return pattern_numbers() * sizeof(float) + batch_frames * (sizeof(opened_frame) + 64) +
           (host_decodes ? batch_frames * cut_.format.bytes() : 0);
  }

  /// Starts with up to batch_frames frames. The one before has ended.
  void start(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
    auto const named = on_.range("xrdct: frames to the device");
    which_.assign(which.begin(), which.end());
    into_ = into;
    opened_.clear();
    opened_.reserve(which.size());
    for (auto const i : which) opened_.emplace_back(frames[i], cut_);
    try {
      enqueue();
    } catch (...) {
      try {
        queue_->synchronize();  // nothing is read or written any more when this is told
      } catch (...) {           // that it does not work is known
      }
      throw;
    }
  }

  /// Waits for the end and writes the rows. What it was given is not looked at any more.
  void finish() {
    auto const named = on_.range("xrdct: patterns from the device");
    queue_->synchronize();
    for (std::uint32_t lane = 0; lane < which_.size(); ++lane) write(lane, which_[lane]);
    which_.clear();
    opened_.clear();
  }
  bool is_over() const { return end_ && end_->is_over(); }

 private:
  template <class T>
  using array = typename E::template array<T>;
  template <class T>
  using staging = typename E::template staging<T>;
  enum fault_kind : std::uint32_t { in_blocks, outside, left_over, fault_kinds };

  std::size_t pattern_numbers() const { return std::size_t{pattern_rows::kinds} * tables_.bins * batch_frames; }
  std::size_t parts_of_planes() const { return cut_.blocks() + (cut_.tail_pixels() > 0 ? 1 : 0); }
  std::size_t parts_of_values() const {
    return (cut_.format.pixels() + place_values::pixels_a_block - 1) / place_values::pixels_a_block;
  }
  std::size_t parts() const { return std::max(parts_of_planes(), parts_of_values()); }
  pixel_rows rows() const { return {rows_.data()}; }
  frame_counts counts() const { return {raw_parts_.data(), saturated_parts_.data()}; }
  bool has(frame_kind kind) const {
    return std::ranges::any_of(opened_, [&](auto const& f) { return f.slot.kind == kind; });
  }
  bool scatters() const {
    return tables_.errors == error_model::azimuthal || tables_.reject.method == rejection_method::sigma_clip;
  }
  bool by_quantiles() const { return tables_.reject.method == rejection_method::quantiles; }
  std::uint32_t cycles() const {
    return tables_.reject.method == rejection_method::sigma_clip ? static_cast<std::uint32_t>(tables_.reject.cycles)
                                                                 : 0;
  }

  void make_room_for_sums() {
    if (by_quantiles()) {
      auto const bin_bytes = tables_.largest_bin * batch_frames * (2 * sizeof(quantile_bins::item) + 1);
      bins_at_once_ = static_cast<std::uint32_t>(
          std::clamp<std::size_t>(most_sorting_bytes / std::max<std::size_t>(1, bin_bytes), 1, tables_.bins));
      items_ = on_.template make<quantile_bins::item>(bins_at_once_ * tables_.largest_bin * batch_frames * 2);
      marks_ = on_.template make<std::uint8_t>(bins_at_once_ * tables_.largest_bin * batch_frames);
    } else if (scatters()) {
      history_ = on_.template make<clip_bins::cycle>(std::size_t{tables_.bins} * cycles() * batch_frames);
    } else {
      segment_sums_ = on_.template make<bin_sums>(std::size_t{tables_.segments()} * batch_frames);
    }
  }

  // Memory that nothing works with is made anew where it is too little.
  template <class T>
  T* room(array<T>& memory, std::size_t size) {
    if (memory.size() < size) {
      memory = array<T>();
      memory = on_.template make<T>(size + size / 4);
    }
    return memory.data();
  }

  void enqueue() {
    copy_in();
    if (has(frame_kind::lz4_planes) || has(frame_kind::planes) || has(frame_kind::lz4_values)) find();
    if (has(frame_kind::lz4_planes) || has(frame_kind::planes)) decode_blocks();
    if (has(frame_kind::lz4_values))
      queue_->launch(batch_frames * cut_.value_blocks,
                     decode_values{bytes_.data(), slots_.data(), cut_.capacity(), list_.data(), cut_.format.bytes(),
                                   reinterpret_cast<std::uint8_t*>(values_.data()), faults_.data()});
    if (has(frame_kind::differences)) decode_differences();
    place();
    queue_->launch(1, add_counts{slots_.data(), counts(), parts_of_planes(), parts_of_values(), raw_sum_.data(),
                                 saturated_.data()});
    sum();
    copy_out();
    end_ = std::make_unique<typename E::mark>(queue_->put_mark());
  }

  void copy_in() {
    constexpr std::size_t alignment = 64;
    std::size_t total = 0;
    for (auto& one : opened_) {
      one.slot.begin = total;
      total += (one.bytes.size() + alignment - 1) / alignment * alignment;
    }
    auto* const to = room(bytes_, total);
    if (has(frame_kind::lz4_values) || has(frame_kind::differences))
      room(values_,
           batch_frames * (has(frame_kind::differences) ? cut_.format.pixels() : (cut_.format.bytes() + 3) / 4));
    for (std::uint32_t lane = 0; lane < batch_frames; ++lane) {
      slots_in_.data()[lane] = lane < opened_.size() ? opened_[lane].slot : frame_slot();
      sources_in_.data()[lane] = lane < opened_.size() ? source(lane) : value_source();
    }
    queue_->copy_in(std::span<frame_slot const>(slots_in_.span()), slots_.data());
    queue_->copy_in(std::span<value_source const>(sources_in_.span()), sources_.data());
    queue_->clear(faults_.data(), faults_.size());
    for (auto const& one : opened_) {
      auto const* const from = reinterpret_cast<std::uint8_t const*>(one.bytes.data());
      queue_->copy_in(std::span(from, one.bytes.size()), to + one.slot.begin);
    }
  }

  // Where place_values finds the whole frame.
  value_source source(std::uint32_t lane) const {
    auto const& slot = opened_[lane].slot;
    auto const bytes = static_cast<std::uint32_t>(cut_.value_bytes());
    if (slot.kind == frame_kind::values) return {bytes_.data() + slot.begin, bytes};
    auto const* const values = reinterpret_cast<std::uint8_t const*>(values_.data());
    if (slot.kind == frame_kind::lz4_values) return {values + lane * cut_.format.bytes(), bytes};
    if (slot.kind == frame_kind::differences)
      return {values + lane * cut_.format.pixels() * sizeof(std::uint32_t), sizeof(std::uint32_t)};
    return {};
  }

  void find() {
    auto const in_planes = cut_.shuffled_pixels * cut_.value_bytes();
    queue_->launch(1, find_blocks{bytes_.data(), slots_.data(), cut_.blocks(), in_planes,
                                  static_cast<std::uint32_t>(cut_.value_bytes()), cut_.format.bytes() - in_planes,
                                  cut_.capacity(), list_.data(), tails_.data(), faults_.data()});
  }

  void decode_blocks() {
    decode_planes const kernel{bytes_.data(),        slots_.data(), cut_.capacity(),    list_.data(), cut_.block_pixels,
                               cut_.shuffled_pixels, tables_.rules, tables_.excluded(), rows(),       counts(),
                               faults_.data()};
    queue_->launch(kernel.launched(), kernel);
    if (cut_.tail_pixels() == 0) return;
    place_values const tails{tails_.data(), cut_.shuffled_pixels, cut_.tail_pixels(),
                             tables_.rules, tables_.excluded(),   rows(),
                             counts(),      cut_.blocks()};
    queue_->launch(tails.launched(), tails);
  }

  void decode_differences() {
    std::uint64_t longest = 1;
    for (auto const& one : opened_)
      if (one.slot.kind == frame_kind::differences) longest = std::max(longest, one.slot.size);
    auto const pieces = static_cast<std::size_t>((longest + payload_piece - 1) / payload_piece),
               all = batch_frames * pieces;
    byte_offset_pieces const p{bytes_.data(),
                               slots_.data(),
                               pieces,
                               room(maps_, all),
                               room(entries_, all),
                               room(piece_counts_, all),
                               room(piece_sums_, all),
                               room(first_values_, all),
                               room(values_before_, all)};
    auto const pixels = cut_.format.pixels();
    auto const launch = [&](auto const& kernel) { queue_->launch(kernel.launched(), kernel); };
    launch(map_pieces{p});
    launch(enter_pieces{p});
    launch(sum_pieces{p});
    launch(place_pieces{p, pixels, faults_.data() + in_blocks * batch_frames});
    launch(write_pieces{p, pixels, 8 * cut_.value_bytes(), cut_.format.type == pixel_type::i32, values_.data(),
                        faults_.data() + outside * batch_frames, faults_.data() + left_over * batch_frames});
  }

  void place() {
    bool const by_values = has(frame_kind::values) || has(frame_kind::lz4_values) || has(frame_kind::differences);
    if (!by_values) return;
    place_values const kernel{sources_.data(), 0, cut_.format.pixels(), tables_.rules, tables_.excluded(), rows(),
                              counts(),        0};
    queue_->launch(kernel.launched(), kernel);
  }

  void sum() {
    auto const reader = tables_.reader(rows());
    pattern_rows const to{patterns_.data(), tables_.bins};
    auto const launch = [&](auto const& kernel) { queue_->launch(kernel.launched(), kernel); };
    if (by_quantiles()) {
      for (std::uint32_t first = 0; first < tables_.bins; first += bins_at_once_)
        launch(quantile_bins{reader, tables_.reject.lower, tables_.reject.upper, first,
                             std::min(bins_at_once_, tables_.bins - first), tables_.largest_bin, items_.data(),
                             marks_.data(), to});
    } else if (scatters()) {
      launch(clip_bins{reader, tables_.reject.threshold, cycles(), history_.data(), to});
    } else {
      launch(sum_segments{reader, tables_.bin_of_segment(), tables_.first_segment(), tables_.segments(),
                          segment_sums_.data()});
      launch(add_segments{tables_.bins, tables_.first_segment(), segment_sums_.data(), to});
    }
  }

  void copy_out() {
    queue_->copy_out(static_cast<float const*>(patterns_.data()), patterns_out_.span());
    queue_->copy_out(static_cast<double const*>(raw_sum_.data()), raw_sum_out_.span());
    queue_->copy_out(static_cast<std::uint32_t const*>(saturated_.data()), saturated_out_.span());
    queue_->copy_out(static_cast<std::uint32_t const*>(faults_.data()), faults_out_.span());
  }

  // A corrupt block that was found lies before the place where a frame ends too early.
  frame_status status(std::uint32_t lane) const {
    auto const& one = opened_[lane];
    if (one.status != frame_status::ok) return one.status;
    auto const fault = [&](fault_kind kind) { return faults_out_.data()[kind * batch_frames + lane]; };
    if ((fault(in_blocks) & fault_corrupt) != 0) return frame_status::corrupt;
    if ((fault(in_blocks) & fault_truncated) != 0) return frame_status::truncated;
    if (fault(outside) != 0) return frame_status::corrupt;
    return fault(left_over) != 0 ? frame_status::lying_header : frame_status::ok;
  }

  void write(std::uint32_t lane, std::size_t row) const {
    into_.status[row] = status(lane);
    if (into_.status[row] != frame_status::ok) return;
    auto const* from = patterns_out_.data() + std::size_t{lane} * pattern_rows::kinds * tables_.bins;
    for (auto const& rows_of : {into_.signal, into_.variance, into_.norm, into_.count}) {
      std::copy_n(from, tables_.bins, rows_of.row(row).begin());
      from += tables_.bins;
    }
    if (!into_.raw_sum.empty()) into_.raw_sum[row] = raw_sum_out_.data()[lane];
    if (!into_.saturated.empty()) into_.saturated[row] = saturated_out_.data()[lane];
  }

  E const& on_;
  frame_tables<E> const& tables_;
  frame_cut cut_;
  array<frame_slot> slots_;
  array<value_source> sources_, tails_;
  array<std::uint32_t> faults_, saturated_parts_, saturated_;
  array<block_span> list_;
  array<float> rows_, patterns_;
  array<double> raw_parts_, raw_sum_;
  array<bin_sums> segment_sums_;
  array<clip_bins::cycle> history_;
  array<quantile_bins::item> items_;
  array<std::uint8_t> marks_;
  std::uint32_t bins_at_once_ = 0;
  // As large as the batch needs:
  array<std::uint8_t> bytes_, entries_;
  array<std::uint32_t> values_, piece_counts_;
  array<std::uint64_t> maps_, piece_sums_, first_values_, values_before_;
  staging<frame_slot> slots_in_;
  staging<value_source> sources_in_;
  staging<float> patterns_out_;
  staging<double> raw_sum_out_;
  staging<std::uint32_t> saturated_out_, faults_out_;
  std::vector<opened_frame> opened_;
  std::vector<std::size_t> which_;
  patterns into_;
  std::unique_ptr<typename E::mark> end_;
  std::unique_ptr<typename E::queue> queue_;  // destroyed first: it may use all others
};

}  // namespace xrdct::lanes
