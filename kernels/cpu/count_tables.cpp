#include "kernels/cpu/count_tables.hpp"

#include "kernels/common/tables.hpp"
#include "kernels/common/value_rules.hpp"
#include "kernels/cpu/encoded_frame.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace xrdct::cpu {
namespace {

// A frame has about so many ranges: some for each of 16 threads, and few enough slices in each for their sums in
// float32 to lose little (a bin gets no more than some ten partial sums before they are added up in double).
constexpr std::size_t ranges_aimed_at = 64;
// Sums in float32 are half as much work as in double (measured, Eiger 4M, 1000 bins: 0.50 against 0.92 ms a frame). A
// sum of n terms that are not negative errs by n/2²⁴ of itself at the very most, and by some √n/2²⁶, as roundings go
// both ways (they do not where all terms are equal: up to 1.5e-6 of 4096 such); and the more ranges a bin is made of,
// which are added up in double, the more do their roundings even out. So runs of more entries than this are cut;
constexpr std::uint32_t longest_single_run = 64;
// and bins are summed up in double that have fewer entries,
constexpr std::uint32_t least_single_entries = 4096;
// more of them in one range,
constexpr std::uint32_t most_single_entries_a_range = 4096;
// or one range that makes more than this part of them: a ring of Eiger 4M has a tenth of its pixels where it touches
// the rows of a range, one of small radius a fourth.
constexpr std::uint32_t least_single_ranges = 6;

constexpr std::uint64_t count_mark = 0x31737473746e7563;  // changes with the layout

enum part : std::size_t {
  first_slices,
  first_bins,
  first_runs,
  first_entries,
  range_bins,
  runs,
  weights,
  pixels,
  norms,
  excluded,
  pixel_norms,
  variances,
  parts
};

}  // namespace

struct count_tables::header {
  std::uint64_t mark = count_mark;
  frame_format format;
  std::uint32_t block_pixels = 0;
  std::uint64_t slice_pixels = 0, bins = 0;
  error_model errors = error_model::none;
  bool blocks_fit = true, paired = false;
  xrdct::value_rules values;
  std::array<table_place, parts> places;
};

namespace {

// Calls take(pixel, lower bin, weights) for the entries of a pixel, two in neighbouring bins at a time.
template <class F>
void for_each_pair(integration_matrix const& matrix, std::size_t pixel, F take) {
  auto const end = matrix.offsets[pixel + 1];
  for (auto e = matrix.offsets[pixel]; e < end; ++e) {
    auto const bin = matrix.bin[e];
    pair_weights w{matrix.coefficient[e], 0};
    if (e + 1 < end && matrix.bin[e + 1] == bin + 1) w.upper = matrix.coefficient[++e];
    if (w.lower != 0 || w.upper != 0) take(bin, w);
  }
}

// Numbers that are zero for all bins between uses, and the numbers that the bins of a range have in it.
class bin_marks {
 public:
  explicit bin_marks(std::size_t bins) : number(bins + 1), value_(bins + 1) {}
  std::uint32_t& operator[](std::size_t bin) {
    if (value_[bin] == 0) touched_.push_back(static_cast<std::uint32_t>(bin));
    return value_[bin];
  }
  std::uint32_t& at(std::size_t bin) { return value_[bin]; }
  std::vector<std::uint32_t> const& sort_touched() {
    std::sort(touched_.begin(), touched_.end());
    return touched_;
  }
  void clear() {
    for (auto const bin : touched_) value_[bin] = 0;
    touched_.clear();
  }

  std::vector<std::uint32_t> number;

 private:
  std::vector<std::uint32_t> value_;
  std::vector<std::uint32_t> touched_;
};

}  // namespace

