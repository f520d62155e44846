#pragma once
/// \file Reduces frames on a device with lanes.

#include "kernels/common/batch.hpp"
#include "kernels/common/check_reduction.hpp"
#include "kernels/common/reduction_tables.hpp"
#include "kernels/lanes/frame_batch.hpp"
#include "kernels/lanes/frame_memory.hpp"
#include "kernels/lanes/frame_tables.hpp"
#include "xrdct/kernels/frame_reducer.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace xrdct::lanes {

/// Batches that are on their way at a time: one is copied in, one computed, one copied out and read.
inline constexpr std::size_t batches_at_once = 3;

/// A ring of batches: a new one takes the place of the oldest, which ends before.
template <engine E>
class batch_ring {
 public:
  batch_ring(E const& on, frame_tables<E> const& tables, frame_cut const& cut) {
    auto const each = std::max<std::size_t>(1, frame_batch<E>::device_bytes(tables, cut));
    auto const room = std::clamp<std::size_t>(on.memory() / each, 1, batches_at_once);
    for (std::size_t i = 0; i < room; ++i) batches_.push_back({std::make_unique<frame_batch<E>>(on, tables, cut)});
  }

  /// A batch's number; it has ended when that of another is in its place.
  std::size_t start(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
    auto& its = batches_[next_ % batches_.size()];
    finish(its);
    its.failure = nullptr;
    its.number = next_;
    its.memory->start(frames, which, into);
    its.running = true;
    return next_++;
  }
  /// Throws what went wrong with it, once.
  void wait(std::size_t number) {
    auto& its = batches_[number % batches_.size()];
    if (its.number == number) finish(its);
    for (auto i = failures_.begin(); i != failures_.end(); ++i) {
      if (i->first != number) continue;
      auto const failure = i->second;
      failures_.erase(i);
      std::rethrow_exception(failure);
    }
  }
  bool is_over(std::size_t number) const {
    auto const& its = batches_[number % batches_.size()];
    return its.number != number || !its.running;
  }
  std::size_t size() const { return batches_.size(); }
  std::size_t host_bytes() const { return batches_.size() * batches_.front().memory->host_bytes(); }

 private:
  struct place {
    std::unique_ptr<frame_batch<E>> memory;
    std::size_t number = 0;
    bool running = false;
    std::exception_ptr failure = nullptr;
  };

  void finish(place& of) {
    if (!std::exchange(of.running, false)) return;
    try {
      of.memory->finish();
    } catch (...) {
      failures_.emplace_back(of.number, std::current_exception());
    }
  }

  std::vector<place> batches_;
  std::vector<std::pair<std::size_t, std::exception_ptr>> failures_;
  std::size_t next_ = 0;
};

/// All batches of one submission.
template <engine E>
class submitted_batches : public done {
 public:
  explicit submitted_batches(batch_ring<E>& ring) : ring_(ring) {}
  ~submitted_batches() override {
    try {
      wait();
    } catch (...) {  // nobody asked
    }
  }
  submitted_batches(submitted_batches const&) = delete;
  submitted_batches& operator=(submitted_batches const&) = delete;

  void start(std::span<frame const> frames, std::span<std::size_t const> which, patterns const& into) {
    numbers_.reserve((which.size() + batch_frames - 1) / batch_frames);
    for (std::size_t first = 0; first < which.size(); first += batch_frames)
      numbers_.push_back(
          ring_.start(frames, which.subspan(first, std::min<std::size_t>(batch_frames, which.size() - first)), into));
  }
  void wait() override {
    std::exception_ptr failure;
    for (auto const number : std::exchange(numbers_, {})) try {
        ring_.wait(number);
      } catch (...) {
        if (!failure) failure = std::current_exception();
      }
    if (failure) std::rethrow_exception(failure);
  }
  bool is_over() const override {
    return std::ranges::all_of(numbers_, [this](std::size_t number) { return ring_.is_over(number); });
  }

 private:
  batch_ring<E>& ring_;
  std::vector<std::size_t> numbers_;
};

template <engine E>
class lane_reducer : public frame_reducer {
 public:
  lane_reducer(E on, reduction const& what, frame_format const& format)
      : on_(std::move(on)),
        frame_memory_(on_),
        tables_(on_, what, format),
        ring_(on_, tables_, frame_cut(format, decode_planes::largest_block(on_.most_shared_bytes()))) {}
  lane_reducer(lane_reducer const&) = delete;
  lane_reducer& operator=(lane_reducer const&) = delete;

  std::unique_ptr<done> submit(std::span<frame const> frames, patterns into) override {
    auto const which = begin_batch(frames, into, tables_.bins);
    auto work = std::make_unique<submitted_batches<E>>(ring_);
    work->start(frames, which, into);
    return work;
  }
  std::size_t preferred_batch() const override { return batch_frames; }
  /// One more has a place in the ring, and is copied in while these are computed.
  std::size_t batches_at_once() const override { return std::max<std::size_t>(1, ring_.size() - 1); }
  std::size_t memory() const override { return ring_.host_bytes(); }
  std::pmr::memory_resource& frame_memory() override { return frame_memory_; }

 private:
  E on_;
  lanes::frame_memory<E> frame_memory_;
  frame_tables<E> tables_;
  batch_ring<E> ring_;
};

/// Throws as device::make_reducer does.
template <engine E>
std::unique_ptr<frame_reducer> make_frame_reducer(E on, reduction const& what, frame_format const& format) {
  check_reduction(what, format);
  return std::make_unique<lane_reducer<E>>(std::move(on), what, format);
}

/// From tables that make_frame_tables() wrote.
template <engine E>
std::unique_ptr<frame_reducer> make_frame_reducer(E on, std::span<std::byte const> tables) {
  auto const kept = read_reduction_tables(tables);
  return make_frame_reducer(std::move(on), kept.what(), kept.format);
}

/// As device::make_tables.
inline void make_frame_tables(reduction const& what, frame_format const& format, table_memory const& memory) {
  check_reduction(what, format);
  write_reduction_tables(what, format, memory);
}

}  // namespace xrdct::lanes
