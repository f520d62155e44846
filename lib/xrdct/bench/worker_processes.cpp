#include "xrdct/bench/worker_processes.hpp"

#include "xrdct/base/error.hpp"
#include "xrdct/comm/agreement.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace xrdct {
namespace {

/// What stands before a request or an answer.
struct message_head {
  std::int64_t code = 0;  ///< of an answer: exit_code; done where the bytes are the answer, else they are a message
  std::uint64_t size = 0;
};

/// False where the other side is gone.
bool send_all(int socket, void const* from, std::size_t size) {
  auto const* at = static_cast<char const*>(from);
  while (size > 0) {
    auto const sent = ::send(socket, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receive_all(int socket, void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    auto const got = ::recv(socket, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool send_message(int socket, std::int64_t code, void const* bytes, std::size_t size) {
  message_head const head{code, size};
  return send_all(socket, &head, sizeof head) && send_all(socket, bytes, size);
}

bool answer_one(int socket, worker_processes::handler const& answer) {
  message_head head;
  if (!receive_all(socket, &head, sizeof head)) return false;
  try {
    worker_processes::bytes request(head.size);
    if (!receive_all(socket, request.data(), request.size())) return false;
    auto const made = answer(request);
    return send_message(socket, 0, made.data(), made.size());
  } catch (...) {
    auto const why = current_failure();
    return send_message(socket, static_cast<std::int64_t>(why.code), why.message.data(), why.message.size());
  }
}

/// How a process ended, in words.
std::string describe_end(int status) {
  if (WIFSIGNALED(status)) return std::string("was ended by signal ") + std::to_string(WTERMSIG(status));
  return "ended with code " + std::to_string(WEXITSTATUS(status));
}

/// What has come of an answer so far.
struct incoming {
  message_head head;
  std::size_t head_bytes = 0;
  std::span<std::byte> into;
  std::vector<std::byte> message;  // of an error, or an answer of another length than it must have
  std::size_t bytes = 0;
  bool complete = false;

  std::byte* place() {
    if (head_bytes < sizeof head) return reinterpret_cast<std::byte*>(&head) + head_bytes;
    return (is_answer() ? into.data() : message.data()) + bytes;
  }
  std::size_t wanted() const { return head_bytes < sizeof head ? sizeof head - head_bytes : head.size - bytes; }
  bool is_answer() const { return head.code == 0 && head.size == into.size(); }
  void take(std::size_t size) {
    if (head_bytes < sizeof head) {
      head_bytes += size;
      if (head_bytes == sizeof head && !is_answer()) message.resize(head.size);
    } else {
      bytes += size;
    }
    complete = head_bytes == sizeof head && bytes == head.size;
  }
};

[[noreturn]] void throw_error(incoming const& answer, std::size_t which) {
  std::string const worker = "process " + std::to_string(which + 1) + ": ";
  if (answer.head.code == 0) throw runtime_failure(worker + "its answer has another length than it must have");
  throw error(static_cast<exit_code>(answer.head.code),
              worker + std::string(reinterpret_cast<char const*>(answer.message.data()), answer.message.size()));
}

}  // namespace

worker_processes::worker_processes(int count, handler const& answer) {
  try {
    for (int k = 0; k < count; ++k) start(answer);
  } catch (...) {
    end();
    throw;
  }
}

worker_processes::~worker_processes() { end(); }

void worker_processes::start(handler const& answer) {
  std::array<int, 2> sockets{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    throw runtime_failure(std::string("cannot talk to another process: ") + std::strerror(errno));
  auto const parent = ::getpid();
  auto const id = ::fork();
  if (id < 0) {
    ::close(sockets[0]);
    ::close(sockets[1]);
    throw runtime_failure(std::string("cannot start another process: ") + std::strerror(errno) +
                          "; use fewer --threads, or another --layout");
  }
  if (id == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it was quicker to die
    for (auto const& other : workers_) ::close(other.socket);
    ::close(sockets[0]);
    while (answer_one(sockets[1], answer)) continue;
    ::_exit(0);
  }
  ::close(sockets[1]);
  workers_.push_back({id, sockets[0]});
}

std::vector<pid_t> worker_processes::ids() const {
  std::vector<pid_t> all;
  for (auto const& w : workers_) all.push_back(w.id);
  return all;
}

void worker_processes::ask(std::span<bytes const> requests, std::span<std::span<std::byte> const> into) {
  auto const count = requests.size();
  for (std::size_t k = 0; k < count; ++k)
    if (!send_message(workers_.at(k).socket, 0, requests[k].data(), requests[k].size())) tell_death(k);
  std::vector<incoming> answers(count);
  std::vector<pollfd> waiting;
  for (std::size_t k = 0; k < count; ++k) {
    answers[k].into = into[k];
    waiting.push_back({workers_[k].socket, POLLIN, 0});
  }
  for (auto left = count; left > 0;) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR)
      throw runtime_failure(std::string("waiting for processes failed: ") + std::strerror(errno));
    for (std::size_t k = 0; k < count; ++k) {
      if (waiting[k].fd < 0 || waiting[k].revents == 0) continue;
      auto const got = ::recv(waiting[k].fd, answers[k].place(), answers[k].wanted(), 0);
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) tell_death(k);
      answers[k].take(static_cast<std::size_t>(got));
      if (answers[k].complete) waiting[k].fd = -1, --left;  // poll() passes over it
    }
  }
  for (std::size_t k = 0; k < count; ++k)
    if (!answers[k].is_answer()) throw_error(answers[k], k);
}

void worker_processes::tell_death(std::size_t which) {
  int status = 0;
  auto const id = std::exchange(workers_[which].id, -1);
  // Its socket is closed, so it has ended or is about to.
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) continue;
  end();
  throw runtime_failure("process " + std::to_string(which + 1) + " " + describe_end(status) +
                        " in the middle of its work: is there enough memory?");
}

void worker_processes::end() noexcept {
  for (auto& w : workers_)
    if (w.socket >= 0) ::close(std::exchange(w.socket, -1));
  for (auto& w : workers_) {
    if (w.id < 0) continue;
    ::kill(w.id, SIGKILL);  // it holds nothing that is worth an orderly end, and may be busy for long
    while (::waitpid(w.id, nullptr, 0) < 0 && errno == EINTR) continue;
    w.id = -1;
  }
}

}  // namespace xrdct
