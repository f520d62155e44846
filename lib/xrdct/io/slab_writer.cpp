#include "xrdct/base/error.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/io/slab_pieces.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace xrdct {

using hdf5::handle;

struct slab_writer::state {
  std::string path;
  MPI_Comm ranks = MPI_COMM_NULL;
  handle file;

  bool alone() const { return ranks == MPI_COMM_NULL; }

  std::uint64_t most_of_all(std::uint64_t mine) const {
    if (alone()) return mine;
    std::uint64_t most = 0;
    MPI_Allreduce(&mine, &most, 1, MPI_UINT64_T, MPI_MAX, ranks);
    return most;
  }

  /// Every rank learns what went wrong on the first rank where something did, and throws: none waits for another.
  void agree(std::string const& problem) const {
    std::string first = problem;
    if (!alone()) {
      constexpr int nobody = std::numeric_limits<int>::max();
      int rank = 0;
      MPI_Comm_rank(ranks, &rank);
      int const mine = problem.empty() ? nobody : rank;
      int teller = nobody;
      MPI_Allreduce(&mine, &teller, 1, MPI_INT, MPI_MIN, ranks);
      if (teller == nobody) return;
      std::array<char, 1024> text{};
      if (rank == teller) std::memcpy(text.data(), problem.data(), std::min(problem.size(), text.size() - 1));
      MPI_Bcast(text.data(), static_cast<int>(text.size()), MPI_CHAR, teller, ranks);
      first = text.data();
    }
    if (!first.empty()) throw runtime_failure(first);
  }

  std::string problem(std::string const& what) const {
    return "cannot " + what + " '" + path + "': " + hdf5::failure() + disk_space_hint(path);
  }

  /// The pieces of a slab; `wrong` says why there are none.
  std::vector<slab_piece> pieces_of(hid_t dataset, std::uint64_t first, std::uint64_t count, std::uint64_t values,
                                    std::string& wrong) const {
    constexpr std::uint64_t most_values = (std::uint64_t(256) << 20) / sizeof(float);
    auto const extent = hdf5::extent_of(dataset);
    std::uint64_t row = 1;
    for (std::size_t d = 1; d < extent.size(); ++d) row *= extent[d];
    bool const fits = !extent.empty() && count <= extent[0] && first <= extent[0] - count && values == count * row;
    if (!fits)
      wrong = "rows " + std::to_string(first) + " and the " +
              std::to_string(count - std::min<std::uint64_t>(count, 1)) + " after it, with " + std::to_string(values) +
              " values, make no sense for the extent " + hdf5::text_of(extent);
    return fits && values > 0 ? cut_slab(extent, first, count, most_values) : std::vector<slab_piece>();
  }

  /// Collective. `piece` is null on a rank that has nothing to write.
  bool write(hid_t dataset, hid_t transfer, slab_piece const* piece, std::span<float const> values) const {
    float const nothing = 0;
    hsize_t const size = piece != nullptr ? piece->values : 1;
    handle const space(H5Dget_space(dataset), H5Sclose);
    handle const memory(H5Screate_simple(1, &size, nullptr), H5Sclose);
    bool const selected = piece != nullptr ? H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, piece->first.data(),
                                                                 nullptr, piece->count.data(), nullptr) >= 0
                                           : H5Sselect_none(space.id()) >= 0 && H5Sselect_none(memory.id()) >= 0;
    float const* const from = piece != nullptr ? values.data() + piece->offset : &nothing;
    return H5Dwrite(dataset, H5T_NATIVE_FLOAT, memory.id(), space.id(), transfer, from) >= 0 && selected;
  }
};

slab_writer::slab_writer(std::string const& path, MPI_Comm ranks) : state_(std::make_unique<state>()) {
  hdf5::start();
  auto& s = *state_;
  s.path = path;
  s.ranks = ranks;
  handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  bool const set = s.alone() || H5Pset_fapl_mpio(access.id(), ranks, MPI_INFO_NULL) >= 0;
  s.agree(set ? "" : s.problem("prepare parallel writing to"));
  s.file = handle(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose);
  s.agree(s.file ? "" : s.problem("open"));
}

slab_writer::~slab_writer() = default;

void slab_writer::write(std::string const& dataset, std::uint64_t first, std::uint64_t count,
                        std::span<float const> values) {
  auto const& s = *state_;
  std::string const what = "write '" + dataset + "' to";
  handle const opened(H5Dopen2(s.file.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  s.agree(opened ? "" : s.problem(what));
  handle const transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  bool const set = s.alone() || H5Pset_dxpl_mpio(transfer.id(), H5FD_MPIO_COLLECTIVE) >= 0;
  s.agree(set ? "" : s.problem(what));
  std::string wrong;
  auto const pieces = s.pieces_of(opened.id(), first, count, values.size(), wrong);
  s.agree(wrong.empty() ? "" : "cannot " + what + " '" + s.path + "': " + wrong);

  // All ranks make as many calls as the one with the most pieces.
  auto const calls = s.most_of_all(pieces.size());
  for (std::uint64_t i = 0; i < calls; ++i) {
    bool const written = s.write(opened.id(), transfer.id(), i < pieces.size() ? &pieces[i] : nullptr, values);
    s.agree(written ? "" : s.problem(what));
  }
}

void slab_writer::close() {
  auto& s = *state_;
  if (!s.file) return;
  bool const flushed = H5Fflush(s.file.id(), H5F_SCOPE_GLOBAL) >= 0;
  std::string wrong = flushed ? "" : s.problem("flush");
  if (!s.file.close() && wrong.empty()) wrong = s.problem("close");
  s.agree(wrong);
}

}  // namespace xrdct
