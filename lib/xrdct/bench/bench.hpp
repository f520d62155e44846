#pragma once
/// \file How fast this machine does what a scan needs.

#include "xrdct/bench/options.hpp"
#include "xrdct/bench/report.hpp"
#include "xrdct/comm/communicator.hpp"
#include "xrdct/pipeline/job.hpp"

#include <string>

namespace xrdct {

/// Whether frames are to be made and kept, and nothing is to be measured.
bool only_saves(bench_options const& options);

/// Collective. Rank 0 makes and keeps the frames that `options.save` asks for, and says so in a log line.
void save_made_frames(job const& what, bench_options const& options, communicator const& ranks);

/// Collective; the report is rank 0's. To be called before there are threads or open files, as processes may be
/// started. Throws agreed_error: what examine() throws, usage_error for layouts on several ranks or for a report's file
/// that is there already, runtime_failure where something fails while it is measured.
bench_report measure(job what, bench_options const& options, communicator const& ranks);

/// The report as JSON under its final name, complete or not at all. Throws runtime_failure.
void write_report(bench_report const& report, std::string const& path);

}  // namespace xrdct
