#include "xrdct/pipeline/outliers.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/base/robust.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/frame_stream.hpp"
#include "xrdct/scan/outlier_score.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

namespace xrdct {
namespace {

constexpr double negligible = 0.005;  // relative deviation, which is never judged worse than 1

std::string text_of(double value, char const* format = "%.6g") {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

bool are_counts(measurement const& m) {
  return std::ranges::none_of(m.detectors, [](auto const& d) { return d.stack.format.type == pixel_type::f32; });
}

/// Sums over norms of good frames; NaN of others. A frame without counts has half of one, or of floats next to nothing.
std::vector<double> normalized_sums(measurement const& m, frame_records const& records) {
  std::vector<double> good;
  for (std::size_t f = 0; f < records.status.size(); ++f)
    if (records.status[f] == frame_status::ok && records.raw_sum[f] > 0) good.push_back(records.raw_sum[f]);
  double const least = are_counts(m) ? 0.5 : good.empty() ? 0 : 1e-6 * median(good);
  std::vector<double> values(records.status.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t f = 0; f < values.size(); ++f)
    if (records.status[f] == frame_status::ok) values[f] = std::max(records.raw_sum[f], least) / m.frame_norm[f];
  return values;
}

std::vector<float> rounded(std::vector<double> const& values) { return {values.begin(), values.end()}; }

void flag_beyond(std::vector<float> const& score, outlier_bits bit, std::vector<std::uint8_t>& flags) {
  for (std::size_t f = 0; f < score.size(); ++f)
    if (std::abs(score[f]) > outlier_limit) flags[f] |= bit;
}

/// Frames of dim rotations that are below half of what the same translation has at other rotations.
void flag_dim(measurement const& m, std::vector<double> const& values, std::vector<std::uint8_t>& flags) {
  auto const rows = dim_rows(m.scan, values);
  if (rows.empty()) return;
  auto const translations = m.scan.translation.size();
  auto const entry_of = [&](std::size_t f) { return static_cast<std::size_t>(m.scan.entry[f]); };
  std::vector<std::vector<double>> by_translation(translations);
  for (std::size_t f = 0; f < values.size(); ++f)
    if (m.scan.entry[f] >= 0 && !std::isnan(values[f])) by_translation[entry_of(f) % translations].push_back(values[f]);
  std::vector<double> usual;
  for (auto& column : by_translation) usual.push_back(median(std::move(column)));
  for (std::size_t f = 0; f < values.size(); ++f) {
    if (m.scan.entry[f] < 0 || std::isnan(values[f])) continue;
    bool const dim = std::ranges::binary_search(rows, entry_of(f) / translations);
    if (dim && values[f] < usual[entry_of(f) % translations] / 2) flags[f] |= beam_is_off;
  }
}

/// Whether two consecutive frames have the same stored bytes in all detectors.
class byte_comparison {
 public:
  explicit byte_comparison(measurement const& m) {
    for (auto const& detector : m.detectors) readers_.emplace_back(detector.stack);
  }
  bool same(std::uint64_t frame) {
    for (auto& reader : readers_) {
      frame_buffer before, now;
      std::uint32_t mask_before = 0, mask_now = 0;
      if (reader.read(frame - 1, before, mask_before) != frame_status::ok) return false;
      if (reader.read(frame, now, mask_now) != frame_status::ok) return false;
      if (mask_before != mask_now || before != now) return false;
    }
    return true;
  }

 private:
  std::vector<frame_reader> readers_;
};

void flag_repeated(measurement const& m, frame_records const& records, std::vector<std::uint8_t>& flags) {
  constexpr int most_read = 200;
  std::optional<byte_comparison> compare;
  int read = 0;
  for (std::uint64_t f = 1; f < records.status.size() && read < most_read; ++f) {
    bool const good = records.status[f] == frame_status::ok && records.status[f - 1] == frame_status::ok;
    if (!good || records.raw_sum[f] != records.raw_sum[f - 1]) continue;
    bool const as_large = std::ranges::all_of(
        m.detectors, [f](auto const& d) { return d.stack.stored_bytes[f] == d.stack.stored_bytes[f - 1]; });
    if (!as_large) continue;
    if (!compare) compare.emplace(m);
    ++read;
    if (compare->same(f)) flags[f] |= is_repeated;
  }
}

/// Frames with a flag, those of the largest score first.
std::vector<std::uint64_t> flagged(std::vector<std::uint8_t> const& flags, outlier_bits bit,
                                   std::vector<float> const& score) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t f = 0; f < flags.size(); ++f)
    if ((flags[f] & bit) != 0) found.push_back(f);
  if (!score.empty())
    std::ranges::stable_sort(found,
                             [&](std::uint64_t a, std::uint64_t b) { return std::abs(score[a]) > std::abs(score[b]); });
  return found;
}

/// "; 3 with the monitor far off (17: 5.2e3, score -31; ...)": the first five.
std::string part_of(std::vector<std::uint64_t> const& frames, std::string const& what,
                    std::vector<double> const& values, std::vector<float> const& score) {
  constexpr std::size_t most = 5;
  if (frames.empty()) return "";
  std::string text = "; " + std::to_string(frames.size()) + " " + what + " (";
  for (std::size_t i = 0; i < std::min(most, frames.size()); ++i) {
    auto const f = frames[i];
    text += (i == 0 ? (frames.size() == 1 ? "frame " : "frames ") : values.empty() ? ", " : "; ") + std::to_string(f);
    if (!values.empty()) text += ": " + text_of(values[f]);
    if (!score.empty()) text += ", score " + text_of(score[f], "%+.0f");
  }
  return text + (frames.size() > most ? ", ...)" : ")");
}

void tell_saturated(measurement const& m, frame_records const& records) {
  std::uint64_t pixels = 0, frames = 0, good = 0;
  for (std::size_t f = 0; f < records.status.size(); ++f) {
    if (records.status[f] != frame_status::ok) continue;
    ++good;
    pixels += records.saturated[f];
    if (records.saturated[f] > 0) ++frames;
  }
  if (pixels == 0) return;
  auto const worst =
      static_cast<std::uint64_t>(std::ranges::max_element(records.saturated) - records.saturated.begin());
  auto const& level = m.detectors.front().pixels;
  std::string const at = level.saturation ? "at or above " + text_of(*level.saturation, "%.10g")
                         : level.highest  ? "above " + text_of(*level.highest, "%.10g")
                                          : "at the maximum of their type";
  log_info("saturated pixels (" + at + "): " + std::to_string(pixels) + " in " +
           text_of(100.0 * static_cast<double>(frames) / static_cast<double>(good), "%.3g") +
           " % of the frames, most in frame " + std::to_string(worst) + " (" +
           std::to_string(records.saturated[worst]) + ")");
}

}  // namespace

