#include "xrdct/bench/bench.hpp"

#include "apps/commands.hpp"
#include "apps/option_table.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/comm/agreement.hpp"

namespace xrdct::app {
namespace {

void bench(request const& what, communicator const& ranks) {
  if (only_saves(what.bench)) {
    save_made_frames(what.job, what.bench, ranks);
    return;
  }
  auto const report = measure(what.job, what.bench, ranks);
  together(ranks, [&] {
    if (!ranks.root()) return;
    print(text_of(report));
    if (what.bench.json.empty()) return;
    write_report(report, what.bench.json);
    log_info("every round of it: '" + what.bench.json + "'");
  });
}

}  // namespace

command const bench_command{"bench",
                            for_bench,
                            "[INPUT...]",
                            "how fast this machine does each part of the work",
                            "Measures on frames of INPUT, or on made ones, how many frames a second each layout of the "
                            "work and each of its parts "
                            "gets through, in alternating rounds of one run, and compares with LZ4 alone: the system's "
                            "LZ4_decompress_safe on the "
                            "same chunks in memory with as many threads.",
                            R"(  xrdct bench
  xrdct bench scan.h5 --poni geometry.poni --mask mask.edf --json bench.json
  xrdct bench --layout serial,pool --type u16 --threads 8
  xrdct bench --stage lz4,reduce --detector 'Pilatus 2M' --type i32 --bright
  xrdct bench --save frames.h5 --frames 4000     # frames and geometry for other programs, no more
  mpirun -n 4 xrdct bench --stage reduce,exchange,write --threads 1
)",
                            bench};

}  // namespace xrdct::app
