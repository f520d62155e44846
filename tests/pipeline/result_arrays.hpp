#pragma once
/// \file Whole arrays of small files.

#include "xrdct/io/arrays.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace xrdct::test {

struct array {
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};

inline array read_array(std::string const& file, std::string const& dataset) {
  array read;
  read.shape = dataset_shape(file, dataset);
  std::uint64_t size = 1;
  for (auto const n : read.shape) size *= n;
  read.values.resize(size);
  std::vector<std::uint64_t> const first(read.shape.size(), 0);
  read_block(file, dataset, first, read.shape, read.values);
  return read;
}

/// Index `index` of the slowest dimension.
inline std::vector<float> part_of(array const& all, std::uint64_t index) {
  auto const size = all.values.size() / all.shape[0];
  auto const at = all.values.begin() + static_cast<std::ptrdiff_t>(index * size);
  return {at, at + static_cast<std::ptrdiff_t>(size)};
}

inline void expect_same_bits(std::vector<float> const& a, std::vector<float> const& b, std::string const& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  ASSERT_FALSE(a.empty()) << what;
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0) << what;
}

}  // namespace xrdct::test
