#include "kernels/cpu/field_space.hpp"

#include "kernels/cpu/field_rows.hpp"

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
    combine_row(into.row(block, row), factor, other.row(block, row), other_factor, into.extents[1]);
  });
}

void apply(thread_pool& threads, field& y, pointwise op, field const& x) {
  blocked_field& into = own(y);
  blocked_field const& other = own(x);
  require_like(into, other);
  for_rows(threads, into, [&](std::int64_t block, std::int64_t row) {
    apply_row(into.row(block, row), op, other.row(block, row), into.extents[1]);
  });
}

void scale(thread_pool& threads, field& y, std::span<float const> factors) {
  blocked_field& into = own(y);
  require(factors.size() == static_cast<std::size_t>(into.extents[0] * into.extents[1]), "every entry needs a factor");
  for_rows(threads, into, [&](std::int64_t block, std::int64_t row) {
    scale_row(into.row(block, row), factors.data() + row * into.extents[1], into.extents[1]);
  });
}

void select(thread_pool& threads, field const& from, std::span<std::int64_t const> channels, field& to) {
  blocked_field const& source = own(from);
  blocked_field& into = own(to);
  require(source.extents[0] == into.extents[0] && source.extents[1] == into.extents[1],
          "fields of chosen channels must have one size");
  require(channels.size() == static_cast<std::size_t>(into.extents[2]), "every channel needs a source");
  for (std::int64_t const channel : channels)
    require(channel >= 0 && channel < source.extents[2], "a channel that does not exist");
  for_rows(threads, into, [&](std::int64_t block, std::int64_t row) {
    auto const chosen = channels.subspan(static_cast<std::size_t>(block) * channel_block);
    auto const count = std::min<std::size_t>(channel_block, chosen.size());
    float* const values = into.row(block, row);
    for (std::size_t c = 0; c < count; ++c) {
      float const* const of = source.row(chosen[c] / channel_block, row) + chosen[c] % channel_block;
      for (std::int64_t i = 0; i < into.extents[1]; ++i)
        values[i * channel_block + static_cast<std::int64_t>(c)] = of[i * channel_block];
    }
  });
}

void dot_rows(thread_pool& threads, field const& x, field const& y, std::int64_t first, std::int64_t rows,
              std::span<double> sums) {
  blocked_field const& one = own(x);
  blocked_field const& other = own(y);
  require_like(one, other);
  require_a_value_each(sums.size(), one);
  require(first >= 0 && rows >= 0 && first <= one.extents[0] - rows, "rows that do not exist");
  auto const count = static_cast<std::size_t>(rows);
  std::vector<double> of_rows(static_cast<std::size_t>(one.blocks) * count * channel_block);
  threads.run(static_cast<std::size_t>(one.blocks) * count, [&](std::size_t task, int) {
    auto const block = static_cast<std::int64_t>(task / count);
    auto const row = first + static_cast<std::int64_t>(task % count);
    dot_row(one.row(block, row), other.row(block, row), one.extents[1], of_rows.data() + task * channel_block);
  });
  for (std::size_t channel = 0; channel < sums.size(); ++channel) {
    double sum = 0;
    for (std::size_t row = 0; row < count; ++row)
      sum += of_rows[(channel / channel_block * count + row) * channel_block + channel % channel_block];
    sums[channel] = sum;
  }
}

void ascend_gradient(thread_pool& threads, field const& image, float step, std::span<float const> limits, field& across,
                     field& down) {
  blocked_field const& from = own(image);
  blocked_field& to_right = own(across);
  blocked_field& to_below = own(down);
  require_like(from, to_right);
  require_like(from, to_below);
  require_a_value_each(limits.size(), from);
  auto const all_limits = filled_up(limits, from);
  for_rows(threads, from, [&](std::int64_t block, std::int64_t row) {
    float const* const here = from.row(block, row);
    float const* const below = row + 1 < from.extents[0] ? from.row(block, row + 1) : here;
    ascend_row(here, below, step, all_limits.data() + block * channel_block, to_right.row(block, row),
               to_below.row(block, row), from.extents[1]);
  });
}

void divergence(thread_pool& threads, field const& across, field const& down, field& image) {
  blocked_field const& to_right = own(across);
  blocked_field const& to_below = own(down);
  blocked_field& into = own(image);
  require_like(into, to_right);
  require_like(into, to_below);
  std::vector<float> const none(static_cast<std::size_t>(into.extents[1]) * channel_block);
  for_rows(threads, into, [&](std::int64_t block, std::int64_t row) {
    float const* const above = row > 0 ? to_below.row(block, row - 1) : none.data();
    float const* const here = row + 1 < into.extents[0] ? to_below.row(block, row) : none.data();
    divergence_row(to_right.row(block, row), above, here, into.row(block, row), into.extents[1]);
  });
}

}  // namespace xrdct::cpu
