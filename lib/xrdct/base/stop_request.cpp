#include "xrdct/base/stop_request.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <utility>

namespace xrdct {
namespace {

constexpr std::array caught{SIGUSR2, SIGTERM, SIGINT};

std::atomic<int> first_signal{0};
std::atomic<int> interrupts{0};
static_assert(std::atomic<int>::is_always_lock_free, "signal handlers may use nothing else");

std::array<struct sigaction, caught.size()> before;

std::function<void()> in_pause;

extern "C" void note_signal(int number) {
  if (number == SIGINT && interrupts.fetch_add(1) > 0) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);  // takes effect when this returns
    return;
  }
  int none = 0;
  first_signal.compare_exchange_strong(none, number);
}

}  // namespace

stop_signals::stop_signals() {
  first_signal = 0;
  interrupts = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = SA_RESTART;  // nobody who reads or writes shall notice
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < caught.size(); ++i) ::sigaction(caught[i], &action, &before[i]);
}

stop_signals::~stop_signals() {
  for (std::size_t i = 0; i < caught.size(); ++i) ::sigaction(caught[i], &before[i], nullptr);
  first_signal = 0;
}

bool stop_requested() { return first_signal.load(std::memory_order_relaxed) != 0; }

std::string stop_signal() {
  switch (first_signal.load()) {
    case SIGUSR2: return "SIGUSR2";
    case SIGTERM: return "SIGTERM";
    case SIGINT: return "SIGINT";
    default: return "";
  }
}

void pause_point() {
  if (in_pause) in_pause();
}

pause_hook::pause_hook(std::function<void()> work) { in_pause = std::move(work); }

pause_hook::~pause_hook() { in_pause = nullptr; }

}  // namespace xrdct
