#pragma once
/// \file Whole arrays of small files.

#include "xrdct/io/arrays.hpp"

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

}  // namespace xrdct::test
