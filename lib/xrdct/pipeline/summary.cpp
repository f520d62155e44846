#include "xrdct/pipeline/summary.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/base/progress.hpp"

#include <algorithm>

namespace xrdct {
namespace {

void tell_bad(measurement const& m, frame_records const& records) {
  auto const& status = records.status;
  auto const bad = std::count_if(status.begin(), status.end(), is_bad);
  if (bad == 0) return;
  auto const first = static_cast<std::uint64_t>(std::find_if(status.begin(), status.end(), is_bad) - status.begin());
  log_warning(std::to_string(bad) + " bad frame" + (bad == 1 ? "" : "s") + " left out; the first: " +
              frame_name(m.detectors[std::max<std::uint32_t>(records.cause[first], 1) - 1].stack, first) + ": " +
              std::string(describe(status[first])));
}

}  // namespace

void tell_scan(scan_plan const& scan) {
  log_info("scan: " + scan.summary);
  log_info("scan: " + scan.order);
  for (auto const& remark : scan.remarks)
    if (is_serious(remark.what))
      log_warning("scan: " + remark.text);
    else
      log_info("scan: " + remark.text);
}

void tell_frames(measurement const& m, reduced_frames const& reduced, run_record const& run) {
  auto const& status = reduced.records.status;
  auto const missing = std::count(status.begin(), status.end(), frame_status::missing);
  auto const good = std::count(status.begin(), status.end(), frame_status::ok);
  auto const excluded = std::count(status.begin(), status.end(), frame_status::excluded);
  double const seconds = run.seconds_of("reduce");
  auto const now = reduced.reduced / m.detectors.size();
  auto const before = status.size() - std::min<std::size_t>(status.size(), now);
  log_info("reduced " + std::to_string(good) + " of " + std::to_string(status.size()) + " frames (" +
           std::to_string(missing) + " missing, " +
           (excluded > 0 ? std::to_string(excluded) + " no frames of the scan, " : "") +
           std::to_string(std::count_if(status.begin(), status.end(), is_bad)) + " bad), " +
           (before > 0 ? std::to_string(before) + " of them in earlier attempts, " : "") +
           bytes_text(static_cast<double>(reduced.bytes)) + " in " + duration_text(seconds) + ": " +
           rate_text(static_cast<double>(before > 0 ? now : static_cast<std::uint64_t>(good)) / seconds) +
           " frames/s, " + bytes_text(static_cast<double>(reduced.bytes) / seconds) + "/s");
  tell_bad(m, reduced.records);
}

void add_own(run_record& run, reduced_frames const& reduced) {
  run.add_own("reduce", reduced.seconds);
  run.add_own("read", reduced.read);
  run.add_own("integrate", reduced.integrate);
  run.add_own("exchange", reduced.exchange);
  run.add_frames(reduced.own);
}

void tell_end(run_record const& run, std::string const& output) {
  std::string line = "time:";
  double all = 0;
  for (auto const& [stage, seconds] : run.stages()) {
    line += " " + stage + " " + duration_text(seconds) + ",";
    all += seconds;
  }
  log_info(line + " in all " + duration_text(all));
  for (auto const& one : run.by_rank()) log_info(one);
  log_info("written: " + output);
}

}  // namespace xrdct
