#pragma once
/// \file What the loops over an LZ4 block have in common, whatever the instruction set.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <hwy/base.h>

namespace xrdct::cpu {

/// A block of LZ4 and where its planes go.
struct lz4_block {
  std::uint8_t const* in;
  std::uint8_t const* in_end;
  std::uint8_t* planes;
  std::size_t plane_bytes;
  std::size_t plane_count;

  std::uint8_t* end() const { return planes + plane_bytes * plane_count; }
};

/// Bytes behind the end of a block that its decoders may read: literals are copied by 128 at first.
inline constexpr std::size_t lz4_block_slack = 128;

/// Read instead of bytes before a match that come from elsewhere: what has just been stored in pieces is not waited
/// for.
alignas(64) inline constexpr std::uint8_t lz4_zeros[192] = {};

/// The same pointer, of which compilers do not know that: what is added to it is added behind this.
HWY_INLINE std::uint8_t const* opaque(std::uint8_t const* at) {
  asm("" : "+r"(at));  // NOLINT(hicpp-no-assembler): nothing
  return at;
}

/// A condition that chooses by bits: compilers make branches of ?:, with which blocks take 1.35 times as long.
class branchless {
 public:
  HWY_INLINE explicit branchless(bool holds) : bits_(0 - static_cast<std::uintptr_t>(holds)) {
    asm("" : "+r"(bits_));  // NOLINT(hicpp-no-assembler): nothing, but what the bits are remains unknown
  }

  /// All, where it holds, or none.
  HWY_INLINE std::uintptr_t bits() const { return bits_; }
  HWY_INLINE std::size_t choose(std::size_t holds, std::size_t does_not) const {
#if defined(__x86_64__)
    // NOLINTNEXTLINE(hicpp-no-assembler): two instructions, where bits take three
    asm("test %1, %1\n\tcmovz %2, %0" : "+r"(holds) : "r"(bits_), "r"(does_not) : "cc");
    return holds;
#else
    return (holds & bits_) | (does_not & ~bits_);
#endif
  }
  HWY_INLINE std::uint8_t const* choose(std::uint8_t const* holds, std::uint8_t const* does_not) const {
    return reinterpret_cast<std::uint8_t const*>(
        choose(reinterpret_cast<std::uintptr_t>(holds), reinterpret_cast<std::uintptr_t>(does_not)));
  }

 private:
  std::uintptr_t bits_;
};

}  // namespace xrdct::cpu
