#include "xrdct/bench/report.hpp"

#include <nlohmann/json.hpp>

namespace xrdct {
namespace {

using json = nlohmann::ordered_json;

json json_of(machine const& m) {
  return {{"host", m.host},
          {"system", m.system},
          {"processor", m.processor},
          {"cores", m.cores},
          {"allowed_cores", m.allowed_cores},
          {"memory", m.memory},
          {"program", m.program},
          {"compiler", m.compiler},
          {"lz4", m.lz4},
          {"hdf5", m.hdf5},
          {"mpi", m.mpi},
          {"date", m.date}};
}

json json_of(measured_frames const& f) {
  json made = {{"name", f.name},
               {"frames", f.frames},
               {"frames_in_memory", f.in_memory},
               {"rows", f.format.rows},
               {"columns", f.format.columns},
               {"type", name_of(f.format.type)},
               {"encoding", name_of(f.format.code)},
               {"compressed_bytes", f.compressed_bytes},
               {"pixel_bytes", f.pixel_bytes()},
               {"ratio", f.ratio()},
               {"bins", f.bins},
               {"matrix_entries", f.entries}};
  if (!f.made.empty()) made["made"] = f.made;
  return made;
}

json json_of(timings const& t, timings const& lz4) {
  json made = {{"name", t.name}, {"threads", t.threads}};
  if (!t.skipped.empty()) {
    made["skipped"] = t.skipped;
    return made;
  }
  auto const rates = t.rates();
  auto const fps = spread_of(rates);
  made["frames_per_second"] = {{"median", fps.median}, {"minimum", fps.least}, {"maximum", fps.largest}};
  made["spread"] = fps.width();
  made["frames_a_round"] = t.frames;
  made["bytes_read_a_frame"] = t.bytes_in;
  made["bytes_written_a_frame"] = t.bytes_out;
  made["bytes_read_per_second"] = t.bytes_in * fps.median;
  made["bytes_written_per_second"] = t.bytes_out * fps.median;
  if (!lz4.seconds.empty()) made["ratio_to_lz4"] = median_ratio(t, lz4);
  made["seconds"] = t.seconds;
  made["note"] = t.note;
  return made;
}

json json_of(measured_layout const& l, bench_report const& report) {
  auto made = json_of(l.all, report.lz4);
  if (!l.all.skipped.empty()) return made;
  auto const fps = spread_of(l.all.rates()).median;
  made["compressed_bytes_per_second"] = fps * report.input.compressed_bytes;
  made["pixel_bytes_per_second"] = fps * report.input.pixel_bytes();
  if (l.efficiency > 0) made["efficiency"] = l.efficiency;
  if (!l.one.seconds.empty()) made["one_thread"] = json_of(l.one, report.lz4_one);
  return made;
}

}  // namespace

std::string json_of(bench_report const& report) {
  json parameters = {{"command_line", report.command_line}, {"ranks", report.ranks},   {"threads", report.threads},
                     {"backend", report.backend},           {"rounds", report.rounds}, {"options", json::object()}};
  for (auto const& [name, value] : report.options) parameters["options"][name] = value;
  json all = {{"machine", json_of(report.where)}, {"parameters", parameters}, {"input", json_of(report.input)}};
  all["lz4_alone"] = json_of(report.lz4, report.lz4);
  if (!report.lz4_one.seconds.empty()) all["lz4_alone"]["one_thread"] = json_of(report.lz4_one, report.lz4_one);
  all["layouts"] = json::array();
  for (auto const& l : report.layouts) all["layouts"].push_back(json_of(l, report));
  all["stages"] = json::array();
  for (auto const& s : report.stages) all["stages"].push_back(json_of(s, report.lz4));
  // Names of files may hold any bytes.
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace xrdct
