#include "xrdct/bench/worker_processes.hpp"

#include "xrdct/base/error.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace xrdct {
namespace {

using bytes = worker_processes::bytes;

/// The first byte says what to do, the rest is turned around.
bytes obey(bytes const& request) {
  switch (std::to_integer<char>(request.at(0))) {
    case 'e': throw input_error("that is no input");
    case 'x': throw std::runtime_error("unforeseen");
    case 'k': ::raise(SIGKILL); break;
    case 'q': ::_exit(7);
    case 's': ::sleep(1000); break;
    default: break;
  }
  return {request.rbegin(), request.rend() - 1};
}

bytes of(std::string const& text) {
  auto const view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

std::vector<std::string> answers(worker_processes& workers, std::vector<std::string> const& requests) {
  std::vector<bytes> sent, into;
  for (auto const& text : requests) {
    sent.push_back(of(text));
    into.emplace_back(text.size() - 1);
  }
  std::vector<std::span<std::byte>> const places(into.begin(), into.end());
  workers.ask(sent, places);
  std::vector<std::string> all;
  for (auto const& b : into) all.emplace_back(reinterpret_cast<char const*>(b.data()), b.size());
  return all;
}

bool is_there(pid_t id) { return ::kill(id, 0) == 0; }

template <class Error = error>
std::string message_of(worker_processes& workers, std::vector<std::string> const& requests) {
  try {
    answers(workers, requests);
  } catch (Error const& e) {
    return e.what();
  }
  return "no error";
}

TEST(worker_processes, answer_side_by_side_and_again) {
  worker_processes workers(3, obey);
  EXPECT_THAT(answers(workers, {".abc", ".", ".xyzzy"}), testing::ElementsAre("cba", "", "yzzyx"));
  std::string const large(5'000'000, 'l');  // more than a socket holds
  EXPECT_THAT(answers(workers, {"." + large, ".12"}), testing::ElementsAre(large, "21"));
}

TEST(worker_processes, bring_errors_of_their_kind_and_go_on) {
  worker_processes workers(2, obey);
  EXPECT_EQ(message_of(workers, {".a", "e"}), "process 2: that is no input");
  try {
    answers(workers, {"e", "."});
    FAIL();
  } catch (error const& e) {
    EXPECT_EQ(e.code(), exit_code::bad_input);
  }
  EXPECT_THAT(message_of(workers, {"x", "."}), testing::HasSubstr("unforeseen"));
  EXPECT_THAT(answers(workers, {".ab", ".cd"}), testing::ElementsAre("ba", "dc"));
}

TEST(worker_processes, tell_of_one_that_is_killed_and_leave_none_behind) {
  for (auto const& [order, says] : {std::pair{"k", "signal 9"}, {"q", "code 7"}}) {
    worker_processes workers(3, obey);
    auto const ids = workers.ids();
    EXPECT_THAT(message_of<runtime_failure>(workers, {"s", order, ".a"}),
                testing::AllOf(testing::HasSubstr("process 2 "), testing::HasSubstr(says)));
    for (auto const id : ids) EXPECT_FALSE(is_there(id)) << "one sleeps still";
  }
}

TEST(worker_processes, tell_of_one_that_died_before_it_was_asked) {
  worker_processes workers(1, obey);
  ::kill(workers.ids()[0], SIGTERM);
  EXPECT_THAT(message_of<runtime_failure>(workers, {"s"}), testing::HasSubstr("signal 15"));
}

TEST(worker_processes, end_with_their_owner) {
  std::vector<pid_t> ids;
  {
    worker_processes workers(2, obey);
    ids = workers.ids();
    for (auto const id : ids) EXPECT_TRUE(is_there(id));
  }
  for (auto const id : ids) EXPECT_FALSE(is_there(id));
}

TEST(worker_processes, refuse_an_answer_of_another_length) {
  worker_processes workers(1, obey);
  std::array<std::byte, 2> two{};
  std::array const into{std::span<std::byte>(two)};
  std::array const sent{of(".abc")};
  EXPECT_THROW(workers.ask(sent, into), runtime_failure);
}

}  // namespace
}  // namespace xrdct