/// Counts what there is, asks for memory, and fills it.
class count_table_maker {
 public:
  count_table_maker(reduction const& what, frame_format const& format, thread_pool& pool)
      : what_(what), matrix_(*what.matrix), pool_(pool), selection_(*what.pixels, format.pixels()) {
    header_.format = format;
    auto const cut = plan_lanes(format);
    header_.block_pixels = cut.block_pixels;
    header_.blocks_fit = cut.blocks_fit;
    header_.slice_pixels = cut.slice_pixels;
    header_.bins = matrix_.bins;
    header_.errors = what.errors;
    header_.values = xrdct::value_rules(*what.pixels);
    slices_ = (format.pixels() + header_.slice_pixels - 1) / header_.slice_pixels;
    slices_a_range_ = (slices_ + ranges_aimed_at - 1) / ranges_aimed_at;
    ranges_ = (slices_ + slices_a_range_ - 1) / slices_a_range_;
  }

  void make(table_memory const& memory) {
    std::vector<bin_marks> marks(static_cast<std::size_t>(pool_.threads()), bin_marks(matrix_.bins));
    auto const of = [&](int worker) -> bin_marks& { return marks[static_cast<std::size_t>(worker)]; };
    runs_of_.resize(slices_);
    bins_of_.resize(ranges_);
    pool_.run(ranges_, [&](std::size_t range, int worker) { count_range(range, of(worker)); });
    choose_precision();
    lay_out(memory);
    norms_of_.resize(ranges_);
    pool_.run(ranges_, [&](std::size_t range, int worker) { fill_range(range, of(worker)); });
    sum_norms();
    std::memcpy(tables_.data(), &header_, sizeof header_);
  }

 private:
  std::size_t first_slice(std::size_t range) const { return std::min(slices_, range * slices_a_range_); }
  std::size_t first_pixel(std::size_t slice) const { return std::min(matrix_.pixels(), slice * header_.slice_pixels); }

  template <class F>
  void for_each_pair_of(std::size_t slice, F take) const {
    for (auto p = first_pixel(slice); p < first_pixel(slice + 1); ++p)
      if (!selection_.is_excluded(p))
        for_each_pair(matrix_, p, [&](std::uint32_t bin, pair_weights w) { take(p, bin, w); });
  }

  // A bin and the next one, which its pairs reach, are neighbours in the range as well.
  void count_range(std::size_t range, bin_marks& marks) {
    std::vector<std::uint32_t> touched;
    bool paired = false;
    for (auto slice = first_slice(range); slice < first_slice(range + 1); ++slice) {
      for_each_pair_of(slice, [&](std::size_t, std::uint32_t bin, pair_weights w) {
        ++marks[bin];
        paired = paired || w.upper != 0;
      });
      for (auto const bin : marks.sort_touched()) {
        runs_of_[slice].push_back({bin, marks.at(bin)});
        touched.push_back(bin);
        if (bin + 1 < matrix_.bins) touched.push_back(bin + 1);
      }
      marks.clear();
    }
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    bins_of_[range] = std::move(touched);
    if (paired) paired_.store(true, std::memory_order_relaxed);
  }

  // A run is in double if its bin, or the next one, has to be.
  void choose_precision() {
    std::vector<std::uint64_t> all(matrix_.bins + 1), here(matrix_.bins + 1), most(matrix_.bins + 1);
    for (std::size_t range = 0; range < ranges_; ++range) {
      for (auto slice = first_slice(range); slice < first_slice(range + 1); ++slice)
        for (auto const& run : runs_of_[slice])
          for (auto const bin : {run.bin, run.bin + 1}) here[bin] += run.entries;
      for (auto const bin : bins_of_[range]) {
        all[bin] += here[bin];
        most[bin] = std::max(most[bin], here[bin]);
        here[bin] = 0;
      }
    }
    single_.resize(matrix_.bins + 1, 1);
    for (std::size_t bin = 0; bin < matrix_.bins; ++bin)
      if (all[bin] != 0)
        single_[bin] = all[bin] >= least_single_entries && most[bin] <= most_single_entries_a_range &&
                       least_single_ranges * most[bin] <= all[bin];
  }
  bool is_single(bin_run const& run) const { return single_[run.bin] != 0 && single_[run.bin + 1] != 0; }

