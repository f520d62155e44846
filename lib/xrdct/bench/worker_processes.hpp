#pragma once
/// \file Processes that answer requests, for work that is shared out without shared memory.

#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// Copies of this process, each with a socket to it. To be made before there are threads and open files, which a copy
/// would have only in part. Whatever happens, no copy outlives the object, nor this process.
class worker_processes {
 public:
  using bytes = std::vector<std::byte>;
  /// A request → its answer. Runs in the copies; what it throws arrives here as an error.
  using handler = std::function<bytes(bytes const&)>;

  /// Throws runtime_failure where the system allows no more processes.
  worker_processes(int count, handler const& answer);
  ~worker_processes();
  worker_processes(worker_processes const&) = delete;
  worker_processes& operator=(worker_processes const&) = delete;

  int count() const { return static_cast<int>(workers_.size()); }
  /// Of the processes, for who wants to look after them.
  std::vector<pid_t> ids() const;

  /// Sends request k to worker k, as many as there are requests, and waits for all answers: answer k goes into into[k],
  /// which must have its length. Throws the first error of a worker (of its kind), after all have answered;
  /// runtime_failure for one that died, of which no further answer is waited for.
  void ask(std::span<bytes const> requests, std::span<std::span<std::byte> const> into);

 private:
  struct worker {
    pid_t id = -1;
    int socket = -1;
  };
  void start(handler const& answer);
  void end() noexcept;
  [[noreturn]] void tell_death(std::size_t which);

  std::vector<worker> workers_;
};

}  // namespace xrdct
