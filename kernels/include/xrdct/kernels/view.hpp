#pragma once
/// \file Rows of numbers in somebody else's memory.

#include <cstddef>
#include <span>

namespace xrdct {

/// A matrix that is not owned: `rows` rows of `columns` contiguous values, the start of one row `stride` values after
/// that of the row before. Like std::span, it is passed by value, and copying it copies no numbers.
template <class T>
struct view {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t stride = 0;

  view() = default;
  view(T* data, std::size_t rows, std::size_t columns) : view(data, rows, columns, columns) {}
  view(T* data, std::size_t rows, std::size_t columns, std::size_t stride)
      : data(data), rows(rows), columns(columns), stride(stride) {}

  /// A view of mutable values is also a view of constant ones.
  operator view<T const>() const { return {data, rows, columns, stride}; }

  std::span<T> row(std::size_t i) const { return {data + i * stride, columns}; }
  T& operator()(std::size_t i, std::size_t j) const { return data[i * stride + j]; }
  bool empty() const { return rows == 0 || columns == 0; }
};

}  // namespace xrdct
