#pragma once
/// \file Where and by what something was measured.

#include <string>

namespace xrdct {

struct machine {
  std::string host;
  std::string system;     ///< "Linux 6.1.0"
  std::string processor;  ///< its model
  int cores = 0;          ///< that the system runs threads on
  int allowed_cores = 0;  ///< those that this process may use
  std::string memory;     ///< in all
  std::string program;    ///< "xrdct 0.1.0"
  std::string compiler;
  std::string lz4, hdf5, mpi;  ///< versions
  std::string date;            ///< ISO 8601, UTC
};

/// "?" or 0 where the system does not say.
machine this_machine();

}  // namespace xrdct
