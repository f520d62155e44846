#pragma once
/// \file What went wrong on one of the ranks that write a file together.

#include <mpi.h>

#include <string>

namespace xrdct {

/// Throws runtime_failure where MPI did not do as it was told while `path` was written.
void need_mpi(int code, std::string const& path);

/// Every rank learns what went wrong on the first rank where something did ("": nothing), and throws it as
/// runtime_failure: none waits for another. One process alone passes MPI_COMM_NULL.
void agree_on_problem(MPI_Comm ranks, std::string const& path, std::string const& problem);

}  // namespace xrdct
