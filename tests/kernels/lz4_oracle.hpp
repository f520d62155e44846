#pragma once
/// \file What liblz4 makes of a block of bit planes.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <lz4.h>

namespace xrdct::test {

/// All planes of a block, or that it is not valid.
class lz4_oracle {
 public:
  lz4_oracle(std::span<std::byte const> block, std::size_t plane_bytes, std::size_t plane_count)
      : plane_bytes_(plane_bytes), plane_count_(plane_count), planes_(plane_bytes * plane_count) {
    auto const made =
        LZ4_decompress_safe(reinterpret_cast<char const*>(block.data()), reinterpret_cast<char*>(planes_.data()),
                            static_cast<int>(block.size()), static_cast<int>(planes_.size()));
    valid_ = made >= 0 && static_cast<std::size_t>(made) == planes_.size();
  }

  bool valid() const { return valid_; }

  /// Whether the first `written` planes and the last of them over and over are all planes; none, if it is not valid.
  bool agrees(std::size_t written, std::uint8_t const* planes) const {
    if (!valid_ || written == 0) return !valid_ && written == 0;
    if (written > plane_count_) return false;
    for (std::size_t k = 0; k < plane_count_; ++k) {
      auto const* const found = planes + (k < written ? k : written - 1) * plane_bytes_;
      if (std::memcmp(found, planes_.data() + k * plane_bytes_, plane_bytes_) != 0) return false;
    }
    return true;
  }

 private:
  std::size_t plane_bytes_, plane_count_;
  std::vector<std::uint8_t> planes_;
  bool valid_ = false;
};

}  // namespace xrdct::test