  // How many runs and entries of a slice are of a precision.
  std::pair<std::size_t, std::size_t> count_runs(std::size_t slice, sum_precision precision) const {
    std::size_t run_count = 0, entries = 0;
    for (auto const& run : runs_of_[slice]) {
      if (is_single(run) != (precision == sum_precision::single)) continue;
      run_count += is_single(run) ? (run.entries + longest_single_run - 1) / longest_single_run : 1;
      entries += run.entries;
    }
    return {run_count, entries};
  }

  void lay_out(table_memory const& memory) {
    header_.paired = paired_;
    table_layout layout(sizeof(count_tables::header));
    std::size_t bins = 0, run_count = 0, entries = 0;
    for (auto const& b : bins_of_) bins += b.size();
    for (std::size_t slice = 0; slice < slices_; ++slice)
      for (auto const precision : sum_precisions) {
        auto const [more_runs, more_entries] = count_runs(slice, precision);
        run_count += more_runs;
        entries += more_entries;
      }
    bool const by_image = what_.errors == error_model::image;
    header_.places[first_slices] = layout.add<std::uint64_t>(ranges_ + 1);
    header_.places[first_bins] = layout.add<std::uint64_t>(ranges_ + 1);
    header_.places[first_runs] = layout.add<std::uint64_t>(sum_precisions.size() * slices_ + 1);
    header_.places[first_entries] = layout.add<std::uint64_t>(sum_precisions.size() * slices_ + 1);
    header_.places[range_bins] = layout.add<std::uint32_t>(bins);
    header_.places[runs] = layout.add<bin_run>(run_count);
    header_.places[weights] = layout.add<pair_weights>(entries);
    header_.places[pixels] = layout.add<std::uint16_t>(entries);
    header_.places[norms] = layout.add<bin_norm>(matrix_.bins);
    header_.places[excluded] = layout.add<std::uint8_t>(selection_.excluded_bits().size());
    header_.places[pixel_norms] = layout.add<float>(selection_.norms().size());
    header_.places[variances] = layout.add<float>(by_image ? what_.pixels->variance.size() : 0);
    tables_ = memory(layout.bytes());
    if (tables_.size() < layout.bytes()) throw std::bad_alloc();
    fill_places();
    copy_to(excluded, selection_.excluded_bits());
    copy_to(pixel_norms, selection_.norms());
    if (by_image) copy_to(variances, std::span(what_.pixels->variance));
  }

  void fill_places() {
    auto* const slice = to<std::uint64_t>(first_slices);
    auto* const bin = to<std::uint64_t>(first_bins);
    auto* const run = to<std::uint64_t>(first_runs);
    auto* const entry = to<std::uint64_t>(first_entries);
    bin[0] = run[0] = entry[0] = 0;
    for (std::size_t r = 0; r <= ranges_; ++r) slice[r] = first_slice(r);
    for (std::size_t r = 0; r < ranges_; ++r) bin[r + 1] = bin[r] + bins_of_[r].size();
    std::size_t part = 0;
    for (std::size_t s = 0; s < slices_; ++s)
      for (auto const precision : sum_precisions) {
        auto const [run_count, entries] = count_runs(s, precision);
        run[part + 1] = run[part] + run_count;
        entry[part + 1] = entry[part] + entries;
        ++part;
      }
  }

  void fill_range(std::size_t range, bin_marks& marks) {
    auto const& bins = bins_of_[range];
    std::copy(bins.begin(), bins.end(), to<std::uint32_t>(range_bins) + to<std::uint64_t>(first_bins)[range]);
    for (std::uint32_t i = 0; i < bins.size(); ++i) marks.number[bins[i]] = i;
    std::vector<bin_norm> norm(bins.size() + 1);
    for (auto slice = first_slice(range); slice < first_slice(range + 1); ++slice) fill_slice(slice, norm, marks);
    norms_of_[range] = std::move(norm);
  }

