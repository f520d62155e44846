#pragma once
/// \file The tomographs that one suite of tests runs over.

#include "xrdct/kernels/tomograph.hpp"

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace xrdct::test {

struct tomograph_backend {
  std::string name;
  std::function<std::unique_ptr<tomograph>(scan_geometry const&)> make;
  double tolerance = 0;  ///< of the largest value of a channel
};

inline void PrintTo(tomograph_backend const& backend, std::ostream* out) { *out << backend.name; }

/// "reference", "cpu" with 1, 2 and 3 threads, and what devices with lanes run, by groups of one lane.
std::vector<tomograph_backend> const& tomograph_backends();
tomograph_backend const& tomograph_backend_named(std::string const& name);

/// What `cpu` runs on, as Highway calls it. The environment variable XRDCT_TEST_SIMD limits it.
std::string tomograph_instructions();

}  // namespace xrdct::test
