#pragma once
/// \file One verdict of all ranks: either all go on, or all fail, with the same error.

#include "xrdct/base/error.hpp"
#include "xrdct/comm/communicator.hpp"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace xrdct {

/// Why a rank cannot go on.
struct failure {
  exit_code code = exit_code::failed;
  std::string message;
};

/// Thrown by every rank alike: rank 0 prints it, all return its code.
struct agreed_error : error {
  explicit agreed_error(failure const& why) : error(why.code, why.message) {}
};

/// The exception that is being handled, in words. To be called in a catch block.
failure current_failure();

/// Collective. Every rank says whether it failed. When any did, all throw the agreed_error of the lowest failing rank;
/// real failures go before a mere stop (exit code 75).
void agree(communicator const& ranks, std::optional<failure> const& mine);

/// Collective. Runs `work` on this rank, then agrees: returns its result where all ranks succeeded; else all throw the
/// same agreed_error. What communicates inside `work` must come to its end on every rank even where one fails.
template <class Work>
auto together(communicator const& ranks, Work&& work) {
  using result = std::invoke_result_t<Work>;
  std::optional<failure> mine;
  if constexpr (std::is_void_v<result>) {
    try {
      work();
    } catch (...) {
      mine = current_failure();
    }
    agree(ranks, mine);
  } else {
    std::optional<result> value;
    try {
      value.emplace(work());
    } catch (...) {
      mine = current_failure();
    }
    agree(ranks, mine);
    return std::move(*value);
  }
}

/// Says why, and ends the program on all ranks at once, without unwinding: for failures that they have not agreed on,
/// as others could wait for this rank for ever.
[[noreturn]] void end_all_ranks(communicator const& ranks, failure const& why);

/// Collective. Runs `work`, in which ranks wait for each other. What is thrown by all of them alike (agreed_error) is
/// passed on; anything else ends the program on all ranks, as the others would wait for ever.
template <class Work>
auto in_step(communicator const& ranks, Work&& work) {
  if (ranks.size() == 1) return work();
  try {
    return work();
  } catch (agreed_error const&) {
    throw;
  } catch (...) {
    end_all_ranks(ranks, current_failure());
  }
}

/// Collective. Rank 0 alone runs `work`, and everyone gets its result (which is packed and broadcast).
template <class Work>
auto from_root(communicator const& ranks, Work&& work) {
  using result = std::invoke_result_t<Work>;
  auto value = together(ranks, [&] { return ranks.root() ? work() : result(); });
  ranks.share(value);
  return value;
}

}  // namespace xrdct