  void fill_slice(std::size_t slice, std::vector<bin_norm>& norm, bin_marks& marks) {
    auto const part = sum_precisions.size() * slice;
    auto* run = to<bin_run>(runs) + to<std::uint64_t>(first_runs)[part];
    auto const first_entry = to<std::uint64_t>(first_entries)[part];
    std::uint32_t at = 0;  // the mark of a bin is where its next entry goes, and one more
    for (auto const precision : sum_precisions) {
      for (auto const& [bin, count] : runs_of_[slice]) {
        if (is_single({bin, count}) != (precision == sum_precision::single)) continue;
        auto const longest = precision == sum_precision::single ? longest_single_run : count;
        for (std::uint32_t done = 0; done < count; done += longest)
          *run++ = {marks.number[bin], std::min(longest, count - done)};
        marks[bin] = at + 1;
        at += count;
      }
    }
    auto* const weight = to<pair_weights>(weights) + first_entry;
    auto* const pixel = to<std::uint16_t>(pixels) + first_entry;
    for_each_pair_of(slice, [&](std::size_t p, std::uint32_t bin, pair_weights w) {
      auto const i = marks.at(bin)++ - 1;
      weight[i] = w;
      pixel[i] = static_cast<std::uint16_t>(p - first_pixel(slice));
      auto* const to_bin = norm.data() + marks.number[bin];
      float const variance = what_.errors == error_model::image ? what_.pixels->variance[p] : 0.0F;
      if (w.lower != 0) to_bin[0].add(w.lower, selection_.norm(p), variance);
      if (w.upper != 0) to_bin[1].add(w.upper, selection_.norm(p), variance);
    });
    marks.clear();
  }

  void sum_norms() {
    auto* const all = to<bin_norm>(norms);
    std::uninitialized_fill_n(all, matrix_.bins, bin_norm());
    for (std::size_t range = 0; range < ranges_; ++range)
      for (std::size_t i = 0; i < bins_of_[range].size(); ++i) all[bins_of_[range][i]].add(norms_of_[range][i]);
  }

  template <class T>
  T* to(part which) {
    return reinterpret_cast<T*>(tables_.data() + header_.places[which].offset);
  }
  template <class T>
  void copy_to(part which, std::span<T const> from) {
    if (!from.empty()) std::memcpy(to<T>(which), from.data(), from.size_bytes());
  }
  template <class T>
  void copy_to(part which, std::span<T> from) {
    copy_to(which, std::span<T const>(from));
  }

  reduction const& what_;
  integration_matrix const& matrix_;
  thread_pool& pool_;
  pixel_selection selection_;
  count_tables::header header_;
  std::size_t slices_ = 0, slices_a_range_ = 0, ranges_ = 0;
  std::vector<std::vector<bin_run>> runs_of_;        // of every slice, by bins of the whole frame
  std::vector<std::uint8_t> single_;                 // of every bin: summed up in float32
  std::vector<std::vector<std::uint32_t>> bins_of_;  // of every range
  std::vector<std::vector<bin_norm>> norms_of_;      // of every bin of a range
  std::atomic<bool> paired_{false};
  std::span<std::byte> tables_;
};

bool count_tables::serve(reduction const& what, frame_format const& format) {
  return format.type != pixel_type::f32 && what.pixels->dark.empty() && what.errors != error_model::azimuthal &&
         what.reject.method == rejection_method::none;
}

void count_tables::make(reduction const& what, frame_format const& format, thread_pool& pool,
                        table_memory const& memory) {
  static_assert(std::is_trivially_copyable_v<header> && std::is_trivially_copyable_v<bin_norm>);
  count_table_maker(what, format, pool).make(memory);
}

bool count_tables::are_in(std::span<std::byte const> tables) {
  std::uint64_t mark = 0;
  if (tables.size() < sizeof(header)) return false;
  std::memcpy(&mark, tables.data(), sizeof mark);
  return mark == count_mark;
}

