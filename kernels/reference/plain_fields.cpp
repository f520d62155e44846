#include "kernels/reference/plain_fields.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace xrdct::reference {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void require_same_shape(std::size_t rows, std::size_t columns, double_field const& other) {
  require(rows == static_cast<std::size_t>(other.extents[0] * other.extents[1]) &&
              columns == static_cast<std::size_t>(other.extents[2]),
          "a field and what is copied must have one shape");
}

void require_like(double_field const& one, double_field const& other) {
  require(one.extents == other.extents, "the fields must have one shape");
}

void require_a_value_each(std::size_t values, double_field const& some) {
  require(values == static_cast<std::size_t>(some.extents[2]), "every channel needs a value of its own");
}

/// The number of values of a shape.
std::size_t values_of(std::array<std::int64_t, 3> const& shape) {
  std::size_t product = 1;
  for (std::int64_t const extent : shape) {
    require(extent >= 0, "a field needs a shape that is not negative");
    if (__builtin_mul_overflow(product, static_cast<std::size_t>(extent), &product)) throw std::bad_alloc();
  }
  if (product > std::vector<double>().max_size()) throw std::bad_alloc();
  return product;
}

double result(pointwise op, double y, double x) {
  switch (op) {
    case pointwise::multiply: return y * x;
    case pointwise::divide: return x > 0 ? y / x : 0;
    case pointwise::non_negative: break;
  }
  return std::max(y, 0.0);
}

}  // namespace

double_field::double_field(std::array<std::int64_t, 3> const& shape) : extents(shape), values(values_of(shape)) {}

double_field& own(field& some) {
  auto* const mine = dynamic_cast<double_field*>(&some);
  require(mine != nullptr, "a field of another backend");
  return *mine;
}

double_field const& own(field const& some) { return own(const_cast<field&>(some)); }

void copy(view<float const> from, double_field& to) {
  require_same_shape(from.rows, from.columns, to);
  for (std::size_t i = 0; i < from.rows; ++i)
    for (std::size_t c = 0; c < from.columns; ++c) to.values[i * from.columns + c] = from(i, c);
}

void copy(double_field const& from, view<float> to) {
  require_same_shape(to.rows, to.columns, from);
  for (std::size_t i = 0; i < to.rows; ++i)
    for (std::size_t c = 0; c < to.columns; ++c) to(i, c) = static_cast<float>(from.values[i * to.columns + c]);
}

void combine(double_field& y, std::span<float const> a, double_field const& x, std::span<float const> b) {
  require_like(y, x);
  require_a_value_each(a.size(), y);
  require_a_value_each(b.size(), y);
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    auto const c = y.channel_of(i);
    double const kept = a[c] == 0 ? 0.0 : static_cast<double>(a[c]) * y.values[i];
    y.values[i] = kept + static_cast<double>(b[c]) * x.values[i];
  }
}

void apply(double_field& y, pointwise op, double_field const& x) {
  require_like(y, x);
  for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] = result(op, y.values[i], x.values[i]);
}

void dot(double_field const& x, double_field const& y, std::span<double> sums) {
  require_like(x, y);
  require_a_value_each(sums.size(), x);
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t i = 0; i < x.values.size(); ++i) sums[x.channel_of(i)] += x.values[i] * y.values[i];
}

}  // namespace xrdct::reference
