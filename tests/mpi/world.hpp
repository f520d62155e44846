#pragma once
/// \file The ranks that run a test program together.

#include "xrdct/comm/communicator.hpp"

namespace xrdct::test {

/// All ranks of the program; every test runs on all of them.
communicator const& world();

}  // namespace xrdct::test
