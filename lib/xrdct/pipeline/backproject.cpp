#include "xrdct/base/log.hpp"
#include "xrdct/base/stop_request.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/io/arrays.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/pipeline/output_file.hpp"
#include "xrdct/pipeline/result_setup.hpp"
#include "xrdct/pipeline/sample_absorption.hpp"
#include "xrdct/pipeline/sinogram_corrections.hpp"
#include "xrdct/pipeline/sinogram_stage.hpp"
#include "xrdct/pipeline/stored_sinogram.hpp"
#include "xrdct/pipeline/summary.hpp"
#include "xrdct/pipeline/tomogram_stage.hpp"

namespace xrdct {
namespace {

void lay_out(std::string const& path, job const& what, stored_sinogram const& from, tomogram_plan const& plan) {
  nexus_file file(path, nexus_file::mode::create);
  file.compress(what.compression);
  lay_out_entry(file, "tomogram", "X-ray diffraction tomogram of the sinogram in " + from.file);
  lay_out_tomogram(file, plan, from.translation_unit, from.channels, from.errors);
  copy_setup(file, from.file);
  file.close();
}

}  // namespace

void backproject(job const& what, communicator const& ranks) {
  auto const backend = start_backend(what.run, ranks);
  stop_signals const signals;
  run_record run(ranks, *backend);
  output_file output(what, ranks);
  auto const from =
      from_root(ranks, [&] { return examine_sinogram(split_file_dataset(what.input.files.front()).first); });
  checkpoints const kept(what, run_identity(what, from.file), ranks);
  if (kept.complete()) return tell_complete(kept, ranks);
  auto const plan = together(ranks, [&] {
    auto made = plan_tomogram(what.tomogram, from.rotation, from.translation, from.channels.bins(), from.layers);
    place_entries(made, from.rotation_position, from.translation_position);
    require_errors(made, from.errors);
    return made;
  });
  if (ranks.root()) {
    if (!what.tomogram.find_axis) tell_axis(plan, from.translation_unit);
    tell_solver(plan, from.errors);
  }
  run.end_of("setup");

  auto chosen = plan.of_chosen();
  auto const slabs = channel_layout(chosen.bins.count(), ranks.size());
  auto sinogram = read_sinogram(from, plan.channels, slabs[static_cast<std::size_t>(ranks.rank())], ranks);
  run.end_of("read");

  together(ranks, [&] {
    if (ranks.root()) lay_out(output.unfinished(), what, from, plan);
  });
  auto const file = open_slabs(output.unfinished(), ranks, what.compression);
  auto const layers = to_be_filled(sinogram, from.errors, plan.how_to_fill, ranks);
  auto const corrections = correct_sinogram(chosen, what, {from.translation, from.translation_unit}, layers, ranks);
  run.end_of("correct");
  if (!what.tomogram.sample_absorption.empty())
    chosen.absorption =
        from_root(ranks, [&] { return read_sample_absorption(what.tomogram.sample_absorption, chosen); });
  auto const solved = reconstruct_slabs(chosen, *backend, ranks, layers, slabs, *file, run,
                                        kept.when_stopped(ranks, iterative(plan.solver.algorithm)), &kept);
  together(ranks, [&] { file->close(); });
  run.end_of("write");
  run.collect(ranks);
  finish_result(output, ranks, [&](nexus_file& result) {
    write_corrections(result, chosen, corrections, from.translation_unit);
    if (iterative(plan.solver.algorithm)) write_solver(result, chosen, solved);
    write_process(result, what, run, nullptr);
    result.text("/entry/process/run", std::to_string(kept.run()));
  });
  if (ranks.root()) kept.remove();
  if (ranks.root()) tell_end(run, output.final_name());
}

}  // namespace xrdct
