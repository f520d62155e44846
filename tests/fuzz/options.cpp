// Options of all commands: words of a command line, one a line, or a configuration file.
#include "apps/option_table.hpp"
#include "apps/parse.hpp"
#include "tests/fuzz/input.hpp"
#include "xrdct/base/error.hpp"

#include <algorithm>
#include <array>

namespace xrdct::fuzz {
namespace {

app::command take_command(input& from) {
  constexpr std::array<std::pair<unsigned, char const*>, 7> commands{{{app::for_reconstruct, "INPUT..."},
                                                                      {app::for_integrate, "INPUT..."},
                                                                      {app::for_backproject, "RESULT"},
                                                                      {app::for_simulate, ""},
                                                                      {app::for_inspect, "INPUT..."},
                                                                      {app::for_plot, "RESULT"},
                                                                      {app::for_bench, "[INPUT...]"}}};
  auto const& [bit, arguments] = commands[from.below(commands.size())];
  return {"command", bit, arguments, "", "", "", nullptr};
}

std::vector<std::string> take_words(input const& from) {
  std::vector<std::string> words{""};
  for (auto const b : from.rest()) {
    if (b == std::byte{'\n'})
      words.emplace_back();
    else
      words.back() += static_cast<char>(b);
  }
  // A configuration file is under test by itself: what else is on the machine is not.
  std::erase_if(words, [](std::string const& word) { return word.starts_with("--config"); });
  return words;
}

void parse(input& from) {
  auto const command = take_command(from);
  if (from.below(2) == 0) {
    app::parse(command, take_words(from));
    return;
  }
  memory_file const file(from.rest());
  std::vector<std::string> words{"--config", file.path()};
  if (!command.arguments.empty()) words.emplace_back("scan.h5");
  if (app::find_option("output", command.bit) != nullptr) words.insert(words.end(), {"--output", "out.h5"});
  app::parse(command, words);
}

}  // namespace
}  // namespace xrdct::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  xrdct::fuzz::input from(data, size);
  try {
    xrdct::fuzz::parse(from);
  } catch (xrdct::input_error const&) {
  } catch (xrdct::usage_error const&) {
  }
  return 0;
}
