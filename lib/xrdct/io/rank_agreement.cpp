#include "xrdct/io/rank_agreement.hpp"

#include "xrdct/base/error.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace xrdct {

void need_mpi(int code, std::string const& path) {
  if (code != MPI_SUCCESS) throw runtime_failure("MPI failed while '" + path + "' was written");
}

void agree_on_problem(MPI_Comm ranks, std::string const& path, std::string const& problem) {
  std::string first = problem;
  if (ranks != MPI_COMM_NULL) {
    constexpr int nobody = std::numeric_limits<int>::max();
    int rank = 0;
    MPI_Comm_rank(ranks, &rank);
    int const mine = problem.empty() ? nobody : rank;
    int teller = nobody;
    need_mpi(MPI_Allreduce(&mine, &teller, 1, MPI_INT, MPI_MIN, ranks), path);
    if (teller == nobody) return;
    std::array<char, 1024> text{};
    if (rank == teller) std::memcpy(text.data(), problem.data(), std::min(problem.size(), text.size() - 1));
    need_mpi(MPI_Bcast(text.data(), static_cast<int>(text.size()), MPI_CHAR, teller, ranks), path);
    first = text.data();
  }
  if (!first.empty()) throw runtime_failure(first);
}

}  // namespace xrdct
