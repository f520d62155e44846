#include "kernels/cpu/blocked_field.hpp"

#include <initializer_list>
#include <limits>
#include <new>
#include <stdexcept>

namespace xrdct::cpu {
namespace {

std::array<std::int64_t, 3> const& checked(std::array<std::int64_t, 3> const& shape) {
  for (std::int64_t const extent : shape) {
    if (extent < 0) throw std::invalid_argument("a field needs a shape that is not negative");
    if (extent > std::numeric_limits<std::int64_t>::max() / 2) throw std::bad_alloc();
  }
  return shape;
}

/// The product of factors that are not negative. Throws std::bad_alloc where memory cannot hold so many floats.
std::size_t values_of(std::initializer_list<std::int64_t> factors) {
  std::size_t product = sizeof(float);
  for (std::int64_t const factor : factors) {
    if (__builtin_mul_overflow(product, static_cast<std::size_t>(factor), &product)) throw std::bad_alloc();
  }
  if (product > static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max())) throw std::bad_alloc();
  return product / sizeof(float);
}

}  // namespace

blocked_field::blocked_field(std::array<std::int64_t, 3> const& shape)
    : extents(checked(shape)),
      blocks((shape[2] + channel_block - 1) / channel_block),
      row_stride(values_of({shape[1] + padding_rows, channel_block})),
      block_stride(values_of({shape[0], shape[1] + padding_rows, channel_block})),
      memory(values_of({blocks, shape[0], shape[1] + padding_rows, channel_block})) {}

blocked_field& own(field& some) {
  auto* const mine = dynamic_cast<blocked_field*>(&some);
  if (mine == nullptr) throw std::invalid_argument("a field of another backend");
  return *mine;
}

blocked_field const& own(field const& some) { return own(const_cast<field&>(some)); }

}  // namespace xrdct::cpu
