#include "xrdct/comm/stop_watch.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/failpoint.hpp"

#include <utility>

namespace xrdct {

stop_watch::stop_watch(communicator const& ranks, std::string consequence)
    : control_(ranks.duplicate()), consequence_(std::move(consequence)), hook_([this] {
        failpoint("solve");
        look();
      }) {
  control_.open();
}

void stop_watch::look() {
  control_.poll();
  if (!control_.stopping()) return;
  auto const signal = stop_signal();
  throw error(exit_code::stopped, "stopped by " + (signal.empty() ? std::string("a signal to another rank") : signal) +
                                      ": " + consequence_);
}

void stop_watch::finish() {
  control_.finish();
  look();
}

}  // namespace xrdct
