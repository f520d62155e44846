#pragma once
/// \file Random numbers without a state: a number is a function of where it is needed, so that threads and ranks cannot
/// change it.

#include <array>
#include <cstdint>

namespace xrdct {

/// Four random words for a 128-bit counter and a 64-bit key: Philox4x32-10 of J. Salmon et al., "Parallel random
/// numbers: as easy as 1, 2, 3" (SC 2011).
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const p0 = 0xD2511F53ULL * counter[0];
    std::uint64_t const p1 = 0xCD9E8D57ULL * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// What random numbers are for, so that no two purposes share any.
enum class purpose : std::uint32_t { counts = 1, monitor, dead_pixels, crystals, reflections };

/// The numbers of one seed, purpose and group (a frame, a crystal): as many as wanted, in any order.
class random_source {
 public:
  random_source(std::uint64_t seed, purpose use, std::uint64_t group)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        group_(static_cast<std::uint32_t>(group)),
        use_((static_cast<std::uint32_t>(group >> 32) << 8) | static_cast<std::uint32_t>(use)) {}

  /// Words for the item and its draw.
  std::array<std::uint32_t, 4> words(std::uint32_t item, std::uint32_t draw = 0) const {
    return philox({item, draw, group_, use_}, key_);
  }
  /// Two uniform numbers within (0, 1).
  std::array<double, 2> uniform(std::uint32_t item, std::uint32_t draw = 0) const {
    auto const w = words(item, draw);
    return {unit(w[0], w[1]), unit(w[2], w[3])};
  }
  /// A normal number of mean 0 and variance 1.
  double normal(std::uint32_t item, std::uint32_t draw = 0) const;

 private:
  /// The middle of one of 2⁵² equal parts of (0, 1): never 0 and never 1.
  static double unit(std::uint32_t high, std::uint32_t low) {
    std::uint64_t const bits = (static_cast<std::uint64_t>(high) << 20) ^ (low >> 12);
    return (static_cast<double>(bits) + 0.5) * 0x1p-52;
  }
  std::array<std::uint32_t, 2> key_;
  std::uint32_t group_;
  std::uint32_t use_;
};

}  // namespace xrdct
