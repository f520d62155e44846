#pragma once
/// \file Byte offset, decoded by many lanes at once: differences of one byte, or, announced by the lowest number of a
/// length, of the next length (SEMANTICS §7).
///
/// Where a difference begins depends on all before it, as do the values. So payloads are cut into pieces, and each is
/// looked at three times, with a scan over pieces after the first two:
///   map_pieces     where the next piece is entered, for all places at which this one might be entered,
///   enter_pieces   where each is entered indeed: such maps are composed,
///   sum_pieces     how many values a piece has, and their sum,
///   place_pieces   the number and the value that each begins with,
///   write_pieces   its values.
/// J. Kieffer, S. Petitdemange and T. Vincent, J. Synchrotron Rad. 25 (2018) 612, do the same with marks instead of
/// maps, and have 16-bit escapes in runs decoded by single threads; maps need no such case.

#include "kernels/lanes/engine.hpp"
#include "kernels/lanes/frame_slots.hpp"

#include <cstdint>

namespace xrdct::lanes {

inline constexpr std::uint64_t payload_piece = 256;
/// The longest difference takes 1 + 2 + 4 + 8 bytes, so that it ends up to 14 bytes behind its piece.
inline constexpr std::uint32_t piece_entries = 15;

/// Payloads in the memory of a device, and what is known of their pieces: all arrays are [frame][pieces].
struct byte_offset_pieces {
  std::uint8_t const* bytes = nullptr;
  frame_slot const* slots = nullptr;
  std::size_t pieces = 0;         ///< of the longest payload
  std::uint64_t* maps = nullptr;  ///< 4 bits for each entry: where the next piece is entered
  std::uint8_t* entries = nullptr;
  std::uint32_t* counts = nullptr;
  std::uint64_t* sums = nullptr;
  std::uint64_t* first = nullptr;   ///< the number of a piece's first value
  std::uint64_t* before = nullptr;  ///< the value before that

  XRDCT_HOST_DEVICE bool has(frame_slot const& slot, std::size_t piece) const {
    return slot.kind == frame_kind::differences && piece * payload_piece < slot.size;
  }
};

/// Reads differences from a place on.
class difference_reader {
 public:
  XRDCT_HOST_DEVICE difference_reader(std::uint8_t const* payload, std::uint64_t size, std::uint64_t at)
      : payload_(payload), size_(size), at_(at) {}

  XRDCT_HOST_DEVICE std::uint64_t at() const { return at_; }
  /// The next one. False, and at() as it was, where the payload ends before it does.
  XRDCT_HOST_DEVICE bool next(std::uint64_t& difference) {
    auto at = at_;
    for (std::uint32_t length = 1; length <= 8; length *= 2) {
      if (at > size_ || size_ - at < length) return false;
      difference = load(at, length);
      at += length;
      if (length == 8 || difference != lowest(length)) break;
    }
    at_ = at;
    return true;
  }

 private:
  // With its sign.
  XRDCT_HOST_DEVICE std::uint64_t load(std::uint64_t at, std::uint32_t length) const {
    std::uint64_t bits = 0;
    for (std::uint32_t i = 0; i < length; ++i) bits |= std::uint64_t{payload_[at + i]} << 8 * i;
    auto const sign = std::uint64_t{1} << (8 * length - 1);
    return (bits ^ sign) - sign;
  }
  XRDCT_HOST_DEVICE static std::uint64_t lowest(std::uint32_t length) { return ~std::uint64_t{0} << (8 * length - 1); }

  std::uint8_t const* payload_;
  std::uint64_t size_, at_;
};

/// A group a piece: lanes are the entries.
struct map_pieces {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 1;
  byte_offset_pieces p;

  std::size_t launched() const { return (batch_frames * p.pieces + groups - 1) / groups; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const i = at.block * groups + at.group;
    if (i >= batch_frames * p.pieces) return;
    auto const slot = p.slots[i / p.pieces];
    auto const piece = i % p.pieces;
    if (!p.has(slot, piece)) return;
    std::uint64_t map = 0;
    for (std::uint32_t first = 0; first < tile; first += lanes.size()) {
      auto const entry = first + lanes.rank();
      std::uint64_t const left = entry < piece_entries ? leave(slot, piece, entry) : 0;
      for (std::uint32_t k = 0; k < lanes.size() && first + k < piece_entries; ++k)
        map |= lanes.shuffle(left, k) << 4 * (first + k);
    }
    if (lanes.rank() == 0) p.maps[i] = map;
  }

 private:
  XRDCT_HOST_DEVICE std::uint64_t leave(frame_slot const& slot, std::size_t piece, std::uint32_t entry) const {
    auto const end = (piece + 1) * payload_piece;
    difference_reader reader(p.bytes + slot.begin, slot.size, piece * payload_piece + entry);
    std::uint64_t difference = 0;
    while (reader.at() < end && reader.next(difference)) {
    }
    return reader.at() < end ? 0 : reader.at() - end;  // the payload ends here: no piece follows
  }
};

/// Map `second` after map `first`.
XRDCT_HOST_DEVICE inline std::uint64_t compose(std::uint64_t first, std::uint64_t second) {
  std::uint64_t map = 0;
  for (std::uint32_t entry = 0; entry < piece_entries; ++entry)
    map |= (second >> 4 * (first >> 4 * entry & 15) & 15) << 4 * entry;
  return map;
}

/// A group a frame: lanes are pieces.
struct enter_pieces {
  static constexpr std::uint32_t groups = 1;
  static constexpr int phases = 1;
  byte_offset_pieces p;

