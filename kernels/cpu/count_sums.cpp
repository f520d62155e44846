#include "kernels/cpu/count_sums.hpp"

#include <utility>

namespace xrdct::cpu {

void count_sums::begin(count_tables const& tables, std::size_t lanes) {
  auto const size = tables.bins() * 2 * lanes;
  if (sums_.size() == size) {
    sums_.clear();
  } else {
    sums_ = {};  // before there are others
    sums_ = aligned_buffer<double>(size);
  }
  for (auto& lost : lost_) lost.clear();
  tables_ = &tables;
  lanes_ = lanes;
  frames_ = {};
}

void count_sums::add(range_sums& from) {
  auto const bins = tables_->range(from.range).bins;
  auto const row = 2 * lanes_;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    auto* const to = sums_.data() + bins[i] * row;
    if (from.single.size() != 0) simd::move_sums(from.single.data() + i * row, row, to);
    if (from.full.size() != 0) simd::move_sums(from.full.data() + i * row, row, to);
    if (from.any_wide) simd::move_sums(from.wide.data() + i * row, row, to);
  }
  if (!from.lost.empty())
    for (std::size_t i = 0; i < bins.size(); ++i)
      for (std::size_t lane = 0; lane < lanes_; ++lane) {
        auto const& lost = from.lost[i * lanes_ + lane];
        if (lost.entries == 0) continue;
        if (lost_[lane].empty()) lost_[lane].resize(tables_->bins());
        lost_[lane][bins[i]].add(lost);
      }
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    if (frames_.status[lane] == frame_status::ok) frames_.status[lane] = from.frames.status[lane];
    frames_.raw_sum[lane] += from.frames.raw_sum[lane];
    frames_.saturated[lane] += from.frames.saturated[lane];
  }
  from.any_wide = false;
  from.lost.clear();
  from.frames = {};
}

void count_sums::write(std::size_t lane, std::size_t row, patterns const& into) const {
  bin_norm const nothing;
  for (std::size_t bin = 0; bin < tables_->bins(); ++bin) {
    auto const& all = tables_->norms()[bin];
    auto const& lost = lost_[lane].empty() ? nothing : lost_[lane][bin];
    if (all.entries == lost.entries) continue;  // no pixel is left: zeros, without the rounding of a difference
    auto const* const sums = sums_.data() + bin * 2 * lanes_ + lane;
    auto const variance = tables_->errors() == error_model::image ? all.variance.minus(lost.variance) : sums[lanes_];
    into.signal(row, bin) = static_cast<float>(sums[0]);
    into.variance(row, bin) = static_cast<float>(variance);
    into.norm(row, bin) = static_cast<float>(all.norm.minus(lost.norm));
    into.count(row, bin) = static_cast<float>(all.count.minus(lost.count));
  }
  if (!into.raw_sum.empty()) into.raw_sum[row] = static_cast<double>(frames_.raw_sum[lane]);
  if (!into.saturated.empty()) into.saturated[row] = frames_.saturated[lane];
}

ordered_count_sums::ordered_count_sums(count_tables const& tables, count_sums& into, std::size_t lanes,
                                       std::size_t parts)
    : tables_(tables), into_(into), lanes_(lanes), unmade_(parts), waiting_(tables.ranges()) {}

void ordered_count_sums::begin_again() { begun_ = next_ = 0; }

// The range whose turn it is has its sums already, and all others wait but for a while.
std::unique_ptr<range_sums> ordered_count_sums::take() {
  std::unique_lock lock(mutex_);
  free_again_.wait(lock, [this] { return !free_.empty() || unmade_ > 0 || abandoned_; });
  if (abandoned_) return nullptr;
  auto const range = begun_++;
  std::unique_ptr<range_sums> part;
  if (free_.empty()) {
    --unmade_;
    lock.unlock();
    part = std::make_unique<range_sums>(tables_, lanes_);  // by the thread that uses it first
  } else {
    part = std::move(free_.back());  // the last one used is in the cache
    free_.pop_back();
  }
  part->range = range;
  return part;
}

void ordered_count_sums::give(std::unique_ptr<range_sums> made) {
  std::unique_lock lock(mutex_);
  auto const range = made->range;
  waiting_[range] = std::move(made);
  if (!adding_) add_due(lock);
}

void ordered_count_sums::abandon() {
  std::lock_guard const lock(mutex_);
  abandoned_ = true;
  free_again_.notify_all();
}

void ordered_count_sums::add_due(std::unique_lock<std::mutex>& lock) {
  adding_ = true;
  while (next_ < waiting_.size() && waiting_[next_]) {
    auto part = std::move(waiting_[next_++]);
    lock.unlock();
    into_.add(*part);
    lock.lock();
    free_.push_back(std::move(part));
    free_again_.notify_one();
  }
  adding_ = false;
}

}  // namespace xrdct::cpu
