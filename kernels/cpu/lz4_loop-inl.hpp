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

/// Where a match that begins at `out` and ends before `literals` last bytes makes all further planes alike: writes no
/// more of it than the first of them needs, and returns how many planes there are then. 0 where it does not.
/// The literals have been checked to be the last ones.
template <class window>
HWY_INLINE std::size_t end_in_equal_planes(window const& last, lz4_block const& block, std::uint8_t* out,
                                           std::size_t offset, std::uint8_t const* in, std::size_t literals) {
  auto const plane = block.plane_bytes;
  // From the first byte that is repeated, everything has a period of `offset`, and should have one of a plane.
  if (plane % offset != 0 && !all_equal(out - offset, offset)) return 0;
  auto const from = static_cast<std::size_t>(out - block.planes) - offset;
  auto const count = (from + plane - 1) / plane + 1;
  if (count >= block.plane_count || literals > plane) return 0;
  auto* const written = block.planes + count * plane;
  if (written > block.end() - literals) return 0;
  if (written > out) last.repeat(out, written, offset);
  return std::memcmp(written - literals, in, literals) == 0 ? count : 0;
}

template <class window>
HWY_INLINE std::size_t decode_sequences(lz4_block const& block) {
  auto const* in = block.in;
  auto const* const in_end = block.in_end;
  auto* const planes = block.planes;
  auto* out = planes;
  auto* const end = block.end();
  auto* const usual_end = end - 12;
  if (in_end - in < 8) return 0;
  window last;
  for (;;) {
    unsigned const token = *in++;
    std::size_t literals = token >> 4;
    if (HWY_UNLIKELY(literals == 15)) {
      if (!read_length(in, in_end, literals)) return 0;
      if (literals > static_cast<std::size_t>(in_end - in) || static_cast<std::ptrdiff_t>(literals) > end - out)
        return 0;
      last.long_literals(in, literals, out);
    } else {
      last.short_literals(in, literals, out);
    }
    in += literals;
    out += literals;
    if (HWY_UNLIKELY(in > in_end - 8)) return in == in_end && out == end ? block.plane_count : 0;

    std::size_t const offset = in[0] | std::size_t{in[1]} << 8;
    in += 2;
    if (HWY_UNLIKELY(offset - 1 >= static_cast<std::size_t>(out - block.planes))) return 0;
    // Without a branch, as one length in ten needs a further byte, and none can tell which.
    std::size_t length = token & 15;
    std::size_t const longer = length == 15;
    length += 4 + (*in & (0 - longer));
    in += longer;
    if (HWY_UNLIKELY(length > lz4_short_match)) {
      if (length == 4 + 15 + 255 && !read_length(in, in_end - 4, length)) return 0;
      if (end - out < 12 || static_cast<std::ptrdiff_t>(length) > end - out - 5) return 0;
      last.settle();
      auto const rest = static_cast<std::size_t>(end - out) - length;
      if (rest < 15 && *in >> 4 == static_cast<int>(rest) && in + 1 + rest == in_end) {
        auto const count = end_in_equal_planes(last, block, out, offset, in + 1, rest);
        if (count != 0) return count;
      }
      last.long_match(out, length, offset);
    } else {
      if (HWY_UNLIKELY(out + length > usual_end) &&
          (end - out < 12 || static_cast<std::ptrdiff_t>(length) > end - out - 5))
        return 0;
      last.short_match(out, length, offset);
    }
    out += length;
  }
}
