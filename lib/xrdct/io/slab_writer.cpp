#include "xrdct/base/error.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/result_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <limits>
#include <string>
#include <vector>

namespace xrdct {
namespace {

using hdf5::handle;

/// One call's part of a slab.
struct piece {
  std::vector<hsize_t> first, count;
  std::uint64_t offset = 0;  // of its first value in the slab
};

/// A slab of whole rows of dimension `d`, in pieces of at most `most` values that are contiguous in memory.
class cutter {
 public:
  cutter(std::vector<hsize_t> const& extent, std::uint64_t most) : extent_(extent), most_(most) {}

  std::vector<piece> cut(hsize_t first, hsize_t count) {
    std::vector<hsize_t> at(extent_.size(), 0);
    std::vector<hsize_t> size = extent_;
    cut(0, first, count, at, size);
    return std::move(pieces_);
  }

 private:
  void cut(std::size_t d, hsize_t first, hsize_t count, std::vector<hsize_t>& at, std::vector<hsize_t>& size) {
    std::uint64_t row = 1;
    for (std::size_t i = d + 1; i < extent_.size(); ++i) row *= extent_[i];
    bool const last = d + 1 == extent_.size();
    hsize_t rows = std::max<std::uint64_t>(most_ / row, 1);
    if (rows > whole_) rows -= rows % whole_;
    for (hsize_t done = 0; done < count; done += rows) {
      rows = std::min(rows, count - done);
      at[d] = first + done;
      size[d] = rows;
      if (row > most_ && !last) {
        cut(d + 1, 0, extent_[d + 1], at, size);
        at[d + 1] = 0;
        size[d + 1] = extent_[d + 1];
      } else {
        pieces_.push_back({at, size, offset_});
        offset_ += rows * row;
      }
    }
  }

  static constexpr hsize_t whole_ = 16;  // rows of a chunk: pieces end with them where they can
  std::vector<hsize_t> const& extent_;
  std::uint64_t most_;
  std::uint64_t offset_ = 0;
  std::vector<piece> pieces_;
};

}  // namespace

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
      int rank = 0;
      MPI_Comm_rank(ranks, &rank);
      int mine = problem.empty() ? std::numeric_limits<int>::max() : rank;
      int teller = 0;
      MPI_Allreduce(&mine, &teller, 1, MPI_INT, MPI_MIN, ranks);
      if (teller == std::numeric_limits<int>::max()) return;
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
};

slab_writer::slab_writer(std::string const& path, MPI_Comm ranks) : state_(std::make_unique<state>()) {
  hdf5::start();
  auto& s = *state_;
  s.path = path;
  s.ranks = ranks;
  handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  herr_t const set = s.alone() ? 0 : H5Pset_fapl_mpio(access.id(), ranks, MPI_INFO_NULL);
  s.agree(set < 0 ? s.problem("prepare parallel writing to") : "");
  s.file = handle(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose);
  s.agree(!s.file ? s.problem("open") : "");
}

slab_writer::~slab_writer() = default;

void slab_writer::write(std::string const& dataset, std::uint64_t first, std::uint64_t count,
                        std::span<float const> values) {
  constexpr std::uint64_t most_values = (std::uint64_t(256) << 20) / sizeof(float);
  auto const& s = *state_;
  std::string const what = "write '" + dataset + "' to";
  handle const opened(H5Dopen2(s.file.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  s.agree(!opened ? s.problem(what) : "");

  std::string wrong;
  std::vector<piece> pieces;
  try {
    auto const extent = hdf5::extent_of(opened.id());
    std::uint64_t row = 1;
    for (std::size_t d = 1; d < extent.size(); ++d) row *= extent[d];
    if (extent.empty() || count > extent[0] || first > extent[0] - count ||
        values.size() / std::max<std::uint64_t>(row, 1) != count || values.size() != count * row)
      wrong = "cannot " + what + " '" + s.path + "': rows " + std::to_string(first) + " to " +
              std::to_string(first + count) + " of " + hdf5::text_of(extent) + " with " +
              std::to_string(values.size()) + " values make no sense";
    else if (!values.empty())
      pieces = cutter(extent, most_values).cut(first, count);
  } catch (std::exception const& e) {
    wrong = e.what();
  }
  s.agree(wrong);

  handle const transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  herr_t const set = s.alone() ? 0 : H5Pset_dxpl_mpio(transfer.id(), H5FD_MPIO_COLLECTIVE);
  s.agree(set < 0 ? s.problem(what) : "");
  auto const calls = s.most_of_all(pieces.size());
  for (std::uint64_t i = 0; i < calls; ++i) {
    handle const space(H5Dget_space(opened.id()), H5Sclose);
    hsize_t const n = i < pieces.size() ? [&] {
      hsize_t all = 1;
      for (auto const c : pieces[i].count) all *= c;
      return all;
    }() : 0;
    hsize_t const one = std::max<hsize_t>(n, 1);
    handle const memory(H5Screate_simple(1, &one, nullptr), H5Sclose);
    if (n > 0) {
      H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, pieces[i].first.data(), nullptr, pieces[i].count.data(), nullptr);
    } else {
      H5Sselect_none(space.id());
      H5Sselect_none(memory.id());
    }
    float const nothing = 0;
    float const* const from = n > 0 ? values.data() + pieces[i].offset : &nothing;
    herr_t const written = H5Dwrite(opened.id(), H5T_NATIVE_FLOAT, memory.id(), space.id(), transfer.id(), from);
    s.agree(written < 0 ? s.problem(what) : "");
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
