#include "xrdct/bench/bench.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/log.hpp"
#include "xrdct/bench/made_input.hpp"
#include "xrdct/comm/agreement.hpp"
#include "xrdct/comm/threads.hpp"

namespace xrdct {

void save_made_frames(job const& what, bench_options const& options, communicator const& ranks) {
  if (options.save.empty()) throw usage_error("say where the made frames go: --save FILE.h5");
  int const threads = what.run.threads > 0 ? what.run.threads : default_threads(ranks);
  together(ranks, [&] {
    if (!ranks.root()) return;
    made_input const made(options, threads);
    log_info(made.description() + ": '" + made.files().scan + "', with its geometry '" + made.files().geometry +
             "' and mask '" + made.files().mask + "'");
  });
}

}  // namespace xrdct
