#include "xrdct/base/stop_request.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

namespace xrdct {
namespace {

TEST(stop_request, signals_are_noted_and_the_first_has_the_name) {
  stop_signals const signals;
  EXPECT_FALSE(stop_requested());
  EXPECT_EQ(stop_signal(), "");
  std::raise(SIGTERM);
  EXPECT_TRUE(stop_requested());
  std::raise(SIGUSR2);
  std::raise(SIGINT);
  EXPECT_EQ(stop_signal(), "SIGTERM");
}

TEST(stop_request, is_forgotten_by_the_next_who_listens) {
  {
    stop_signals const signals;
    std::raise(SIGUSR2);
    EXPECT_EQ(stop_signal(), "SIGUSR2");
  }
  stop_signals const signals;
  EXPECT_FALSE(stop_requested());
}

using stop_request_death = ::testing::Test;

TEST(stop_request_death, a_second_interrupt_ends_the_program) {
  EXPECT_EXIT(
      {
        stop_signals const signals;
        std::raise(SIGINT);
        std::raise(SIGTERM);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(stop_request_death, signals_do_what_they_did_when_nobody_listens_any_more) {
  EXPECT_EXIT(
      {
        { stop_signals const signals; }
        std::raise(SIGUSR2);
      },
      ::testing::KilledBySignal(SIGUSR2), "");
}

TEST(pause_point, calls_who_wants_to_be_called_while_he_is_there) {
  int calls = 0;
  pause_point();
  {
    pause_hook const hook([&] {
      if (++calls == 3) throw std::runtime_error("enough");
    });
    pause_point();
    pause_point();
    EXPECT_THROW(pause_point(), std::runtime_error);
  }
  pause_point();
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace xrdct
