#pragma once
/// \file Arguments of benchmarks besides those of Google Benchmark.

#include <algorithm>
#include <cstring>
#include <string>

namespace xrdct::benchmarks {

/// Takes the value of --name=VALUE out of the arguments, if it is there.
inline std::string take(char const* name, std::string otherwise, int& count, char** arguments) {
  auto const length = std::strlen(name);
  for (int i = 1; i < count; ++i) {
    if (std::strncmp(arguments[i], name, length) != 0) continue;
    otherwise = arguments[i] + length;
    std::copy(arguments + i + 1, arguments + count, arguments + i);
    --count;
  }
  return otherwise;
}

}  // namespace xrdct::benchmarks
