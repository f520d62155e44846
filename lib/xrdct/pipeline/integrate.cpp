#include "xrdct/base/log.hpp"
#include "xrdct/base/stop_request.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/checkpoints.hpp"
#include "xrdct/pipeline/commands.hpp"
#include "xrdct/pipeline/frame_norms.hpp"
#include "xrdct/pipeline/outliers.hpp"
#include "xrdct/pipeline/output_file.hpp"
#include "xrdct/pipeline/pattern_output.hpp"
#include "xrdct/pipeline/reduce_stage.hpp"
#include "xrdct/pipeline/reducers.hpp"
#include "xrdct/pipeline/result_layout.hpp"
#include "xrdct/pipeline/result_setup.hpp"
#include "xrdct/pipeline/sinogram_stage.hpp"
#include "xrdct/pipeline/summary.hpp"
#include "xrdct/pipeline/text_output.hpp"

namespace xrdct {
namespace {

void lay_out(std::string const& path, job const& what, measurement const& m, frame_records const& records,
             outliers const& odd, bool errors) {
  nexus_file file(path, nexus_file::mode::create);
  file.compress(what.compression);
  lay_out_entry(file, "patterns", "X-ray diffraction patterns of " + m.stack().name);
  auto const channels = channel_axis_of(what, m);
  lay_out_patterns(file, m.frames(), channels, errors);
  if (m.has_scan()) lay_out_sinogram(file, m.scan, channels, errors);
  write_frames(file, m, records);
  write_norms(file, m);
  write_outliers(file, odd);
  write_setup(file, m, channels);
  file.close();
}

}  // namespace

void integrate(job const& what, communicator const& ranks) {
  auto const backend = start_backend(what.run, ranks);
  stop_signals const signals;
  run_record run(ranks, *backend);
  hdf5::set_moved_paths(what.input.moved);
  output_file output(what, ranks);
  auto m = from_root(ranks, [&] { return examine(what, ranks.size()); });
  if (ranks.root() && !m.has_scan() && !m.no_scan.empty() && m.frames() > 1) log_info("no sinogram: " + m.no_scan);
  checkpoints const kept(what, m, ranks);
  if (kept.complete()) return tell_complete(kept, ranks);
  bool const text = is_text_output(what.output);
  if (text) together(ranks, [&] { check_text_output(what, m); });
  auto reducers = make_reducers(m, what, *backend, ranks, node_ranks(ranks));
  run.end_of("setup");

  auto reduced = reduce_frames(m, what, *backend, std::move(reducers), ranks, kept, m.has_scan() && !text);
  run.end_of("reduce");
  add_own(run, reduced);
  if (ranks.root()) tell_frames(m, reduced, run);
  auto const odd = judge_frames(m, reduced.records, ranks);

  if (text) {
    write_text(output, what, ranks, m, reduced);
    run.end_of("write");
    run.collect(ranks);
    output.publish();
    if (ranks.root()) kept.remove();
    if (ranks.root()) tell_end(run, output.final_name());
    return;
  }
  bool const errors = what.geometry.errors != error_model::none;
  together(ranks, [&] {
    if (ranks.root()) lay_out(output.unfinished(), what, m, reduced.records, odd, errors);
  });
  auto const file = open_slabs(output.unfinished(), ranks, what.compression);
  int const threads = threads_of_rank(what.run, ranks);
  write_patterns(*file, ranks, m, reduced, errors, threads);
  if (m.has_scan()) {
    auto sinogram = assemble_slab(m, reduced, ranks, threads);
    write_sinogram(*file, ranks, sinogram, m.bins(), reduced.slabs, errors);
  }
  together(ranks, [&] { file->close(); });
  run.end_of("write");
  run.collect(ranks);
  finish_result(output, ranks, [&](nexus_file& process) {
    write_process(process, what, run, &m);
    write_attempts(process, kept, reduced.reduced, ranks.size());
  });
  if (ranks.root()) kept.remove();
  if (ranks.root()) tell_end(run, output.final_name());
}

}  // namespace xrdct
