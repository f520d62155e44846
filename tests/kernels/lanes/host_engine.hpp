#pragma once
/// \file An engine without a device: what backends for devices do is done by the processor, as late as a device might
/// do it.

#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/lane_group.hpp"
#include "tests/kernels/lanes/threaded_lanes.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace xrdct::test {

/// What is staging memory, and what was copied to the device from it and from elsewhere.
class staging_log {
 public:
  struct copied {
    std::size_t from_staging = 0, from_elsewhere = 0;  // bytes
  };

  explicit staging_log(std::size_t most) : left_(most) {}
  copied so_far() const {
    std::lock_guard const lock(mutex_);
    return copied_;
  }
  std::size_t pieces() const {
    std::lock_guard const lock(mutex_);
    return pieces_.size();
  }

  void add(void const* at, std::size_t bytes) {
    std::lock_guard const lock(mutex_);
    if (bytes > left_) throw std::bad_alloc();
    left_ -= bytes;
    pieces_.emplace(static_cast<std::byte const*>(at), bytes);
  }
  void remove(void const* at) {
    std::lock_guard const lock(mutex_);
    auto const found = pieces_.find(static_cast<std::byte const*>(at));
    left_ += found->second;
    pieces_.erase(found);
  }
  void copy(void const* from, std::size_t bytes) {
    auto const* const at = static_cast<std::byte const*>(from);
    std::lock_guard const lock(mutex_);
    auto const behind = pieces_.upper_bound(at);
    bool const known = behind != pieces_.begin() && at + bytes <= std::prev(behind)->first + std::prev(behind)->second;
    (known ? copied_.from_staging : copied_.from_elsewhere) += bytes;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::byte const*, std::size_t> pieces_;
  std::size_t left_;
  copied copied_;
};

/// Work that waits until somebody waits for it: who forgets to, reads what is not there yet, or frees what is needed.
class late_queue {
 public:
  class mark {
   public:
    void synchronize() const { work_->run_up_to(end_); }
    bool is_over() const { return work_->begun >= end_; }

   private:
    friend class late_queue;
    struct list;
    mark(std::shared_ptr<list> work, std::size_t end) : work_(std::move(work)), end_(end) {}
    struct list {
      std::deque<std::function<void()>> waiting;
      std::size_t begun = 0;
      void run_up_to(std::size_t end) {
        while (begun < end) {
          ++begun;
          auto const next = std::move(waiting.front());
          waiting.pop_front();
          next();
        }
      }
    };
    std::shared_ptr<list> work_;
    std::size_t end_;
  };

  late_queue(bool threaded, std::shared_ptr<staging_log> log) : threaded_(threaded), log_(std::move(log)) {}
  ~late_queue() {
    if (work_) synchronize();
  }
  late_queue(late_queue&&) = default;
  late_queue& operator=(late_queue&&) = default;

  template <class T>
  void copy_in(std::span<T const> from, T* to) {
    if (from.empty()) return;
    log_->copy(from.data(), from.size_bytes());
    add([=] { std::memcpy(to, from.data(), from.size_bytes()); });
  }
  template <class T>
  void copy_out(T const* from, std::span<T> to) {
    if (!to.empty()) add([=] { std::memcpy(to.data(), from, to.size_bytes()); });
  }
  template <class T>
  void copy(T const* from, T* to, std::size_t size) {
    if (size > 0) add([=] { std::memcpy(to, from, size * sizeof(T)); });
  }
  template <class T>
  void clear(T* memory, std::size_t size) {
    if (size > 0) add([=] { std::memset(static_cast<void*>(memory), 0, size * sizeof(T)); });
  }
  template <class Kernel>
  void launch(std::size_t blocks, Kernel const& kernel) {
    add([=, threaded = threaded_] { threaded ? run_threaded(blocks, kernel) : run(blocks, kernel); });
  }
  mark put_mark() { return {work_, work_->begun + work_->waiting.size()}; }
  void wait_for(mark const& other) {
    add([other] { other.synchronize(); });
  }
  void synchronize() { put_mark().synchronize(); }

