#include "xrdct/io/chunk_gatherer.hpp"
#include "xrdct/io/disk_space.hpp"
#include "xrdct/io/early_flush.hpp"
#include "xrdct/io/hdf5.hpp"
#include "xrdct/io/rank_agreement.hpp"
#include "xrdct/io/result_file.hpp"
#include "xrdct/io/slab_chunks.hpp"
#include "xrdct/io/slab_rows.hpp"

#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace xrdct {

using hdf5::handle;

struct slab_writer::state {
  std::string path;
  MPI_Comm ranks = MPI_COMM_NULL;
  std::optional<early_flush> to_disk;  // closed after the file: that would give up what MPI-IO may have locked
  handle file;
  std::unique_ptr<chunk_gatherer> compressed;  // does all the work where there is one

  bool alone() const { return ranks == MPI_COMM_NULL; }
  bool several() const {
    int size = 1;
    return !alone() && MPI_Comm_size(ranks, &size) == MPI_SUCCESS && size > 1;
  }

  void agree(std::string const& problem) const { agree_on_problem(ranks, path, problem); }

  std::string problem(std::string const& what) const {
    return "cannot " + what + " '" + path + "': " + hdf5::failure() + disk_space_hint(path);
  }

  /// This rank's part of a write; what went wrong, or "".
  std::string write(hid_t dataset, std::string const& what, slab_rows const& rows) const {
    auto const extent = hdf5::extent_of(dataset);
    if (!rows.fit(extent))
      return "cannot " + what + " '" + path + "': " + rows.text() + " make no sense for the extent " +
             hdf5::text_of(extent);
    if (rows.values.empty()) return "";
    handle const properties(H5Dget_create_plist(dataset), H5Pclose);
    extents chunk(extent.size());
    if (H5Pget_chunk(properties.id(), static_cast<int>(chunk.size()), chunk.data()) < 0) return problem(what);
    handle const space(H5Dget_space(dataset), H5Sclose);
    auto const fixed = static_cast<std::ptrdiff_t>(rows.part.size());
    extents const row_extent(extent.begin() + fixed, extent.end());
    extents const row_chunk(chunk.begin() + fixed, chunk.end());
    std::string wrong;
    for_each_chunk(
        row_extent, row_chunk, rows.first, rows.count, rows.values, [&](auto at, auto size, auto const& some) {
          at.insert(at.begin(), rows.part.begin(), rows.part.end());
          size.insert(size.begin(), rows.part.size(), 1);
          // Of the same shape as in the file: otherwise HDF5 goes through the values one by one (measured: 40 MB/s).
          handle const memory(H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr), H5Sclose);
          if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, at.data(), nullptr, size.data(), nullptr) < 0 ||
              H5Dwrite(dataset, H5T_NATIVE_FLOAT, memory.id(), space.id(), H5P_DEFAULT, some.data()) < 0)
            wrong = problem(what);
          return wrong.empty();
        });
    return wrong;
  }
};

slab_writer::slab_writer(std::string const& path, MPI_Comm ranks, chunk_compression how)
    : state_(std::make_unique<state>()) {
  hdf5::start();
  auto& s = *state_;
  s.path = path;
  s.ranks = ranks;
  if (how != chunk_compression::none) {
    s.compressed = std::make_unique<chunk_gatherer>(path, ranks);
    return;
  }
  handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  bool const set = s.alone() || H5Pset_fapl_mpio(access.id(), ranks, MPI_INFO_NULL) >= 0;
  s.agree(set ? "" : s.problem("prepare parallel writing to"));
  // Where one rank cannot open the file, the others would wait for it in the collective opening for ever.
  bool const there = ::access(path.c_str(), R_OK | W_OK) == 0;
  s.agree(there ? "" : "cannot open '" + path + "': " + std::error_code(errno, std::generic_category()).message());
  s.file = handle(H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose);
  s.agree(s.file ? "" : s.problem("open"));
  s.to_disk.emplace(path);
}

// Several ranks close a file together. One that leaves it by an error of its own would wait for the others in closing
// it, and not come to say why; nobody uses what was written so far.
slab_writer::~slab_writer() {
  if (state_ && state_->several()) static_cast<void>(state_->file.release());
}

// Every rank writes for itself, a chunk (or its part of one) a call, from memory in the order of the file; only then do
// they agree. With MPI-IO's two-phase collective writing, a rank whose file system fails leaves the others waiting for
// it for ever (measured with Open MPI 4.1), and bands of rows are contiguous in the file anyway.
void slab_writer::write(std::string const& dataset, std::uint64_t first, std::uint64_t count,
                        std::span<float const> values, std::span<std::uint64_t const> part) {
  auto& s = *state_;
  if (s.compressed) return s.compressed->write(dataset, first, count, values, part);
  std::string const what = "write '" + dataset + "' to";
  handle const opened(H5Dopen2(s.file.id(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  s.agree(opened ? "" : s.problem(what));
  std::string wrong;
  try {
    wrong = s.write(opened.id(), what, {part, first, count, values});
  } catch (std::exception const& e) {
    wrong = "cannot " + what + " '" + s.path + "': " + e.what();
  }
  s.agree(wrong);
  s.to_disk->wrote(values.size_bytes());
}

void slab_writer::close() {
  auto& s = *state_;
  if (s.compressed) return s.compressed->close();
  if (!s.file) return;
  bool const flushed = H5Fflush(s.file.id(), H5F_SCOPE_GLOBAL) >= 0;
  std::string wrong = flushed ? "" : s.problem("flush");
  if (!s.file.close() && wrong.empty()) wrong = s.problem("close");
  s.to_disk.reset();
  s.agree(wrong);
}

}  // namespace xrdct
