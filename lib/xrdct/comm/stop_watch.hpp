#pragma once
/// \file Long work of all ranks apart, which a signal that reaches one of them ends on all.

#include "xrdct/base/stop_request.hpp"
#include "xrdct/comm/control_channel.hpp"

namespace xrdct {

/// While it lives, pause_point() on any rank throws, with exit code 75, when a signal has asked any rank to stop,
/// or the work of one has failed.
class stop_watch {
 public:
  /// Collective. `consequence` says what becomes of the work ("what was reduced is kept in FILE").
  stop_watch(communicator const& ranks, std::string consequence);
  /// Where this rank's work ends by an exception, the others are told to stop, too.
  ~stop_watch();
  stop_watch(stop_watch const&) = delete;
  stop_watch& operator=(stop_watch const&) = delete;

  /// Collective. No rank has more to do: none will be told to stop any more. Throws if this one is to.
  void finish();

 private:
  void look();

  control_channel control_;
  std::string consequence_;
  int thrown_;  // exceptions that were on their way when this began
  pause_hook hook_;
};

}  // namespace xrdct
