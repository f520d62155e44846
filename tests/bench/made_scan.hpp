#pragma once
/// \file A few made frames on disk, and the job that reads them.

#include "tests/support/shared_data.hpp"
#include "xrdct/bench/options.hpp"
#include "xrdct/pipeline/job.hpp"

#include <vector>

namespace xrdct::test {

/// The last of `damaged` ones is cut short.
class made_scan {
 public:
  made_scan(pixel_type type, std::uint64_t frames, bool bright = false, bool damaged = false);

  /// Without positions, 90 bins.
  job what() const;

 private:
  temporary_folder folder_;
};

/// Largest deviation of `a` from `b`, relative to the largest value of each quantity of a pattern in `b`.
/// Both are [frame][quantity][channel].
double deviation(std::vector<float> const& a, std::vector<float> const& b, std::size_t channels);

}  // namespace xrdct::test
