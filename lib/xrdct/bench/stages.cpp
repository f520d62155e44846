#include "xrdct/bench/stages.hpp"

#include "xrdct/comm/agreement.hpp"

namespace xrdct {
namespace {

stage_probe make_here(bench_stage which, stage_input const& input) {
  switch (which) {
    case bench_stage::read: return read_stage(input);
    case bench_stage::lz4: return lz4_stage(input, input.threads);
    case bench_stage::unshuffle: return unshuffle_stage(input);
    case bench_stage::integrate: return integrate_stage(input);
    case bench_stage::reduce: return reduce_stage(input);
    case bench_stage::exchange: return exchange_stage(input);
    case bench_stage::filter: return filter_stage(input);
    case bench_stage::backproject: return backproject_stage(input);
    case bench_stage::errors: return errors_stage(input);
    case bench_stage::cgls: return cgls_stage(input);
    case bench_stage::write: return write_stage(input);
  }
  return {};
}

}  // namespace

stage_probe make_stage(bench_stage which, stage_input const& input) {
  auto made = together(input.ranks, [&] { return make_here(which, input); });
  if (input.ranks.maximum(std::int64_t{made.skipped.empty() ? 0 : 1}) == 1 && made.skipped.empty())
    made.skipped = "another rank cannot";
  made.what.name = name_of(which);
  return made;
}

}  // namespace xrdct
