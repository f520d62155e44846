#pragma once
/// \file Patterns of all ranks to those who need them by the links of devices, instead of by MPI.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace xrdct {

/// How much goes from whom to whom, in rounds: in round i, rank a gives rank b ≠ a `rows[i][a]` rows of `lengths[b]`
/// bytes. Ranks that share a device are a team. The same on all ranks.
struct gather_shape {
  std::vector<std::vector<std::uint64_t>> rows;  ///< [round][rank]
  std::vector<std::uint64_t> lengths;            ///< [rank]
  std::vector<int> teams;                        ///< [rank]: 0, 1, …, without gaps
};

/// Rows in the memory of the host.
struct host_rows {
  std::byte* data = nullptr;
  std::uint64_t rows = 0;
  std::uint64_t length = 0;  ///< bytes
  std::uint64_t stride = 0;  ///< bytes from one to the next
};

/// How ranks come together before they have a transport. All members are collective over all ranks.
struct bootstrap {
  virtual ~bootstrap() = default;
  virtual int rank() const = 0;
  /// Rank `from`'s bytes to everyone; as many on all.
  virtual void share(std::span<std::byte> bytes, int from) = 0;
  /// Whether it holds on all ranks.
  virtual bool all(bool mine) = 0;
};

/// Goes through the rounds of a shape, in order. To be destroyed on all ranks at about the same time, before the device
/// that it was made of.
struct transport {
  virtual ~transport() = default;
  /// "NCCL among 4 devices, CUDA IPC among the ranks of each".
  virtual std::string description() const = 0;
  /// The next round may begin: what this rank gives to each rank, and where what comes from each goes; its own place is
  /// not looked at. The memory is left alone until the round is over.
  virtual void start(std::vector<host_rows> give, std::vector<host_rows> take) = 0;
  /// Moves on. True when all rounds that were started are over here. Throws std::runtime_error.
  virtual bool poll() = 0;
};

}  // namespace xrdct
