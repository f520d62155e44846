#pragma once
/// \file Compressed results: every rank compresses its chunks, rank 0 writes them.

#include "xrdct/io/slab_chunks.hpp"

#include <mpi.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace xrdct {

/// The other way to fill what lay_out() made, with the same meaning as slab_writer: for files whose arrays are
/// compressed. HDF5 1.10 writes filtered chunks through MPI-IO only in two-phase collective calls, in which ranks wait
/// for ever for one whose file system fails; and chunks that are written compressed already (H5Dwrite_chunk) get lost
/// there but for one rank's. Here rank 0 alone has the file open. A chunk that several ranks or calls fill is put
/// together by rank 0: so many that lie on the borders between ranks' rows may be in its memory.
class chunk_gatherer {
 public:
  chunk_gatherer(std::string const& path, MPI_Comm ranks);
  ~chunk_gatherer();
  chunk_gatherer(chunk_gatherer const&) = delete;
  chunk_gatherer& operator=(chunk_gatherer const&) = delete;

  void write(std::string const& dataset, std::uint64_t first, std::uint64_t count, std::span<float const> values,
             std::span<std::uint64_t const> part);
  void close();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace xrdct