 private:
  // Memory as a block finds it: not zero.
  struct shared_memory {
    explicit shared_memory(std::size_t bytes) : words((bytes + sizeof(word) - 1) / sizeof(word)) { spoil(); }
    void spoil() { std::ranges::fill(std::as_writable_bytes(std::span(words)), std::byte{0xa5}); }
    std::byte* data() { return reinterpret_cast<std::byte*>(words.data()); }
    struct alignas(16) word {
      std::byte bytes[16];
    };
    std::vector<word> words;
  };

  void add(std::function<void()> work) { work_->waiting.push_back(std::move(work)); }

  template <int phase, class Kernel, class Lanes, class Meet>
  static void run_phases(Kernel const& kernel, Lanes const& lanes, std::size_t block, std::byte* shared, Meet meet) {
    for (std::uint32_t group = 0; group < Kernel::groups; ++group)
      kernel.template run<phase>(lanes, {block, group}, shared);
    meet();
    if constexpr (phase + 1 < Kernel::phases) run_phases<phase + 1>(kernel, lanes, block, shared, meet);
  }
  template <class Kernel>
  static void run(std::size_t blocks, Kernel const& kernel) {
    shared_memory shared(kernel.shared_bytes());
    for (std::size_t block = 0; block < blocks; ++block) {
      shared.spoil();
      run_phases<0>(kernel, lanes::one_lane(), block, shared.data(), [] {});
    }
  }
  template <class Kernel>
  static void run_threaded(std::size_t blocks, Kernel const& kernel) {
    shared_memory shared(kernel.shared_bytes());
    run_lanes([&](threaded_lane const& lane) {
      for (std::size_t block = 0; block < blocks; ++block)
        run_phases<0>(kernel, lane, block, shared.data(), [&] { lane.sync(); });
    });
  }

  bool threaded_;
  std::shared_ptr<staging_log> log_;
  std::shared_ptr<mark::list> work_ = std::make_shared<mark::list>();
};

/// With groups of one lane, or of 32 threads.
class host_engine {
 public:
  template <class T>
  class array {
   public:
    array() = default;
    explicit array(std::size_t size) : size_(size), data_(new T[size]) {
      std::memset(static_cast<void*>(data_.get()), 0x5a, size * sizeof(T));  // as a device's, not zero
    }
    T* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::span<T> span() const { return {data(), size_}; }

   private:
    std::size_t size_ = 0;
    std::unique_ptr<T[]> data_;
  };
  /// Memory of the host that is known to the log.
  template <class T>
  class staging {
   public:
    staging() = default;
    staging(std::size_t size, std::shared_ptr<staging_log> log) : memory_(size) {
      log->add(data(), size * sizeof(T));
      log_ = std::move(log);
    }
    ~staging() {
      if (log_) log_->remove(data());
    }
    staging(staging&& other) noexcept = default;
    staging& operator=(staging&& other) noexcept {
      std::swap(memory_, other.memory_);
      std::swap(log_, other.log_);
      return *this;
    }
    T* data() const { return memory_.data(); }
    std::size_t size() const { return memory_.size(); }
    std::span<T> span() const { return memory_.span(); }

   private:
    array<T> memory_;
    std::shared_ptr<staging_log> log_;
  };
  using queue = late_queue;
  using mark = late_queue::mark;

  /// `most_staging` is how many bytes of staging memory can be had.
  explicit host_engine(bool threaded = false, std::size_t memory = std::size_t{1} << 32,
                       std::size_t most_staging = std::size_t{1} << 40)
      : threaded_(threaded), memory_(memory), log_(std::make_shared<staging_log>(most_staging)) {}
  staging_log const& log() const { return *log_; }
  template <class T>
  array<T> make(std::size_t size) const {
    return array<T>(size);
  }
  template <class T>
  staging<T> make_staging(std::size_t size) const {
    return staging<T>(size, log_);
  }
  queue make_queue() const { return {threaded_, log_}; }
  void use() const {}
  struct named_range {
    ~named_range() {}  // so that nobody calls it unused
  };
  named_range range(char const*) const { return {}; }
  std::string description() const { return threaded_ ? "32 threads as lanes" : "one lane"; }
  std::size_t memory() const { return memory_; }
  std::size_t most_shared_bytes() const { return 227 * 1024; }

 private:
  bool threaded_;
  std::size_t memory_;
  std::shared_ptr<staging_log> log_;
};
static_assert(lanes::engine<host_engine>);

}  // namespace xrdct::test
