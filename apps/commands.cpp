#include "apps/commands.hpp"

#include "apps/near_name.hpp"
#include "xrdct/base/error.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace xrdct::app {

std::span<command const* const> all_commands() {
  static constexpr std::array list{&reconstruct_command, &integrate_command, &backproject_command, &inspect_command,
                                   &plot_command,        &simulate_command,  &bench_command};
  return list;
}

command const& find_command(std::string_view name) {
  std::vector<std::string_view> names;
  for (auto const* which : all_commands()) {
    if (which->name == name) return *which;
    names.push_back(which->name);
  }
  std::string const near = near_name(name, names);
  throw usage_error("there is no command '" + std::string(name) + "'; " +
                    (near.empty() ? "see xrdct --help" : "did you mean '" + near + "'?"));
}

void print(std::string_view text) {
  bool const written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) != 0 || !written) throw runtime_failure("writing to standard output failed");
}

}  // namespace xrdct::app
