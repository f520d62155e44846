#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/base/stop_request.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/pipeline/frame_norms.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/outliers.hpp"
#include "xrdct/pipeline/output_file.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"
#include "xrdct/pipeline/reducers.hpp"
#include "xrdct/pipeline/result_layout.hpp"
#include "xrdct/pipeline/result_setup.hpp"
#include "xrdct/pipeline/sample_absorption.hpp"
#include "xrdct/pipeline/sinogram_corrections.hpp"
#include "xrdct/pipeline/sinogram_stage.hpp"
#include "xrdct/pipeline/summary.hpp"
#include "xrdct/pipeline/tomogram_stage.hpp"

#include <algorithm>

namespace xrdct {
namespace {

measurement examine_scan(job const& what, int ranks) {
  auto m = examine(what, ranks);
  if (!m.has_scan() && !m.no_scan.empty()) throw input_error(m.no_scan);
  if (!m.has_scan())
    throw usage_error("positions are needed: give --rotation and --translation, or --grid and what belongs to it");
  if (std::ranges::all_of(m.detectors, [](detector_input const& d) { return d.matrix.entries() == 0; }))
    throw input_error(
        "no pixel that is not masked lies in the radial and azimuthal range: there is nothing to "
        "reconstruct; check --radial-range, --azimuth-range and the masks");
  if (m.scan.rotation.size() == 1)
    log_warning("scan: all frames have the same rotation, and a tomogram needs many: is --rotation right?");
  return m;
}

void lay_out(std::string const& path, job const& what, measurement const& m, frame_records const& records,
             outliers const& odd, tomogram_plan const& plan, bool errors) {
  nexus_file file(path, nexus_file::mode::create);
  file.compress(what.compression);
  lay_out_entry(file, "tomogram", "X-ray diffraction tomogram of " + m.stack().name);
  auto const channels = channel_axis_of(what, m);
  lay_out_sinogram(file, m.scan, channels, errors);
  lay_out_tomogram(file, plan, m.scan.translation_unit, channels, errors);
  write_frames(file, m, records);
  write_norms(file, m);
  write_outliers(file, odd);
  write_setup(file, m, channels);
  file.close();
}

}  // namespace

void reconstruct(job const& what, communicator const& ranks) {
  auto const backend = start_backend(what.run, ranks);
  stop_signals const signals;
  run_record run(ranks, *backend);
  hdf5::set_moved_paths(what.input.moved);
  output_file output(what, ranks);
  auto m = from_root(ranks, [&] { return examine_scan(what, ranks.size()); });
  checkpoints const kept(what, m, ranks);
  if (kept.complete()) return tell_complete(kept, ranks);
  auto plan = together(ranks, [&] {
    auto made = plan_tomogram(what.tomogram, m.scan.rotation, m.scan.translation, m.bins(), m.scan.layers);
    place_entries(made, m.scan.rotation_position, m.scan.translation_position);
    require_errors(made, what.geometry.errors != error_model::none);
    return made;
  });
  if (ranks.root()) {
    if (!what.tomogram.find_axis) tell_axis(plan, m.scan.translation_unit);
    tell_solver(plan, what.geometry.errors != error_model::none);
  }
  auto reducers = make_reducers(m, what, *backend, ranks, node_ranks(ranks));
  run.end_of("setup");

  auto reduced = reduce_frames(m, what, *backend, std::move(reducers), ranks, kept, true);
  run.end_of("reduce");
  add_own(run, reduced);
  if (ranks.root()) tell_frames(m, reduced, run);
  auto const odd = judge_frames(m, reduced.records, ranks);
  auto sinogram = assemble_slab(m, reduced, ranks, threads_of_rank(what.run, ranks));
  run.end_of("assemble");

  bool const errors = what.geometry.errors != error_model::none;
  together(ranks, [&] {
    if (ranks.root()) lay_out(output.unfinished(), what, m, reduced.records, odd, plan, errors);
  });
  auto const file = open_slabs(output.unfinished(), ranks, what.compression);
  write_sinogram(*file, ranks, sinogram, m.bins(), reduced.slabs, errors);
  run.end_of("write");
  auto const layers = to_be_filled(sinogram, errors, plan.how_to_fill, ranks);
  auto const corrections = correct_sinogram(plan, what, {m.scan.translation, m.scan.translation_unit}, layers, ranks);
  run.end_of("correct");
  if (!what.tomogram.sample_absorption.empty())
    plan.absorption = from_root(ranks, [&] { return read_sample_absorption(what.tomogram.sample_absorption, plan); });
  auto const solved = reconstruct_slabs(plan, *backend, ranks, layers, reduced.slabs, *file, run,
                                        kept.when_stopped(ranks, iterative(plan.solver.algorithm)), &kept);
  together(ranks, [&] { file->close(); });
  run.end_of("write");
  run.collect(ranks);
  finish_result(output, ranks, [&](nexus_file& result) {
    write_corrections(result, plan, corrections, m.scan.translation_unit);
    if (iterative(plan.solver.algorithm)) write_solver(result, plan, solved);
    write_process(result, what, run, &m);
    write_attempts(result, kept, reduced.reduced, ranks.size());
  });
  if (ranks.root()) kept.remove();
  if (ranks.root()) tell_end(run, output.final_name());
}

}  // namespace xrdct
