#include "tests/app/program.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace xrdct::test {
namespace {

std::string quoted(std::string const& word) {
  std::string text(1, '\'');
  for (char c : word) text.append(c == '\'' ? std::string("'\\''") : std::string(1, c));
  return text.append(1, '\'');
}

std::string content(std::string const& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

std::vector<std::string> finished_run::own_lines() const {
  std::vector<std::string> lines;
  std::istringstream stream(err);
  for (std::string line; std::getline(stream, line);)
    if (line.starts_with("xrdct: ")) lines.push_back(line);
  return lines;
}

std::vector<std::string> finished_run::errors() const {
  std::vector<std::string> lines;
  for (auto const& line : own_lines())
    if (line.find("error: ") != std::string::npos) lines.push_back(line);
  return lines;
}

finished_run run_program(std::string const& folder, std::vector<std::string> const& words, int ranks) {
  return run_program_at(XRDCT_PROGRAM, {}, folder, words, ranks);
}

finished_run run_program_at(std::string const& program, std::vector<std::string> const& variables,
                            std::string const& folder, std::vector<std::string> const& words, int ranks) {
  std::string command = "cd " + quoted(folder) + " && env";
  for (auto const& variable : variables) command += " " + quoted(variable);
  if (ranks > 0)
    command += " OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " XRDCT_MPIEXEC " --oversubscribe -n " +
               std::to_string(ranks);
  command += " " + quoted(program);
  for (auto const& word : words) command += " " + quoted(word);
  command += " >.out 2>.err </dev/null";
  int const status = std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(folder + "/.out"), content(folder + "/.err")};
}

}  // namespace xrdct::test
