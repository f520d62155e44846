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
  view(T* first, std::size_t row_count, std::size_t column_count)
      : view(first, row_count, column_count, column_count) {}
  view(T* first, std::size_t row_count, std::size_t column_count, std::size_t row_stride)
      : data(first), rows(row_count), columns(column_count), stride(row_stride) {}

  /// A view of mutable values is also a view of constant ones.
  operator view<T const>() const { return {data, rows, columns, stride}; }

  std::span<T> row(std::size_t i) const { return {data + i * stride, columns}; }
  T& operator()(std::size_t i, std::size_t j) const { return data[i * stride + j]; }
  bool empty() const { return rows == 0 || columns == 0; }
};

}  // namespace xrdct
