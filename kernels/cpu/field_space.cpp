#include "kernels/cpu/field_space.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace xrdct::cpu {
namespace {

void require(bool condition, char const* otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

void require_same_shape(std::size_t rows, std::size_t columns, blocked_field const& other) {
  require(rows == static_cast<std::size_t>(other.extents[0] * other.extents[1]) &&
              columns == static_cast<std::size_t>(other.extents[2]),
          "a field and what is copied must have one shape");
}

void require_like(blocked_field const& one, blocked_field const& other) {
  require(one.extents == other.extents, "the fields must have one shape");
}

void require_a_value_each(std::size_t values, blocked_field const& some) {
  require(values == static_cast<std::size_t>(some.extents[2]), "every channel needs a value of its own");
}

/// Calls work(block, row) for all rows of all blocks.
template <class Work>
void for_rows(thread_pool& threads, blocked_field const& some, Work work) {
  auto const rows = static_cast<std::size_t>(some.extents[0]);
  threads.run(static_cast<std::size_t>(some.blocks) * rows, [&](std::size_t task, int) {
    work(static_cast<std::int64_t>(task / rows), static_cast<std::int64_t>(task % rows));
  });
}

/// Calls copy(pixel, first channel, channels, values in the field) for all pixels and blocks of channels.
template <class Field, class Copy>
void copy_rows(thread_pool& threads, Field& blocked, Copy copy) {
  auto const columns = static_cast<std::size_t>(blocked.extents[1]);
  auto const channels = static_cast<std::size_t>(blocked.extents[2]);
  threads.run(static_cast<std::size_t>(blocked.extents[0]), [&](std::size_t row, int) {
    for (std::size_t column = 0; column < columns; ++column) {
      for (std::int64_t block = 0; block < blocked.blocks; ++block) {
        std::size_t const channel = static_cast<std::size_t>(block) * channel_block;
        copy(row * columns + column, channel, std::min<std::size_t>(channel_block, channels - channel),
             blocked.row(block, static_cast<std::int64_t>(row)) + column * channel_block);
      }
    }
  });
}

/// A factor for every channel of every block; 0 for channels that are none.
std::vector<float> filled_up(std::span<float const> factors, blocked_field const& some) {
  std::vector<float> all(factors.begin(), factors.end());
  all.resize(static_cast<std::size_t>(some.blocks) * channel_block, 0.0F);
  return all;
}

float result(pointwise op, float y, float x) {
  switch (op) {
    case pointwise::multiply: return y * x;
    case pointwise::divide: return x > 0 ? y / x : 0.0F;
    case pointwise::non_negative: break;
  }
  return y > 0 ? y : 0.0F;
}

/// Σ x·y over a row, for each channel of a block.
void add_products(float const* x, float const* y, std::int64_t columns, double* sums) {
  for (std::int64_t i = 0; i < columns; ++i, x += channel_block, y += channel_block)
    for (int c = 0; c < channel_block; ++c) sums[c] += static_cast<double>(x[c]) * static_cast<double>(y[c]);
}

}  // namespace

std::unique_ptr<blocked_field> make_field(thread_pool& threads, std::array<std::int64_t, 3> const& shape) {
  auto made = std::make_unique<blocked_field>(shape);
  clear(threads, made->memory);
  return made;
}

void clear(thread_pool& threads, huge_buffer<float>& memory) {
  std::size_t const piece = std::size_t{1} << 18;
  threads.run((memory.size() + piece - 1) / piece, [&](std::size_t task, int) {
    std::size_t const begin = task * piece;
    std::fill_n(memory.data() + begin, std::min(piece, memory.size() - begin), 0.0F);
  });
}

void copy(thread_pool& threads, view<float const> from, field& to) {
  blocked_field& into = own(to);
  require_same_shape(from.rows, from.columns, into);
  copy_rows(threads, into, [&](std::size_t pixel, std::size_t channel, std::size_t channels, float* block) {
    std::memcpy(block, from.data + pixel * from.stride + channel, channels * sizeof(float));
  });
}

void copy(thread_pool& threads, field const& from, view<float> to) {
  blocked_field const& source = own(from);
  require_same_shape(to.rows, to.columns, source);
  copy_rows(threads, source, [&](std::size_t pixel, std::size_t channel, std::size_t channels, float const* block) {
    std::memcpy(to.data + pixel * to.stride + channel, block, channels * sizeof(float));
  });
}

void combine(thread_pool& threads, field& y, std::span<float const> a, field const& x, std::span<float const> b) {
  blocked_field& into = own(y);
  blocked_field const& other = own(x);
  require_like(into, other);
  require_a_value_each(a.size(), into);
  require_a_value_each(b.size(), into);
  auto const own_factors = filled_up(a, into);
  auto const other_factors = filled_up(b, into);
  for_rows(threads, into, [&](std::int64_t block, std::int64_t row) {
    float const* const factor = own_factors.data() + block * channel_block;
    float const* const other_factor = other_factors.data() + block * channel_block;
    float* value = into.row(block, row);
    float const* added = other.row(block, row);
    for (std::int64_t i = 0; i < into.extents[1]; ++i, value += channel_block, added += channel_block) {
      for (int c = 0; c < channel_block; ++c) {
        float const kept = factor[c] == 0 ? 0.0F : factor[c] * value[c];
        value[c] = kept + other_factor[c] * added[c];
      }
    }
  });
}

void apply(thread_pool& threads, field& y, pointwise op, field const& x) {
  blocked_field& into = own(y);
  blocked_field const& other = own(x);
  require_like(into, other);
  for_rows(threads, into, [&](std::int64_t block, std::int64_t row) {
    float* const value = into.row(block, row);
    float const* const operand = other.row(block, row);
    for (std::int64_t i = 0; i < into.extents[1] * channel_block; ++i) value[i] = result(op, value[i], operand[i]);
  });
}

void dot(thread_pool& threads, field const& x, field const& y, std::span<double> sums) {
  blocked_field const& one = own(x);
  blocked_field const& other = own(y);
  require_like(one, other);
  require_a_value_each(sums.size(), one);
  auto const rows = static_cast<std::size_t>(one.extents[0]);
  std::vector<double> of_rows(static_cast<std::size_t>(one.blocks) * rows * channel_block);
  for_rows(threads, one, [&](std::int64_t block, std::int64_t row) {
    auto const at = (static_cast<std::size_t>(block) * rows + static_cast<std::size_t>(row)) * channel_block;
    add_products(one.row(block, row), other.row(block, row), one.extents[1], of_rows.data() + at);
  });
  for (std::size_t channel = 0; channel < sums.size(); ++channel) {
    double sum = 0;
    for (std::size_t row = 0; row < rows; ++row)
      sum += of_rows[(channel / channel_block * rows + row) * channel_block + channel % channel_block];
    sums[channel] = sum;
  }
}

}  // namespace xrdct::cpu
