#pragma once
/// \file Places where tests make a run fail.
///
/// The environment variable XRDCT_FAILPOINT holds NAME[@RANK]:COUNT:ACTION, several of them separated by commas: when
/// the place NAME is reached for the COUNTth time in this process (of that rank; without it, of every one), it says so
/// on standard error and then does ACTION:
///
///     kill, term, int, usr2   sends itself that signal
///     throw                   throws runtime_failure
///     slow                    sleeps 0.2 s, this time and every time after it; several of them add up
///     none                    only says so
///
/// The places: "reduce" (a batch of frames is done), "checkpoint" (a record is half written), "exchange" (patterns are
/// on their way), "solve" (a sinogram is about to be reconstructed), "rename" (the result is complete, without its
/// name), "remove" (it has its name, the checkpoint is still there), "thread" (one for writing checkpoints is about to
/// start), "predict" (iterations were timed), "share" (ranks of a team add up their images).

#include <string_view>

namespace xrdct {

/// Whether the environment variable is set; a place costs one look at it.
extern bool const failpoints_armed;

void reach_failpoint(std::string_view name);

inline void failpoint(std::string_view name) {
  if (failpoints_armed) [[unlikely]]
    reach_failpoint(name);
}

}  // namespace xrdct
