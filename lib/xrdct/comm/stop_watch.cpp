#include "xrdct/comm/stop_watch.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/base/failpoint.hpp"

#include <exception>
#include <utility>

namespace xrdct {

stop_watch::stop_watch(communicator const& ranks, std::string consequence)
    : control_(ranks.duplicate()),
      consequence_(std::move(consequence)),
      thrown_(std::uncaught_exceptions()),
      hook_([this] {
        failpoint("solve");
        look();
      }) {
  control_.open();
}

stop_watch::~stop_watch() {
  if (std::uncaught_exceptions() == thrown_) return;
  try {
    control_.stop();
  } catch (...) {  // MPI itself failed: nothing is left to be done
  }
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
