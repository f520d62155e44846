#include "xrdct/bench/temporary_folder.hpp"

#include "xrdct/base/error.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace xrdct {
namespace {

/// What a process is started with.
class spawning {
 public:
  spawning() {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawnattr_init(&how_);
  }
  ~spawning() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&how_);
  }
  spawning(spawning const&) = delete;
  spawning& operator=(spawning const&) = delete;

  /// Reads from `input` and is silent.
  void talk_to(int input) {
    ::posix_spawn_file_actions_adddup2(&files_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  /// What ends this process, or all that its launcher started, passes it by.
  void outlive() {
    sigset_t polite;
    ::sigemptyset(&polite);
    for (int const one : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&polite, one);
    ::posix_spawnattr_setsigmask(&how_, &polite);
    ::posix_spawnattr_setflags(&how_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  /// -1 where it does not start.
  pid_t start(char const* program, char const* const* words) {
    pid_t id = -1;
    auto* const given = const_cast<char* const*>(words);  // which are not written to
    return ::posix_spawn(&id, program, &files_, &how_, given, environ) == 0 ? id : -1;
  }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t how_{};
};

}  // namespace

temporary_folder::temporary_folder(std::string parent) {
  bool const named = !parent.empty();
  if (!named) {
    char const* const chosen = std::getenv("TMPDIR");
    parent = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  }
  std::string name = parent + "/xrdct-bench-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    throw runtime_failure("cannot make a temporary folder in '" + parent + "': " + std::strerror(errno) +
                          (named ? "" : "; name another by TMPDIR"));
  path_ = name;
  start_keeper();
}

/// Without it the folder is left behind by who is killed, and nothing else is wrong.
void temporary_folder::start_keeper() {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return;
  spawning keeper;
  keeper.talk_to(pipe[0]);
  keeper.outlive();
  // The pipe ends with its last writer, however that comes to its end.
  std::array<char const*, 6> const words{"sh", "-c",          "while read -r line; do :; done; rm -rf -- \"$1\"",
                                         "sh", path_.c_str(), nullptr};
  keeper_ = keeper.start("/bin/sh", words.data());
  ::close(pipe[0]);
  lifeline_ = pipe[1];
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  if (lifeline_ >= 0) ::close(lifeline_);
  while (keeper_ >= 0 && ::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace xrdct
