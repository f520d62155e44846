#pragma once
/// \file Sums of the pixels of bins between two quantiles (rejection_method::quantiles).

#include "kernels/lanes/bin_entries.hpp"
#include "kernels/lanes/engine.hpp"

namespace xrdct::lanes {

/// A group a bin; lanes are frames. Every lane sorts the pixels of its frame by merging, which keeps those of equal
/// values in order, in memory of its own. A launch does bins [first_bin, first_bin + count): there is memory for so
/// many.
struct quantile_bins {
  static constexpr std::uint32_t groups = 1;
  static constexpr int phases = 1;

  /// A pixel of a bin, by its entry.
  struct item {
    float value;
    std::uint32_t entry;
  };

  bin_reader reader;
  double lower = 0, upper = 0;
  std::uint32_t first_bin = 0, count = 0;
  std::size_t largest = 0;        ///< entries of any bin
  item* items = nullptr;          ///< [bin − first_bin][2][entry][frame]
  std::uint8_t* marks = nullptr;  ///< [bin − first_bin][entry][frame]: whether it stays
  pattern_rows patterns;

  std::size_t launched() const { return count; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const bin = first_bin + static_cast<std::uint32_t>(at.block);
    for (auto frame = lanes.rank(); frame < batch_frames; frame += lanes.size())
      patterns.put(frame, bin, between(bin, at.block, frame));
  }

 private:
  XRDCT_HOST_DEVICE item& of(std::size_t place, std::uint32_t buffer, std::size_t i, std::uint32_t frame) const {
    return items[((place * 2 + buffer) * largest + i) * batch_frames + frame];
  }
  XRDCT_HOST_DEVICE std::uint8_t& mark(std::size_t place, std::uint32_t entry, std::uint32_t frame) const {
    return marks[(place * largest + entry) * batch_frames + frame];
  }

  XRDCT_HOST_DEVICE bin_sums between(std::uint32_t bin, std::size_t place, std::uint32_t frame) const {
    auto const first = reader.entries.first[bin];
    auto const found = collect(bin, place, frame);
    auto const sorted = sort(place, frame, found);
    choose(place, frame, sorted, found, first);
    bin_sums sums;
    contribution c;
    for (std::uint32_t i = 0; i < reader.entries.size(bin); ++i)
      if (mark(place, i, frame) != 0 && reader.read(first + i, frame, c)) sums.add(c);
    if (reader.errors != error_model::azimuthal || sums.norm == 0) return sums;
    auto const mean = sums.signal / sums.norm;
    for (std::uint32_t i = 0; i < reader.entries.size(bin); ++i) {
      if (mark(place, i, frame) == 0 || !reader.read(first + i, frame, c)) continue;
      auto const off = c.weight() * (c.value() - mean);
      sums.variance += off * off;
    }
    return sums;
  }

  XRDCT_HOST_DEVICE std::size_t collect(std::uint32_t bin, std::size_t place, std::uint32_t frame) const {
    auto const first = reader.entries.first[bin];
    std::size_t found = 0;
    contribution c;
    for (std::uint32_t i = 0; i < reader.entries.size(bin); ++i) {
      mark(place, i, frame) = 0;
      if (reader.read(first + i, frame, c)) of(place, 0, found++, frame) = {c.signal / c.norm, i};
    }
    return found;
  }

  // Returns in which of the two buffers they are in the end.
  XRDCT_HOST_DEVICE std::uint32_t sort(std::size_t place, std::uint32_t frame, std::size_t size) const {
    std::uint32_t from = 0;
    for (std::size_t run = 1; run < size; run *= 2, from = 1 - from)
      for (std::size_t begin = 0; begin < size; begin += 2 * run) merge(place, frame, from, begin, run, size);
    return from;
  }
  XRDCT_HOST_DEVICE void merge(std::size_t place, std::uint32_t frame, std::uint32_t from, std::size_t begin,
                               std::size_t run, std::size_t size) const {
    auto const middle = begin + run < size ? begin + run : size, end = begin + 2 * run < size ? begin + 2 * run : size;
    auto a = begin, b = middle;
    for (auto to = begin; to < end; ++to) {
      bool const second = a == middle || (b < end && of(place, from, b, frame).value < of(place, from, a, frame).value);
      of(place, 1 - from, to, frame) = of(place, from, second ? b++ : a++, frame);
    }
  }

  XRDCT_HOST_DEVICE double weight(std::uint32_t entry) const {
    auto const norm = reader.images.norm == nullptr ? 1.0F : reader.images.norm[reader.entries.pixel[entry]];
    return static_cast<double>(reader.entries.coefficient[entry] * norm);
  }
  XRDCT_HOST_DEVICE void choose(std::size_t place, std::uint32_t frame, std::uint32_t sorted, std::size_t size,
                                std::uint32_t first) const {
    double total = 0;
    for (std::size_t i = 0; i < size; ++i) total += weight(first + of(place, sorted, i, frame).entry);
    auto const low = static_cast<float>(lower * total), high = static_cast<float>(upper * total);
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      auto const entry = of(place, sorted, i, frame).entry;
      auto const from = static_cast<float>(sum);
      sum += weight(first + entry);
      auto const to = static_cast<float>(sum);
      mark(place, entry, frame) = (low <= from && to <= high) || (from <= low && high <= to) ? 1 : 0;
    }
  }
};

}  // namespace xrdct::lanes
