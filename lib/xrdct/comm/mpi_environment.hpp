#pragma once
/// \file MPI for the length of the program, where a launcher wants it.

#include "xrdct/comm/communicator.hpp"

namespace xrdct {

/// Made first and destroyed last in main(). MPI is initialised (MPI_THREAD_FUNNELED) only where a launcher (mpirun,
/// srun) started this process: without one it is not touched. Throws runtime_failure where a launcher started several
/// tasks and MPI sees only one (a wrong `srun --mpi=`), because each would do the whole job.
class mpi_environment {
 public:
  mpi_environment();
  /// Finalises. Every communicator but copies of world() must be gone by then.
  ~mpi_environment();
  mpi_environment(mpi_environment const&) = delete;
  mpi_environment& operator=(mpi_environment const&) = delete;

  /// All ranks, or this process alone.
  communicator const& world() const { return world_; }

 private:
  communicator world_;
};

}  // namespace xrdct
