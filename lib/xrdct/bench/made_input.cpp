#include "xrdct/bench/made_input.hpp"

#include "xrdct/scan/number_text.hpp"

#include <algorithm>

namespace xrdct {
namespace {

std::string describe(bench_options const& options, powder_frames const& made, double ratio, double counts) {
  auto const& format = made.format();
  auto const distinct = std::min(options.distinct, options.frames);
  return std::to_string(options.frames) + " made frames (" + std::to_string(distinct) + " distinct, seed " +
         std::to_string(options.made.seed) + ") of " + made.geometry().detector.name + ", " +
         std::to_string(format.rows) + " x " + std::to_string(format.columns) + " " +
         std::string(name_of(format.type)) + (options.made.bright ? " with bright reflections" : "") +
         ", compressed by " + number_text(ratio, 3) + " (at most " + number_text(counts, 4) + " counts in a ring)";
}

}  // namespace

made_input::made_input(bench_options const& options, int threads) {
  auto wanted = options.made;
  wanted.counts =
      options.ratio ? counts_for_ratio(wanted, *options.ratio) : wanted.counts.value_or(usual_counts(wanted.type));
  if (options.save.empty()) folder_.emplace();
  files_ = powder_scan_at(folder_ ? folder_->path() + "/frames.h5" : options.save);
  powder_frames const made(wanted);
  auto const chunks = make_chunks(made, std::min(options.distinct, options.frames), threads);
  save_powder_scan(made, chunks, options.frames, files_, options.overwrite);
  double bytes = 0;
  for (auto const& chunk : chunks) bytes += static_cast<double>(chunk.size());
  ratio_ = static_cast<double>(made.format().bytes()) * static_cast<double>(chunks.size()) / bytes;
  counts_ = *wanted.counts;
  description_ = describe(options, made, ratio_, counts_);
}

}  // namespace xrdct
