#pragma once
/// \file What the records of a checkpoint's shards hold.

#include "xrdct/pipeline/frame_records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace xrdct {

/// Kinds of records.
enum class kept_kind : std::uint32_t {
  identity = 1,  ///< text of the run's identity; the first record of a shard
  frame = 2,     ///< a frame's sums; its number is the key
  mark = 3,      ///< how far the attempt was
  state = 4,     ///< of an iterative solver
};

/// What a frame has besides its sums.
struct kept_frame {
  frame_status status = frame_status::ok;
  std::uint32_t detectors = 0;  ///< whose sums are in it: those of the first so many
  std::uint32_t cause = 0;
  std::uint32_t saturated = 0;
  double raw_sum = 0;
  bool has_sums = false;  ///< else they are all 0, and not stored

  static constexpr std::size_t bytes = 32;
};

std::vector<std::byte> packed(kept_frame const& frame);
/// Of a payload; nothing where it is none. The sums, `values` of them, follow: bytes from kept_frame::bytes on.
std::optional<kept_frame> unpacked_frame(std::span<std::byte const> payload, std::size_t values);

/// How far a rank was in its attempt when it wrote this.
struct kept_mark {
  std::uint32_t rank = 0;
  std::uint32_t ranks = 0;
  std::uint64_t reduced = 0;  ///< frames, once for every detector
  double seconds = 0;         ///< since the attempt began to reduce

  static constexpr std::size_t bytes = 24;
};

std::vector<std::byte> packed(kept_mark const& mark);
std::optional<kept_mark> unpacked_mark(std::span<std::byte const> payload);

/// Whose state a record holds.
struct kept_state {
  std::uint64_t layer = 0;
  std::uint64_t first = 0;  ///< bin
  std::uint64_t count = 0;  ///< of bins
  std::uint32_t worker = 0;
  std::uint32_t workers = 1;  ///< that shared the rotations, each with a state of its own
  std::int32_t iteration = 0;
  bool is_final = false;  ///< nothing is left to be done, and no worker has anything that others have not

  static constexpr std::size_t bytes = 40;
  void fields(auto& archive) { archive(layer, first, count, worker, workers, iteration, is_final); }
};

std::vector<std::byte> packed(kept_state const& state);
/// Of a payload; nothing where it is none. The state follows: bytes from kept_state::bytes on.
std::optional<kept_state> unpacked_state(std::span<std::byte const> payload);

}  // namespace xrdct
