#pragma once
/// \file Frames as a detector would have counted and stored them.

#include "xrdct/simulation/scene.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace xrdct {

/// One frame's counts as little-endian pixels of the scan's type, row by row: Poisson numbers, no larger than the
/// type's maximum less 1; then the markers of dead pixels and gaps (the maximum of an unsigned type; −2 and −1 for
/// i32). Keeps its memory: one a thread.
class frame_maker {
 public:
  explicit frame_maker(scene const& what) : scene_(what) {}
  std::span<std::byte const> make(std::size_t frame);

 private:
  template <class T>
  void store();
  scene const& scene_;
  std::vector<float> means_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::byte> pixels_;
};

/// Frames [first, first + count), compressed by bitshuffle-LZ4, made by this many threads.
std::vector<std::vector<std::byte>> make_chunks(scene const& what, std::size_t first, std::size_t count, int threads);

}  // namespace xrdct
