#include "xrdct/base/progress.hpp"
#include "xrdct/bench/report.hpp"
#include "xrdct/scan/number_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace xrdct {
namespace {

/// Columns: the first to the left, the others to the right.
class table {
 public:
  using row = std::vector<std::string>;
  explicit table(row head) : rows_{std::move(head)} {}

  void add(row cells) { rows_.push_back(std::move(cells)); }
  /// A line in place of figures.
  void add(std::string const& name, std::string const& why) { rows_.push_back({name, why}); }

  std::string text() const {
    auto const columns = rows_.front().size();
    std::vector<std::size_t> width(columns);
    for (auto const& r : rows_)
      for (std::size_t c = 0; c < columns && r.size() == columns; ++c) width[c] = std::max(width[c], r[c].size());
    for (auto const& r : rows_) width[0] = std::max(width[0], r[0].size());
    std::string all;
    for (auto const& r : rows_) all += "  " + line(r, width) + "\n";
    return all;
  }

 private:
  static std::string line(row const& cells, std::vector<std::size_t> const& width) {
    std::string all = cells[0] + std::string(width[0] - cells[0].size(), ' ');
    if (cells.size() != width.size()) return all + "  " + cells[1];
    for (std::size_t c = 1; c < cells.size(); ++c) all += std::string(2 + width[c] - cells[c].size(), ' ') + cells[c];
    return all;
  }
  std::vector<row> rows_;
};

std::string decimals(double value, int digits) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string gigabytes(double bytes_per_second) {
  double const value = bytes_per_second / 1e9;
  return value == 0 ? "-" : decimals(value, value < 0.1 ? 3 : 2);
}

std::string megabytes(double bytes) {
  double const value = bytes / 1e6;
  return decimals(value, value < 0.1 ? 3 : 2);
}

std::string ratio_text(timings const& t, timings const& lz4) {
  auto const ratio = median_ratio(t, lz4);
  return ratio > 0 ? decimals(ratio, 2) : "-";
}

std::string head_of(bench_report const& r) {
  auto const& f = r.input;
  std::string text = r.where.program + " on " + r.where.host + ": " + r.where.processor + ", " +
                     std::to_string(r.where.allowed_cores) + " of " + std::to_string(r.where.cores) + " cores, " +
                     r.where.memory + "\n";
  text += "backend " + r.backend + (r.ranks > 1 ? ", on each of " + std::to_string(r.ranks) + " ranks" : "") +
          "; liblz4 " + r.where.lz4 + "; " + r.where.date + "\n";
  text += (f.made.empty() ? f.name : "made frames") + ":\n" + std::to_string(f.frames) + " frames of " +
          std::to_string(f.format.rows) + " x " + std::to_string(f.format.columns) + " " +
          std::string(name_of(f.format.type)) + ", " + std::string(name_of(f.format.code)) + ", " +
          bytes_text(f.compressed_bytes) + " a frame (ratio " + decimals(f.ratio(), 2) + "), " +
          std::to_string(f.bins) + " bins\n";
  return text;
}

std::string layouts_of(bench_report const& r) {
  table all({"layout", "threads", "frames/s", "least", "most", "GB/s stored", "GB/s pixels", "efficiency", "of LZ4"});
  auto const add = [&](std::string const& name, timings const& t, double efficiency) {
    auto const fps = spread_of(t.rates());
    all.add({name, std::to_string(t.threads), rate_text(fps.median), rate_text(fps.least), rate_text(fps.largest),
             gigabytes(fps.median * r.input.compressed_bytes), gigabytes(fps.median * r.input.pixel_bytes()),
             efficiency > 0 ? decimals(efficiency, 2) : "-", ratio_text(t, r.lz4)});
  };
  for (auto const& l : r.layouts) {
    auto const name = std::string(name_of(l.layout));
    if (l.all.skipped.empty())
      add(name, l.all, l.efficiency);
    else
      all.add(name, "skipped: " + l.all.skipped);
  }
  if (!r.lz4.seconds.empty())
    add("LZ4 alone", r.lz4, r.lz4_one.seconds.empty() ? 0 : median_ratio(r.lz4, r.lz4_one) / r.lz4.threads);
  return "\nLayouts, from the file in the page cache to patterns in memory:\n" + all.text();
}

std::string stages_of(bench_report const& r) {
  table all({"stage", "threads", "frames/s", "least", "most", "MB in", "MB out", "GB/s in", "GB/s out", "of LZ4"});
  std::string notes;
  for (auto const& t : r.stages) {
    if (!t.skipped.empty()) {
      all.add(t.name, "skipped: " + t.skipped);
      continue;
    }
    auto const fps = spread_of(t.rates());
    all.add({t.name, std::to_string(t.threads), rate_text(fps.median), rate_text(fps.least), rate_text(fps.largest),
             megabytes(t.bytes_in), megabytes(t.bytes_out), gigabytes(t.bytes_in * fps.median),
             gigabytes(t.bytes_out * fps.median), ratio_text(t, r.lz4)});
    notes += "  " + t.name + ": " + t.note + "\n";
  }
  return "\nStages, each by itself (MB a frame" + std::string(r.ranks > 1 ? "; rates of all ranks" : "") + "):\n" +
         all.text() + notes;
}

}  // namespace

std::string text_of(bench_report const& r) {
  auto text = head_of(r);
  if (!r.layouts.empty()) text += layouts_of(r);
  if (!r.stages.empty()) text += stages_of(r);
  text += "\nMedians of " + std::to_string(r.rounds) +
          (r.rounds == 1 ? " round" : " rounds in turns; least and most are those of a round") + ".";
  if (!r.lz4.seconds.empty()) text += " Of LZ4: the median over\nrounds of the ratio of rates.";
  return text + "\n";
}

}  // namespace xrdct