  std::size_t launched() const { return batch_frames; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const slot = p.slots[at.block];
    std::uint64_t entry = 0;  // of the next piece
    for (std::size_t first = 0; first < p.pieces && p.has(slot, first); first += lanes.size()) {
      auto const piece = first + lanes.rank();
      auto const i = at.block * p.pieces + piece;
      bool const there = piece < p.pieces && p.has(slot, piece);
      auto map = there ? p.maps[i] : 0;
      for (std::uint32_t d = 1; d < lanes.size(); d *= 2) {
        auto const earlier = lanes.shuffle_up(map, d);
        if (lanes.rank() >= d) map = compose(earlier, map);
      }
      auto const left = map >> 4 * entry & 15;
      auto const entered = lanes.shuffle_up(left, 1);
      if (there) p.entries[i] = static_cast<std::uint8_t>(lanes.rank() == 0 ? entry : entered);
      entry = lanes.shuffle(left, lanes.size() - 1);
    }
  }
};

/// A lane a piece.
struct sum_pieces {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 1;
  byte_offset_pieces p;

  std::size_t launched() const { return (batch_frames * p.pieces + groups * tile - 1) / (groups * tile); }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    for (auto l = lanes.rank(); l < tile; l += lanes.size()) {
      auto const i = (at.block * groups + at.group) * tile + l;
      if (i >= batch_frames * p.pieces) return;
      auto const slot = p.slots[i / p.pieces];
      auto const piece = i % p.pieces;
      if (!p.has(slot, piece)) continue;
      difference_reader reader(p.bytes + slot.begin, slot.size, piece * payload_piece + p.entries[i]);
      std::uint32_t count = 0;
      std::uint64_t sum = 0, difference = 0;
      for (; reader.at() < (piece + 1) * payload_piece && reader.next(difference); ++count) sum += difference;
      p.counts[i] = count;
      p.sums[i] = sum;
    }
  }
};

/// A group a frame: lanes are pieces.
struct place_pieces {
  static constexpr std::uint32_t groups = 1;
  static constexpr int phases = 1;
  byte_offset_pieces p;
  std::size_t pixels = 0;
  std::uint32_t* faults = nullptr;

  std::size_t launched() const { return batch_frames; }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    auto const slot = p.slots[at.block];
    if (slot.kind != frame_kind::differences) return;
    std::uint64_t count = 0, sum = 0;
    for (std::size_t first = 0; first < p.pieces && p.has(slot, first); first += lanes.size()) {
      auto const piece = first + lanes.rank();
      auto const i = at.block * p.pieces + piece;
      bool const there = piece < p.pieces && p.has(slot, piece);
      std::uint64_t const own_count = there ? p.counts[i] : 0, own_sum = there ? p.sums[i] : 0;
      auto const counts = inclusive_sum(lanes, own_count), sums = inclusive_sum(lanes, own_sum);
      if (there) {
        p.first[i] = count + counts - own_count;
        p.before[i] = sum + sums - own_sum;
      }
      count += lanes.shuffle(counts, lanes.size() - 1);
      sum += lanes.shuffle(sums, lanes.size() - 1);
    }
    if (count < pixels && lanes.rank() == 0) raise(faults[at.block], fault_truncated);
  }
};

/// A lane a piece. Values that the type does not hold, and bytes behind the last value, are faults.
struct write_pieces {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 1;
  byte_offset_pieces p;
  std::size_t pixels = 0;
  std::uint64_t type_bits = 32;        ///< of a value
  bool negative = false;               ///< whether it may be
  std::uint32_t* values = nullptr;     ///< [frame][pixel]
  std::uint32_t* outside = nullptr;    ///< [frame] not 0 after a value that the type does not hold
  std::uint32_t* left_over = nullptr;  ///< [frame] not 0 where bytes follow the last value

  std::size_t launched() const { return (batch_frames * p.pieces + groups * tile - 1) / (groups * tile); }
  std::size_t shared_bytes() const { return 0; }

  template <int phase, lane_group G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    for (auto l = lanes.rank(); l < tile; l += lanes.size()) {
      auto const i = (at.block * groups + at.group) * tile + l;
      if (i >= batch_frames * p.pieces) return;
      auto const slot = p.slots[i / p.pieces];
      if (p.has(slot, i % p.pieces)) write(slot, i);
    }
  }

 private:
  XRDCT_HOST_DEVICE bool holds(std::uint64_t value) const {
    if (!negative) return value >> type_bits == 0;
    auto const sign = std::uint64_t{1} << (type_bits - 1);
    return (value + sign) >> type_bits == 0;
  }
  XRDCT_HOST_DEVICE void write(frame_slot const& slot, std::size_t i) const {
    auto const frame = i / p.pieces, piece = i % p.pieces;
    difference_reader reader(p.bytes + slot.begin, slot.size, piece * payload_piece + p.entries[i]);
    auto pixel = p.first[i], value = p.before[i];
    std::uint64_t difference = 0;
    for (; pixel < pixels && reader.at() < (piece + 1) * payload_piece && reader.next(difference); ++pixel) {
      value += difference;
      values[frame * pixels + pixel] = static_cast<std::uint32_t>(value);
      if (!holds(value)) raise(outside[frame], 1);
      if (pixel + 1 == pixels && reader.at() != slot.size) raise(left_over[frame], 1);
    }
  }
};

}  // namespace xrdct::lanes
