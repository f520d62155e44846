#pragma once
/// \file A group of lanes decodes a block of LZ4.

#include "kernels/lanes/lane_group.hpp"

#include <cstdint>

namespace xrdct::lanes {

/// A block of LZ4, and the room for what it holds: exactly so many planes of so many bytes (one plane, where bytes are
/// all that it is).
struct lz4_job {
  std::uint8_t const* in = nullptr;
  std::uint64_t in_size = 0;
  std::uint8_t* out = nullptr;
  std::uint64_t plane_bytes = 0;
  std::uint32_t planes = 1;

  XRDCT_HOST_DEVICE std::uint64_t out_size() const { return plane_bytes * planes; }
};

/// The loop over sequences: a token, literals, a match. All lanes go through it alike, as all read the same bytes, and
/// share what is copied. A block decodes exactly where liblz4 1.9.4 decodes it, to the same bytes; its rules:
///   - literals, if a match follows: up to 12 bytes before the end of the output and 8 before that of the input;
///   - literals that end at the end of the input, and of the output;
///   - matches at offsets up to what has been decoded, with lengths that end 4 bytes before the end of the input and
///     lead up to 5 bytes before the end of the output. An offset of 0, which is no offset, makes zeros.
template <lane_group G>
class lz4_decoder {
 public:
  XRDCT_HOST_DEVICE lz4_decoder(G const& lanes, lz4_job const& job) : lanes_(lanes), job_(job), size_(job.out_size()) {}

  /// How many planes were written, counted from the first: all behind equal the last of them, and are not written. 0
  /// where the block is not valid or makes another length. The group sees what it wrote.
  XRDCT_HOST_DEVICE std::uint32_t run() {
    while (in_ < job_.in_size) {
      std::uint32_t const token = job_.in[in_++];
      std::uint64_t literals = token >> 4;
      if (literals == 15 && !read_length(literals, job_.in_size)) return 0;
      if (literals > job_.in_size - in_ || literals > room()) return 0;
      copy_literals(literals);
      if (in_ + 8 > job_.in_size) return in_ == job_.in_size && room() == 0 ? job_.planes : 0;

      std::uint64_t const offset = job_.in[in_] | std::uint64_t{job_.in[in_ + 1]} << 8;
      in_ += 2;
      if (offset > out_) return 0;
      std::uint64_t length = (token & 15) + 4;
      if (length == 19 && !read_length(length, job_.in_size - 4)) return 0;
      if (room() < 12 || length > room() - 5) return 0;
      if (offset == 0) {
        clear(length);
      } else {
        auto const written = planes_if_all_others_equal(offset, length);
        if (written != 0) return written;
        repeat(offset, length);
      }
      out_ += length;
    }
    return 0;
  }

 private:
  XRDCT_HOST_DEVICE std::uint64_t room() const { return size_ - out_; }

  XRDCT_HOST_DEVICE bool read_length(std::uint64_t& length, std::uint64_t limit) {
    std::uint32_t more = 255;
    while (more == 255) {
      if (in_ >= limit) return false;
      more = job_.in[in_++];
      length += more;
    }
    return true;
  }

  XRDCT_HOST_DEVICE void copy_literals(std::uint64_t count) {
    for (std::uint64_t i = lanes_.rank(); i < count; i += lanes_.size()) job_.out[out_ + i] = job_.in[in_ + i];
    in_ += count;
    out_ += count;
    lanes_.sync();
  }

  XRDCT_HOST_DEVICE void clear(std::uint64_t length) {
    for (std::uint64_t i = lanes_.rank(); i < length; i += lanes_.size()) job_.out[out_ + i] = 0;
    lanes_.sync();
  }

  /// Writes the match. It may reach into itself: then it repeats its first `offset` bytes, which are there.
  XRDCT_HOST_DEVICE void repeat(std::uint64_t offset, std::uint64_t length) {
    auto const* const from = job_.out + (out_ - offset);
    auto* const to = job_.out + out_;
    if (offset >= length) {
      for (std::uint64_t i = lanes_.rank(); i < length; i += lanes_.size()) to[i] = from[i];
    } else {
      // 32 bits: a division by a number of 64 takes several times as long.
      auto const period = static_cast<std::uint32_t>(offset);
      auto const step = lanes_.size() % period;
      auto k = lanes_.rank() % period;
      for (std::uint64_t i = lanes_.rank(); i < length; i += lanes_.size()) {
        to[i] = from[k];
        k += step;
        if (k >= period) k -= period;
      }
    }
    lanes_.sync();
  }

  /// If only the last literals follow this match, and all planes from some on are equal: writes no more of the match
  /// than the first of them needs, and returns how many planes there are then. Counting frames end so: their upper
  /// planes are zero, or the mask's.
  XRDCT_HOST_DEVICE std::uint32_t planes_if_all_others_equal(std::uint64_t offset, std::uint64_t length) {
    auto const literals = room() - length;
    if (literals >= 15 || literals > job_.plane_bytes || (job_.in[in_] >> 4) != literals) return 0;
    if (in_ + 1 + literals != job_.in_size) return 0;
    // From the first byte that is repeated, everything has a period of `offset`. Has it one of a plane?
    if (job_.plane_bytes % offset != 0 && !last_are_equal(offset)) return 0;
    auto const count = (out_ - offset + job_.plane_bytes - 1) / job_.plane_bytes + 1;
    if (count >= job_.planes) return 0;
    auto const end = count * job_.plane_bytes;
    if (end > out_ + length) return 0;
    if (end > out_) repeat(offset, end - out_);
    bool equal = true;
    for (std::uint64_t i = lanes_.rank(); i < literals; i += lanes_.size())
      equal = equal && job_.out[end - literals + i] == job_.in[in_ + 1 + i];
    bool const all_equal = all(lanes_, equal);
    lanes_.sync();  // a vote orders no memory, and these bytes are written once more if it is lost
    return all_equal ? static_cast<std::uint32_t>(count) : 0;
  }

  /// So many bytes that were decoded last.
  XRDCT_HOST_DEVICE bool last_are_equal(std::uint64_t count) const {
    auto const* const from = job_.out + (out_ - count);
    bool equal = true;
    for (std::uint64_t i = lanes_.rank(); i < count; i += lanes_.size()) equal = equal && from[i] == from[0];
    return all(lanes_, equal);
  }

  G const& lanes_;
  lz4_job job_;
  std::uint64_t size_;
  std::uint64_t in_ = 0, out_ = 0;
};

}  // namespace xrdct::lanes
