#pragma once
/// \file Filtering and back-projection with channels in SIMD lanes and tiles that fit the caches.

#include "kernels/cpu/thread_pool.hpp"
#include "xrdct/kernels/tomograph.hpp"

#include <memory>

namespace xrdct::cpu {

/// `threads` must outlive the tomograph. Throws std::invalid_argument for a geometry without angles, translations or
/// pixels, with values that are not finite, or of more than 2²⁴ translations.
///
/// Every channel is computed by the same operations in the same order, whatever the number of channels, the rows asked
/// for, and the number of threads: sums over translations by ascending distance parity and index, sums over angles
/// in fixed blocks.
std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry, thread_pool& threads);

}  // namespace xrdct::cpu
