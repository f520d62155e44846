#pragma once
/// \file Rays as lines over rows or columns of an image, those of a rotation side by side.

#include "xrdct/kernels/projector.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace xrdct::cpu {

/// A ray that goes row by row (or column by column): in row k it is at column start + slope·k, and what it takes there
/// counts `scale`.
struct ray_line {
  double start = 0;
  double slope = 0;  ///< between −1 and 1
  double scale = 0;
  std::uint32_t translation = 0;
};

/// Lines of one rotation that all go row by row, or all column by column; sorted by where they are in the middle.
struct ray_bundle {
  std::uint32_t first = 0;  ///< of the lines
  std::uint32_t count = 0;
  std::int32_t rotation = 0;
  std::int32_t hits = 0;  ///< no pixel is met by more of its lines
  double density = 0;     ///< lines a pixel
  bool by_rows = true;
  bool ascending = true;  ///< sorted in every row alike
};

/// All rays of a list that exist and meet the image.
class ray_bundles {
 public:
  /// Lists of lines are made for so few hits that a bundle with more is made into several.
  static constexpr std::int32_t most_hits = 32;

  /// Throws std::invalid_argument for a list that contradicts itself (see ray_list).
  explicit ray_bundles(ray_list const& rays);

  std::span<ray_bundle const> of_rotation(std::int64_t rotation) const {
    auto const r = static_cast<std::size_t>(rotation);
    return {bundles_.data() + first_bundle_[r], first_bundle_[r + 1] - first_bundle_[r]};
  }
  /// Those of a bundle that may be between `low` and `high` in any of the rows `from` to `to`, both included; perhaps
  /// some more.
  std::span<ray_line const> lines_within(ray_bundle const& bundle, double from, double to, double low,
                                         double high) const;

 private:
  void add(std::vector<ray_line>& lines, int rotation, bool by_rows, int size);
  void add_bundle(std::span<ray_line const> lines, int rotation, bool by_rows, int size);

  std::vector<ray_line> lines_;
  std::vector<ray_bundle> bundles_;
  std::vector<std::size_t> first_bundle_;  // of every rotation, and the end
};

}  // namespace xrdct::cpu