count_tables::count_tables(std::span<std::byte const> tables)
    : tables_(tables), header_(reinterpret_cast<header const*>(tables.data())) {
  if (!are_in(tables)) throw std::invalid_argument("these are no tables of counts");
  auto const& at = header_->places;
  first_slice_ = table_array<std::uint64_t>(tables, at[first_slices]);
  first_bin_ = table_array<std::uint64_t>(tables, at[first_bins]);
  first_run_ = table_array<std::uint64_t>(tables, at[first_runs]);
  first_entry_ = table_array<std::uint64_t>(tables, at[first_entries]);
  range_bins_ = table_array<std::uint32_t>(tables, at[part::range_bins]);
  runs_ = table_array<bin_run>(tables, at[part::runs]);
  weights_ = table_array<pair_weights>(tables, at[part::weights]);
  pixels_ = table_array<std::uint16_t>(tables, at[part::pixels]);
  norms_ = table_array<bin_norm>(tables, at[part::norms]);
  variance_image_ = table_array<float>(tables, at[variances]);
  if (!sizes_agree()) throw std::invalid_argument("tables of counts whose sizes contradict each other");
  for (std::size_t i = 0; i + 1 < first_entry_.size(); ++i)
    entries_[i % entries_.size()] += first_entry_[i + 1] - first_entry_[i];
}

// What lies in the arrays is believed: nobody but make() writes the mark.
bool count_tables::sizes_agree() const {
  auto const& h = *header_;
  if (h.slice_pixels == 0 || h.block_pixels == 0 || h.slice_pixels % h.block_pixels != 0) return false;
  if (first_slice_.size() < 2 || first_bin_.size() != first_slice_.size()) return false;
  auto const pixels = h.format.pixels(), slices = (pixels + h.slice_pixels - 1) / h.slice_pixels;
  auto const parts = sum_precisions.size() * slices;
  return first_slice_.back() == slices && first_bin_.back() == range_bins_.size() && first_run_.size() == parts + 1 &&
         first_entry_.size() == parts + 1 && first_run_.back() == runs_.size() &&
         first_entry_.back() == weights_.size() && first_entry_.back() == pixels_.size() && norms_.size() == h.bins &&
         selection().excluded_bits().size() >= (pixels + 7) / 8 + 64 &&
         (selection().norms().empty() || selection().norms().size() == pixels) &&
         (variance_image_.empty() || variance_image_.size() == pixels);
}

frame_format const& count_tables::format() const { return header_->format; }
std::uint32_t count_tables::block_pixels() const { return header_->block_pixels; }
bool count_tables::blocks_fit() const { return header_->blocks_fit; }
std::size_t count_tables::slice_pixels() const { return header_->slice_pixels; }
std::size_t count_tables::bins() const { return header_->bins; }
error_model count_tables::errors() const { return header_->errors; }
bool count_tables::paired() const { return header_->paired; }

corrections count_tables::value_rules() const {
  corrections rules;
  header_->values.give_to(rules);
  return rules;
}

pixel_selection count_tables::selection() const {
  return {table_array<std::uint8_t>(tables_, header_->places[excluded]),
          table_array<float>(tables_, header_->places[pixel_norms])};
}

count_range count_tables::range(std::size_t i) const {
  return {first_slice_[i], first_slice_[i + 1], range_bins_.subspan(first_bin_[i], first_bin_[i + 1] - first_bin_[i])};
}

std::size_t count_tables::most_bins_of_a_range() const {
  std::size_t most = 0;
  for (std::size_t i = 0; i < ranges(); ++i) most = std::max(most, range(i).bins.size());
  return most;
}

pair_slice count_tables::slice(std::size_t i, sum_precision precision) const {
  auto const part = sum_precisions.size() * i + static_cast<std::size_t>(precision);
  return {runs_.subspan(first_run_[part], first_run_[part + 1] - first_run_[part]),
          weights_.data() + first_entry_[part], pixels_.data() + first_entry_[part]};
}

}  // namespace xrdct::cpu
