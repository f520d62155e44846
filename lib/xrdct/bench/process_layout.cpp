#include "xrdct/bench/process_layout.hpp"

#include "xrdct/base/log.hpp"
#include "xrdct/base/pack.hpp"
#include "xrdct/comm/pattern_exchange.hpp"
#include "xrdct/pipeline/backend.hpp"
#include "xrdct/pipeline/frame_loop.hpp"
#include "xrdct/pipeline/reducers.hpp"

#include <optional>

namespace xrdct {
namespace {

using bytes = worker_processes::bytes;

/// What the processes cannot know when they are made, or, later, which frames to reduce.
struct order {
  bool open = false;
  std::vector<std::string> files, ponis, masks;  // of an opening
  std::uint64_t first = 0, count = 0;            // of frames

  void fields(auto& archive) { archive(open, files, ponis, masks, first, count); }
};

bytes packed(order const& what) {
  packer pack;
  pack(what);
  return pack.take();
}

/// One process's side.
class frame_worker {
 public:
  explicit frame_worker(job what) : job_(std::move(what)) {}

  bytes answer(bytes const& request) {
    order what;
    unpacker unpack(request);
    unpack(what);
    if (!what.open) return reduce(what.first, what.count);
    open(what);
    return {};
  }

 private:
  void open(order const& what) {
    set_log(log_level::quiet, "");  // this process's parent says it all
    job_.input.files = what.files;
    job_.geometry.ponis = what.ponis;
    job_.input.masks.clear();
    for (auto const& mask : what.masks) job_.input.masks.push_back({mask, {}});
    scan_ = examine(job_, 1);
    job_.run.threads = 1;
    if (job_.run.backend == "auto") job_.run.backend = "cpu";  // cores are what layouts compare
    backend_ = start_backend(job_.run, communicator());
    reducers_ = make_reducers(scan_, job_, *backend_);
  }
  bytes reduce(std::uint64_t first, std::uint64_t count) {
    std::vector<float> values(count * pattern_quantities * scan_.channels());
    frame_records records;
    records.resize(count);
    reduce_slice({scan_,
                  {first, count},
                  common_batch(reducers_, scan_, job_.run.batch),
                  false,
                  values,
                  records,
                  readers_for(job_.run, 1)},
                 0, *reducers_[0], [](std::uint64_t, std::uint64_t) { return true; });
    auto const made = std::as_bytes(std::span(values));
    return {made.begin(), made.end()};
  }

  job job_;
  measurement scan_;
  std::unique_ptr<device> backend_;
  reducer_list reducers_;
};

class process_runner : public layout_runner {
 public:
  process_runner(worker_processes& workers, int processes, std::uint64_t bins)
      : workers_(workers), processes_(processes), pattern_(pattern_quantities * bins) {}

  void reduce(std::uint64_t frames, std::span<float> patterns) override {
    std::vector<bytes> requests;
    std::vector<std::span<std::byte>> into;
    for (int k = 0; k < processes_; ++k) {
      auto const share = share_of(0, frames, k, processes_);
      order what;
      what.first = share.first;
      what.count = share.count;
      requests.push_back(packed(what));
      into.push_back(std::as_writable_bytes(patterns.subspan(share.first * pattern_, share.count * pattern_)));
    }
    workers_.ask(requests, into);
  }

 private:
  worker_processes& workers_;
  int processes_;
  std::uint64_t pattern_;
};

}  // namespace

process_layout::process_layout(int processes, job const& what)
    : workers_(processes, [worker = std::make_shared<frame_worker>(what)](bytes const& request) {
        return worker->answer(request);
      }) {}

void process_layout::open(input_options const& input, geometry_options const& geometry, std::uint64_t bins) {
  bins_ = bins;
  order what;
  what.open = true;
  what.files = input.files;
  what.ponis = geometry.ponis;
  for (auto const& mask : input.masks) what.masks.push_back(mask.file);
  std::vector<bytes> const requests(static_cast<std::size_t>(processes()), packed(what));
  std::vector<std::span<std::byte>> const nothing(requests.size());
  workers_.ask(requests, nothing);
}

std::unique_ptr<layout_runner> process_layout::runner(int processes) {
  return std::make_unique<process_runner>(workers_, processes, bins_);
}

}  // namespace xrdct
