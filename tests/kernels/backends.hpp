#pragma once
/// \file The backends that one suite of tests runs against.

#include "tests/kernels/plain_reduction.hpp"
#include "tests/kernels/reduction_case.hpp"
#include "xrdct/kernels/device.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace xrdct::test {

/// "reference", "cpu" and a number of threads, or "lanes": what GPUs run, on an engine without one.
std::unique_ptr<device> make_backend(std::string const& name);
std::vector<std::string> backend_names();

/// Reduces all frames of a case in one batch.
pattern_memory reduce(device& by, reduction_case const& given);
pattern_memory reduce(frame_reducer& by, std::vector<frame> const& frames, std::size_t bins);

/// A test for every backend.
class every_backend : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<device> device_ = make_backend(GetParam());
};

}  // namespace xrdct::test

#define XRDCT_FOR_EVERY_BACKEND(suite)                                                   \
  INSTANTIATE_TEST_SUITE_P(on, suite, testing::ValuesIn(::xrdct::test::backend_names()), \
                           [](testing::TestParamInfo<std::string> const& on) { return on.param; })