outliers judge_frames(measurement const& m, frame_records const& records, communicator const& ranks) {
  return together(ranks, [&] {
    if (!ranks.root()) return outliers();
    auto found = find_outliers(m, records);
    tell_outliers(found, m, records);
    return found;
  });
}

outliers find_outliers(measurement const& m, frame_records const& records) {
  outliers found;
  found.flags.resize(records.status.size());
  auto const values = normalized_sums(m, records);
  judged_values const judged{values, are_counts(m) ? std::span<double const>(m.frame_norm) : std::span<double const>(),
                             negligible};
  found.score = rounded(m.has_scan() ? score_in_sinogram(m.scan, judged) : score_in_time(judged));
  flag_beyond(found.score, counts_stick_out, found.flags);
  if (!m.monitor.empty()) {
    auto monitor = m.monitor;
    for (std::size_t f = 0; f < monitor.size(); ++f)
      if (records.status[f] != frame_status::ok) monitor[f] = std::numeric_limits<double>::quiet_NaN();
    found.monitor_score = rounded(score_in_time({monitor, {}, negligible}));
    flag_beyond(found.monitor_score, monitor_sticks_out, found.flags);
  }
  if (m.has_scan()) flag_dim(m, values, found.flags);
  flag_repeated(m, records, found.flags);
  return found;
}

void tell_outliers(outliers const& found, measurement const& m, frame_records const& records) {
  tell_saturated(m, records);
  auto const frames = std::ranges::count_if(found.flags, [](std::uint8_t f) { return f != 0; });
  if (frames == 0) return;
  auto const with = [&](outlier_bits bit, std::vector<float> const& score) { return flagged(found.flags, bit, score); };
  std::string text = std::to_string(frames) + (frames == 1 ? " frame sticks out" : " frames stick out") +
                     ", and none is left out (outlier and outlier_score in /entry/frames)";
  text += part_of(with(counts_stick_out, found.score), "by total counts", records.raw_sum, found.score);
  text += part_of(with(monitor_sticks_out, found.monitor_score), "by the monitor", m.monitor, found.monitor_score);
  text += part_of(with(beam_is_off, {}), "of rotations with less than half of the usual counts", records.raw_sum, {});
  text += part_of(with(is_repeated, {}), "with the same bytes as the frame before", {}, {});
  log_warning(text);
}

void write_outliers(nexus_file& file, outliers const& found) {
  std::string const group = "/entry/frames";
  file.array(group + "/outlier_score", found.score);
  file.attribute(group + "/outlier_score", "meaning",
                 std::string("total counts over norm, beyond those of neighbours, in robust standard deviations"));
  if (!found.monitor_score.empty()) file.array(group + "/monitor_outlier_score", found.monitor_score);
  file.array(group + "/outlier", found.flags);
  file.attribute(group + "/outlier", "bits",
                 std::vector<std::string>{"1 total counts: outlier_score beyond 8", "2 monitor: its score beyond 8",
                                          "4 beam off: its rotation has less than half of the usual counts",
                                          "8 repeated: the same bytes as the frame before"});
}

}  // namespace xrdct
