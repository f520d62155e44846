#include "kernels/reference/plain_fields.hpp"

#include <algorithm>
#include <cmath>
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

double quotient(double y, double x) {
  double const ratio = x > 0 ? y / x : 0;
  return std::isfinite(ratio) ? ratio : 0;
}

double result(pointwise op, double y, double x) {
  switch (op) {
    case pointwise::multiply: return y * x;
    case pointwise::divide: return quotient(y, x);
    case pointwise::divide_by: return quotient(x, y);
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

void scale(double_field& y, std::span<float const> factors) {
  require(factors.size() == static_cast<std::size_t>(y.extents[0] * y.extents[1]), "every entry needs a factor");
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    auto const factor = static_cast<double>(factors[i / static_cast<std::size_t>(y.extents[2])]);
    y.values[i] = factor == 0 ? 0 : factor * y.values[i];
  }
}

void select(double_field const& from, std::span<std::int64_t const> channels, double_field& to) {
  require(from.extents[0] == to.extents[0] && from.extents[1] == to.extents[1],
          "fields of chosen channels must have one size");
  require(channels.size() == static_cast<std::size_t>(to.extents[2]), "every channel needs a source");
  for (std::int64_t const source : channels)
    require(source >= 0 && source < from.extents[2], "a channel that does not exist");
  for (std::int64_t r = 0; r < to.extents[0]; ++r)
    for (std::int64_t c = 0; c < to.extents[1]; ++c)
      for (std::int64_t i = 0; i < to.extents[2]; ++i)
        to.at(r, c, i) = from.at(r, c, channels[static_cast<std::size_t>(i)]);
}

void dot_rows(double_field const& x, double_field const& y, std::int64_t first, std::int64_t rows,
              std::span<double> sums) {
  require_like(x, y);
  require_a_value_each(sums.size(), x);
  require(first >= 0 && rows >= 0 && first <= x.extents[0] - rows, "rows that do not exist");
  std::fill(sums.begin(), sums.end(), 0.0);
  auto const row = static_cast<std::size_t>(x.extents[1] * x.extents[2]);
  auto const end = static_cast<std::size_t>(first + rows) * row;
  for (std::size_t i = static_cast<std::size_t>(first) * row; i < end; ++i)
    sums[x.channel_of(i)] += x.values[i] * y.values[i];
}

void ascend_gradient(double_field const& image, float step, std::span<float const> limits, double_field& across,
                     double_field& down) {
  require_like(image, across);
  require_like(image, down);
  require_a_value_each(limits.size(), image);
  auto const [rows, columns, channels] = image.extents;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t i = 0; i < channels; ++i) {
        double& a = across.at(r, c, i);
        double& d = down.at(r, c, i);
        if (c + 1 < columns) a += static_cast<double>(step) * (image.at(r, c + 1, i) - image.at(r, c, i));
        if (r + 1 < rows) d += static_cast<double>(step) * (image.at(r + 1, c, i) - image.at(r, c, i));
        double const length = std::sqrt(a * a + d * d);
        auto const limit = static_cast<double>(limits[static_cast<std::size_t>(i)]);
        if (length <= limit) continue;
        a *= limit / length;
        d *= limit / length;
      }
}

void divergence(double_field const& across, double_field const& down, double_field& image) {
  require_like(across, image);
  require_like(down, image);
  auto const [rows, columns, channels] = image.extents;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t i = 0; i < channels; ++i) {
        double const here = (c + 1 < columns ? across.at(r, c, i) : 0) + (r + 1 < rows ? down.at(r, c, i) : 0);
        double const before = (c > 0 ? across.at(r, c - 1, i) : 0) + (r > 0 ? down.at(r - 1, c, i) : 0);
        image.at(r, c, i) = here - before;
      }
}

}  // namespace xrdct::reference
