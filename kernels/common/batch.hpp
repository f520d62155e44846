#pragma once
/// \file What all reducers do with a batch of frames before and after they reduce it.

#include "xrdct/kernels/frame_reducer.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <vector>

namespace xrdct {

/// Throws std::invalid_argument where the rows do not fit the frames and bins; sets all rows to zeros. Returns the
/// numbers of the frames that are to be reduced.
std::vector<std::size_t> begin_batch(std::span<frame const> frames, patterns const& into, std::size_t bins);

/// What was submitted is done already; only what went wrong is left to be told.
struct finished : done {
  std::exception_ptr failure;
  void wait() override {
    if (failure) std::rethrow_exception(failure);
  }
  bool is_over() const override { return true; }
};

template <class F>
std::unique_ptr<done> finish_batch(F reduce) {
  auto end = std::make_unique<finished>();
  try {
    reduce();
  } catch (...) {
    end->failure = std::current_exception();
  }
  return end;
}

}  // namespace xrdct
