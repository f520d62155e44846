#include "xrdct/bench/layouts.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <algorithm>

namespace xrdct {
namespace {

class pool_layout : public layout_runner {
 public:
  pool_layout(measurement const& m, job const& what, int threads)
      : scan_(m),
        backend_(make_backend(what.run.backend, threads)),
        reducers_(make_reducers(m, what, *backend_)),
        batch_(common_batch(reducers_, m, what.run.batch)),
        readers_(readers_for(what.run, threads)) {}

  void reduce(std::uint64_t frames, std::span<float> patterns) override {
    std::ranges::fill(patterns, 0.0F);
    records_.resize(frames);
    reduce_slice({scan_, {0, frames}, batch_, false, patterns, records_, readers_}, 0, *reducers_[0],
                 [](std::uint64_t, std::uint64_t) { return true; });
  }

 private:
  measurement const& scan_;
  std::unique_ptr<device> backend_;
  reducer_list reducers_;
  std::uint64_t batch_;
  std::uint32_t readers_;
  frame_records records_;
};

}  // namespace

std::unique_ptr<layout_runner> make_pool_layout(measurement const& m, job const& what, int threads) {
  return std::make_unique<pool_layout>(m, what, threads);
}

}  // namespace xrdct
