#pragma once
/// \file Scans of all kinds, as lists of rays.

#include "xrdct/kernels/projector.hpp"

#include <cstddef>
#include <ostream>
#include <random>
#include <vector>

namespace xrdct::test {

/// How angles and positions of a scan come about.
enum class scan_kind {
  regular,     ///< angles over 180°, positions a step apart
  cardinal,    ///< multiples of 45°, positions on pixels and on their borders
  continuous,  ///< the angle moves while the sample does, there and back
  jittered,    ///< regular, but every ray is a little beside its place
  repeated,    ///< positions come two and three times, others are left out
  fine,        ///< several rays a pixel
  coarse,      ///< several pixels a ray
  piled,       ///< all rays of a rotation through nearly one place
  wild,        ///< rays anywhere
};

struct ray_case {
  char const* name;
  scan_kind kind;
  int rotations;
  int translations;
  int size;
  double centre;
  std::size_t channels;
  double missing = 0;  ///< the share of rays with weight 0; others have weights at random if this is above 0
};

inline void PrintTo(ray_case const& one, std::ostream* out) { *out << one.name; }

inline constexpr ray_case ray_cases[] = {
    {"odd", scan_kind::regular, 33, 17, 17, 8, 7},
    {"even", scan_kind::regular, 40, 18, 18, 8.5, 64, 0.1},
    {"cardinal_odd", scan_kind::cardinal, 25, 13, 13, 6, 3},
    {"cardinal_even", scan_kind::cardinal, 24, 14, 14, 6.5, 65, 0.2},
    {"continuous", scan_kind::continuous, 36, 40, 41, 20, 5},
    {"jittered", scan_kind::jittered, 35, 37, 38, 18.5, 67, 0.1},
    {"repeated", scan_kind::repeated, 20, 30, 29, 14.2, 2, 0.3},
    {"fine", scan_kind::fine, 18, 96, 20, 9.5, 4},
    {"coarse", scan_kind::coarse, 18, 9, 50, 24.5, 4},
    {"piled", scan_kind::piled, 40, 100, 19, 9.2, 3, 0.1},
    {"wild", scan_kind::wild, 19, 31, 33, 15.7, 66, 0.5},
    {"one_channel", scan_kind::regular, 50, 20, 20, 10, 1},
    {"several_tiles", scan_kind::regular, 50, 70, 70, 34.5, 3},
    {"several_tiles_wild", scan_kind::wild, 40, 90, 75, 37, 3, 0.1},
    {"field_of_view_larger", scan_kind::regular, 5, 11, 33, 16.2, 130},
    {"centre_outside", scan_kind::jittered, 16, 21, 9, 20.5, 2},
    {"one_pixel", scan_kind::regular, 17, 5, 1, 0, 3},
    {"two_pixels", scan_kind::cardinal, 17, 3, 2, 0.5, 3},
    {"one_ray", scan_kind::wild, 1, 1, 12, 5.5, 3},
    {"one_translation", scan_kind::wild, 23, 1, 12, 5.5, 66},
    {"all_missing", scan_kind::regular, 4, 5, 6, 2.5, 2, 1},
};

ray_list make_rays(ray_case const& of, std::mt19937_64& random);

}  // namespace xrdct::test
