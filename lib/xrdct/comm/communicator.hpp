#pragma once
/// \file The ranks of the program: who they are, and what they tell each other all together.

#include "xrdct/base/pack.hpp"

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace xrdct {

/// A group of ranks; copies share it. The default one is this process alone and calls no MPI, so that nobody has to ask
/// which it is. Members that communicate are collective, are called by the main thread, and throw runtime_failure when
/// MPI fails.
class communicator {
 public:
  communicator() = default;
  /// Ranks of a communicator that somebody else keeps and frees (MPI_COMM_WORLD). Its errors return from now on.
  static communicator borrowed(MPI_Comm handle);

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool root() const { return rank_ == 0; }
  /// For libraries that take a communicator: MPI_COMM_NULL where this process is alone without MPI.
  MPI_Comm handle() const { return shared_ ? *shared_ : MPI_COMM_NULL; }

  void barrier() const;
  /// Rank `from`'s bytes to everyone; of any length.
  void broadcast(std::vector<std::byte>& bytes, int from = 0) const;
  /// Everyone's bytes to rank 0, by rank; nothing on the others.
  std::vector<std::vector<std::byte>> gather(std::vector<std::byte> const& bytes) const;
  /// Every element over all ranks, in place.
  void sum(std::span<std::uint64_t> values) const;
  void maximum(std::span<double> values) const;
  std::int64_t minimum(std::int64_t value) const;
  std::int64_t maximum(std::int64_t value) const;

  /// The ranks that pass the same colour, in the same order.
  communicator split(int colour) const;
  /// A communicator of the same ranks whose messages do not meet those of this one.
  communicator duplicate() const;
  /// The ranks that share this one's memory.
  communicator node() const;

  /// Rank `from`'s value to everyone (anything that xrdct/base/pack.hpp can pack).
  template <class T>
  void share(T& value, int from = 0) const {
    if (size_ == 1) return;
    std::vector<std::byte> bytes;
    if (rank_ == from) {
      packer pack(large_bytes);
      pack(value);
      bytes = pack.take();
      broadcast(bytes, from);
      // MPI takes what it only reads as what it writes.
      for (auto const part : pack.apart()) broadcast_in_place(const_cast<std::byte*>(part.data()), part.size(), from);
    } else {
      broadcast(bytes, from);
      unpacker unpack(bytes);
      unpack(value);
      for (auto const part : unpack.apart()) broadcast_in_place(part.data(), part.size(), from);
    }
  }

  /// Everyone's value to rank 0, by rank; nothing on the others.
  template <class T>
  std::vector<T> collect(T const& value) const {
    packer pack;
    pack(value);
    std::vector<T> values;
    for (auto const& bytes : gather(pack.take())) {
      unpacker unpack(bytes);
      unpack(values.emplace_back());
    }
    return values;
  }

 private:
  static constexpr std::size_t large_bytes = std::size_t{1} << 20;  // vectors of that size are not copied to be shared
  static communicator owned(MPI_Comm handle);
  void broadcast_in_place(std::byte* bytes, std::size_t size, int from) const;
  std::shared_ptr<MPI_Comm> shared_;
  int rank_ = 0;
  int size_ = 1;
};

/// Throws runtime_failure with MPI's own words unless `code` is MPI_SUCCESS; `what` says what was tried ("sending a
/// part of the sinogram").
void check_mpi(int code, char const* what);

}  // namespace xrdct
