#include "xrdct/pipeline/inspection.hpp"

#include <nlohmann/json.hpp>

namespace xrdct {
namespace {

using json = nlohmann::ordered_json;

json json_of(frames_found const& f) {
  return {{"name", f.name},
          {"frames", f.frames},
          {"rows", f.rows},
          {"columns", f.columns},
          {"type", f.type},
          {"encoding", f.code},
          {"image_files", f.images},
          {"filters", f.filters},
          {"chunk", f.chunk},
          {"stored_bytes", f.stored_bytes},
          {"decoded_bytes", f.decoded_bytes},
          {"missing", f.missing},
          {"files", f.files},
          {"absent_files", f.absent_files}};
}

json json_of(number_found const& n) {
  return {{"role", n.role}, {"found", n.found}, {"problem", n.problem}, {"others", n.others}};
}

json json_of(scan_plan const& plan) {
  std::vector<std::string> remarks;
  for (auto const& remark : plan.remarks) remarks.push_back(remark.text);
  return {{"summary", plan.summary},
          {"order", plan.order},
          {"remarks", remarks},
          {"rotation", plan.rotation},
          {"translation", plan.translation},
          {"translation_unit", plan.translation_unit},
          {"layer", plan.layers.centres},
          {"frames_of_entries", frames_of_entries(plan)}};
}

json json_of(geometry_found const& g) {
  json made = {{"source", g.source},           {"detector", g.detector},       {"distance_m", g.distance},
               {"wavelength_m", g.wavelength}, {"rotations_rad", g.rotations}, {"orientation", g.orientation},
               {"pixels", g.pixels},           {"masked", g.masked},           {"outside", g.outside},
               {"empty_bins", g.empty_bins}};
  if (g.centre) made["beam_centre"] = {g.centre->row, g.centre->column};
  return made;
}

json json_of(frame_rate const& rate) {
  return {{"frames_per_second", rate.frames}, {"bytes_per_second", rate.bytes}, {"measured_frames", rate.measured}};
}

json json_of(time_found const& t) {
  return {{"backend", t.backend},
          {"ranks", t.ranks},
          {"decoding_only", t.decoding_only},
          {"reading", json_of(t.reading)},
          {"reducing", json_of(t.reducing)},
          {"setup_seconds", t.setup},
          {"reduce_seconds", t.reduce},
          {"tomogram_seconds", t.tomogram}};
}

template <class T>
json list_of(std::vector<T> const& all) {
  auto list = json::array();
  for (auto const& one : all) list.push_back(json_of(one));
  return list;
}

void add_needs(inspection const& found, json& all) {
  for (auto const& array : found.results)
    all["result"].push_back({{"name", array.name}, {"shape", array.shape}, {"bytes", array.bytes()}});
  if (found.disk) all["disk"] = {{"result_bytes", found.disk->result}, {"free_bytes", found.disk->free}};
  if (found.memory)
    all["memory"] = {{"ranks", found.memory->ranks},
                     {"all_ranks_bytes", found.memory->all_ranks},
                     {"this_node_bytes", found.memory->this_node},
                     {"available_bytes", found.memory->available}};
  if (found.time) all["time"] = json_of(*found.time);
}

}  // namespace

std::string json_of(inspection const& found) {
  json all;
  all["frames"] = list_of(found.frames);
  if (!found.candidates.empty()) all["candidates"] = found.candidates;
  all["numbers"] = list_of(found.numbers);
  for (auto const& one : found.left_out)
    all["left_out"].push_back({{"why", one.why}, {"frames", one.frames}, {"refused", one.refused}});
  if (found.plan) all["scan"] = json_of(*found.plan);
  all["geometry"] = list_of(found.geometry);
  if (found.bins)
    all["bins"] = {{"channels", found.bins->channels},
                   {"sectors", found.bins->sectors},
                   {"lowest", found.bins->lowest},
                   {"highest", found.bins->highest},
                   {"unit", found.bins->unit}};
  add_needs(found, all);
  all["notes"] = found.notes;
  all["warnings"] = found.warnings;
  all["problems"] = json::array();
  for (auto const& problem : found.problems)
    all["problems"].push_back({{"part", problem.part}, {"text", problem.text}});
  // Names of files may be in any encoding.
  return all.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace xrdct
