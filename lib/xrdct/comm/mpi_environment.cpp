#include "xrdct/comm/mpi_environment.hpp"

#include "xrdct/base/error.hpp"

#include <cstdlib>
#include <string>

namespace xrdct {
namespace {

char const* variable(char const* name) { return std::getenv(name); }  // NOLINT(concurrency-mt-unsafe)

/// The number of tasks that a launcher says it started; 0: nobody launched us.
/// mpirun under Slurm starts its daemons with srun, whose variables the ranks inherit: Open MPI's own go first.
int launched_tasks() {
  for (char const* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})
    if (char const* const tasks = variable(name)) return std::atoi(tasks);
  return 0;
}

/// A process manager that MPI can talk to has started this process, or a step of several tasks.
bool launched() {
  return variable("OMPI_COMM_WORLD_RANK") != nullptr || variable("PMIX_RANK") != nullptr ||
         variable("PMI_RANK") != nullptr || launched_tasks() > 1;
}

}  // namespace

mpi_environment::mpi_environment() {
  if (!launched()) return;
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "starting");
  world_ = communicator::borrowed(MPI_COMM_WORLD);
  std::string problem;
  if (provided < MPI_THREAD_FUNNELED)
    problem = "this MPI does not allow threads besides the one that communicates; use one with MPI_THREAD_FUNNELED";
  else if (world_.size() == 1 && launched_tasks() > 1)
    problem = "the launcher started " + std::to_string(launched_tasks()) +
              " tasks, but MPI sees one in each, so that all would do the same work: launch with mpirun or with srun "
              "--mpi=pmix";
  if (problem.empty()) return;
  world_ = {};
  MPI_Finalize();
  throw runtime_failure(problem);
}

mpi_environment::~mpi_environment() {
  bool const started = world_.handle() != MPI_COMM_NULL;
  world_ = {};
  if (started) MPI_Finalize();
}

}  // namespace xrdct
