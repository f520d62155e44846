#pragma once
/// \file The frames of a batch in the memory of a device: what kernels know of them.

#include "kernels/lanes/host_device.hpp"
#include "kernels/lanes/lane_group.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// How the pixels of a frame are found.
enum class frame_kind : std::uint32_t {
  none,         ///< there is no frame
  planes,       ///< bit-shuffled blocks
  lz4_planes,   ///< bit-shuffled blocks of LZ4
  values,       ///< values as they are
  lz4_values,   ///< blocks of LZ4, or as they are where that is no longer
  differences,  ///< byte offset
};

/// Where the bytes of a frame are, without any header. Fixed for all kernels of a batch.
struct frame_slot {
  frame_kind kind = frame_kind::none;
  std::uint32_t block_bytes = 0;  ///< of lz4_values: what each but the last block decodes to
  std::uint64_t begin = 0;        ///< in the bytes of the batch
  std::uint64_t size = 0;
};

/// A frame's values in the memory of the device; absent where the pointer is null.
struct value_source {
  std::uint8_t const* values = nullptr;
  std::uint32_t value_bytes = 0;  ///< from one to the next; not fewer than the type has
};

/// What kernels found wrong with a frame, as bits.
enum frame_fault : std::uint32_t { fault_truncated = 1, fault_corrupt = 2 };

/// Sets bits of a word that lanes of any group may set at the same time.
XRDCT_HOST_DEVICE inline void raise(std::uint32_t& word, std::uint32_t bits) {
#ifdef __CUDA_ARCH__
  atomicOr(&word, bits);
#else
  std::atomic_ref<std::uint32_t>(word).fetch_or(bits, std::memory_order_relaxed);
#endif
}

/// A batch has as many frames as a tile; lanes are frames wherever they can be.
inline constexpr std::uint32_t batch_frames = tile;

/// Values of pixels in the order in which they are summed up: [pixel][frame of the batch], NaN where the pixel is left
/// out of the frame.
struct pixel_rows {
  float* values = nullptr;

  XRDCT_HOST_DEVICE float& at(std::size_t pixel, std::uint32_t frame) const {
    return values[pixel * batch_frames + frame];
  }
};

/// What is counted over the pixels of a frame, in parts that are added up in order: [part][frame].
struct frame_counts {
  double* raw_sum = nullptr;
  std::uint32_t* saturated = nullptr;

  XRDCT_HOST_DEVICE void put(std::uint32_t frame, std::size_t part, double sum, std::uint32_t count) const {
    raw_sum[part * batch_frames + frame] = sum;
    saturated[part * batch_frames + frame] = count;
  }
};

/// Which pixels no frame uses: one byte a pixel.
struct excluded_pixels {
  std::uint8_t const* flags = nullptr;

  XRDCT_HOST_DEVICE bool operator[](std::size_t pixel) const { return flags[pixel] != 0; }
};

}  // namespace xrdct::lanes
