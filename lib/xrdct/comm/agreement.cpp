#include "xrdct/comm/agreement.hpp"

#include "xrdct/base/log.hpp"

#include <cstdlib>
#include <limits>
#include <new>

namespace xrdct {

failure current_failure() {
  try {
    throw;
  } catch (error const& e) {
    return {e.code(), e.what()};
  } catch (std::bad_alloc const&) {
    return {exit_code::failed, "out of memory: use more ranks on more nodes, or fewer bins"};
  } catch (std::exception const& e) {
    return {exit_code::failed, e.what()};
  } catch (...) {
    return {exit_code::failed, "an unknown failure"};
  }
}

void end_all_ranks(communicator const& ranks, failure const& why) {
  log_error(why.message);
  if (ranks.size() > 1) MPI_Abort(ranks.handle(), static_cast<int>(why.code));
  std::_Exit(static_cast<int>(why.code));
}

void agree(communicator const& ranks, std::optional<failure> const& mine) {
  // The smallest key speaks for all: failures by rank, then stops by rank, then none.
  constexpr auto none = std::numeric_limits<std::int64_t>::max();
  std::int64_t key = none;
  if (mine) key = ranks.rank() + (mine->code == exit_code::stopped ? std::int64_t{ranks.size()} : 0);
  std::int64_t const first = ranks.minimum(key);
  if (first == none) return;
  failure verdict = mine.value_or(failure{});
  int const speaker = static_cast<int>(first % ranks.size());
  ranks.share(verdict.code, speaker);
  ranks.share(verdict.message, speaker);
  throw agreed_error(verdict);
}

}  // namespace xrdct
