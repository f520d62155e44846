/// \file The loop over the sequences of an LZ4 block (a token, literals, a match: that is the format). Included inside
/// the namespace and the target attributes of each instruction set, behind lz4_loop.hpp.
///
/// It decodes blocks that keep to the format's rules, and knows no other: where anything is unusual it gives up, and
/// liblz4 judges. So its own rules must only be as strict as liblz4's, never laxer; liblz4 1.9.4 accepts
///   - literals, if a match follows: up to 12 bytes before the end of the output and 8 before that of the input;
///   - literals that end at the end of the input, and of the output;
///   - matches at offsets from 1 to what has been decoded, with lengths that end 4 bytes before the end of the input
///     and lead up to 5 bytes before the end of the output.

/// A length of which all bytes of 255 and the next are part. False where that lies at `limit` or behind.
HWY_INLINE bool read_length(std::uint8_t const*& in, std::uint8_t const* limit, std::size_t& length) {
  std::uint8_t more;
  do {
    if (in >= limit) return false;
    more = *in++;
    length += more;
  } while (more == 255);
  return true;
}

HWY_INLINE bool all_equal(std::uint8_t const* bytes, std::size_t count) {
  return std::memcmp(bytes, bytes + 1, count - 1) == 0;
}

/// Decodes the sequences of a block. `window` says how literals and matches are copied: short ones, up to 15 literals
/// and matches of `short_match_bytes`, in one step without a branch. Matches come `from` as many bytes before `out` as
/// their offset is.
///
/// One block at a time: two whose sequences come by turns, so that one goes on while the other waits, take 5 % longer
/// (AVX2), as there are not enough registers for both.
template <class window>
class sequence_decoder {
 public:
  HWY_INLINE explicit sequence_decoder(lz4_block const& block)
      : planes_(block.planes),
        plane_bytes_(block.plane_bytes),
        plane_count_(block.plane_count),
        in_(block.in),
        in_end_(block.in_end),
        out_(block.planes),
        out_end_(block.end()),
        usual_end_(out_end_ - 12) {}

  /// How many planes have been written; 0 where the block is not a regular one.
  HWY_INLINE std::size_t run() {
    if (in_end_ - in_ < 8) return 0;
    for (;;) {
      unsigned const token = *in_++;
      std::size_t literals = token / 16;
      if (HWY_LIKELY(literals < 15)) {
        last_.short_literals(in_, literals, out_);
      } else if (!copy_long_literals(literals)) {
        return 0;
      }
      in_ += literals;
      out_ += literals;
      if (HWY_UNLIKELY(in_ > in_end_ - 8)) return in_ == in_end_ && out_ == out_end_ ? plane_count_ : 0;

      std::size_t const offset = in_[0] | std::size_t{in_[1]} << 8;
      in_ += 2;
      auto const* const from = opaque(out_ - offset);
      if (HWY_UNLIKELY(offset == 0) || HWY_UNLIKELY(from < planes_)) return 0;
      // Without a branch, as one length in ten needs a further byte, and nothing foretells which.
      std::size_t length = token % 16;
      branchless const complete(length < 15);
      length += 4 + (*in_ & ~complete.bits());
      // What is known last is added last: everything waits for the next token's place.
      in_ = opaque(in_ + 1) + static_cast<std::ptrdiff_t>(complete.bits());
      if (HWY_LIKELY(length <= window::short_match_bytes)) {
        if (HWY_UNLIKELY(out_ + length > usual_end_) && (room() < 12 || !leaves_last_literals(length))) return 0;
        last_.short_match(out_, from, length, offset);
      } else {
        if (length == 4 + 15 + 255 && !read_length(in_, in_end_ - 4, length)) return 0;
        if (!leaves_last_literals(length)) return 0;
        auto const count = planes_if_all_others_equal(offset, length);
        if (count != 0) return count;
        last_.long_match(out_, from, length, offset);
      }
      out_ += length;
    }
  }

 private:
  HWY_INLINE std::ptrdiff_t room() const { return out_end_ - out_; }
  HWY_INLINE bool leaves_last_literals(std::size_t length) const {
    return static_cast<std::ptrdiff_t>(length) <= room() - 5;
  }

  /// 15 and more, the rest of whose number comes first.
  HWY_INLINE bool copy_long_literals(std::size_t& literals) {
    if (!read_length(in_, in_end_, literals)) return false;
    if (literals > static_cast<std::size_t>(in_end_ - in_)) return false;
    if (static_cast<std::ptrdiff_t>(literals) > room()) return false;
    last_.long_literals(in_, literals, out_);
    return true;
  }

  /// If only the last literals follow this match, and all planes from some on are equal: writes no more of the match
  /// than the first of them needs, and returns how many planes there are then. 0 where it is not so.
  HWY_INLINE std::size_t planes_if_all_others_equal(std::size_t offset, std::size_t length) const {
    auto const literals = static_cast<std::size_t>(room()) - length;
    if (literals >= 15 || *in_ / 16U != literals || in_ + 1 + literals != in_end_ || literals > plane_bytes_) return 0;
    // From the first byte that is repeated, everything has a period of `offset`. Has it one of a plane?
    if (plane_bytes_ % offset != 0 && !all_equal(out_ - offset, offset)) return 0;
    auto const from = static_cast<std::size_t>(out_ - planes_) - offset;
    auto const count = (from + plane_bytes_ - 1) / plane_bytes_ + 1;
    if (count >= plane_count_) return 0;
    auto* const written = planes_ + count * plane_bytes_;
    if (written > out_ + length) return 0;
    if (written > out_) last_.repeat(out_, out_ - offset, written, offset);
    return std::memcmp(written - literals, in_ + 1, literals) == 0 ? count : 0;
  }

  std::uint8_t* planes_;
  std::size_t plane_bytes_, plane_count_;
  std::uint8_t const *in_, *in_end_;
  std::uint8_t *out_, *out_end_;
  std::uint8_t* usual_end_;  // matches that end before it leave room for all that must follow
  window last_;
};
