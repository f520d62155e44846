#pragma once
/// \file What is done with every vector of channels of a field, whatever its neighbours are.

#include "kernels/lanes/channels.hpp"
#include "kernels/lanes/engine.hpp"
#include "xrdct/kernels/field.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace xrdct::lanes {

/// Calls work(i) for i = 0 … count − 1, in no order.
template <class Work>
struct each_vector {
  static constexpr std::uint32_t groups = 8;
  static constexpr int phases = 1;
  static constexpr std::size_t of_group = 4 * tile;

  Work work;
  std::size_t count;

  std::size_t blocks() const { return (count + groups * of_group - 1) / (groups * of_group); }
  std::size_t shared_bytes() const { return 0; }
  template <int phase, class G>
  XRDCT_HOST_DEVICE void run(G const& lanes, block_place at, std::byte*) const {
    std::size_t const first = (at.block * groups + at.group) * of_group;
    for (std::size_t i = first + lanes.rank(); i < first + of_group && i < count; i += lanes.size()) work(i);
  }
};

template <class Queue, class Work>
void for_each_vector(Queue& queue, std::size_t count, Work const& work) {
  each_vector<Work> const kernel{work, count};
  queue.launch(kernel.blocks(), kernel);
}

/// y ← a·y + b·x; factors of all vectors of an entry.
struct combine_vectors {
  four* y;
  four const* a;
  four const* x;
  four const* b;
  std::uint32_t vectors;

  XRDCT_HOST_DEVICE void operator()(std::size_t i) const {
    std::size_t const v = i % vectors;
    four const own = a[v], other = b[v], from = x[i];
    four into = y[i];
    XRDCT_UNROLL
    for (std::uint32_t c = 0; c < channels_a_lane; ++c) {
      float const kept = own.at[c] == 0 ? 0.0F : own.at[c] * into.at[c];
      into.at[c] = fused(other.at[c], from.at[c], kept);
    }
    y[i] = into;
  }
};

/// y ← op(y, x)
struct apply_to_vectors {
  four* y;
  pointwise op;
  four const* x;

  XRDCT_HOST_DEVICE static float quotient(float above, float below) {
    float const ratio = above / below;
    return below > 0 && fabsf(ratio) < HUGE_VALF ? ratio : 0.0F;
  }
  XRDCT_HOST_DEVICE float result(float own, float other) const {
    switch (op) {
      case pointwise::multiply: return own * other;
      case pointwise::divide: return quotient(own, other);
      case pointwise::divide_by: return quotient(other, own);
      case pointwise::non_negative: break;
    }
    return own > 0 ? own : 0.0F;
  }
  XRDCT_HOST_DEVICE void operator()(std::size_t i) const {
    four into = y[i];
    four const from = op == pointwise::non_negative ? into : x[i];
    XRDCT_UNROLL
    for (std::uint32_t c = 0; c < channels_a_lane; ++c) into.at[c] = result(into.at[c], from.at[c]);
    y[i] = into;
  }
};

/// y ← factor of the entry · y
struct scale_vectors {
  four* y;
  float const* factors;
  std::uint32_t vectors;

  XRDCT_HOST_DEVICE void operator()(std::size_t i) const {
    float const factor = factors[i / vectors];
    four into = y[i];
    XRDCT_UNROLL
    for (std::uint32_t c = 0; c < channels_a_lane; ++c) into.at[c] = factor == 0 ? 0.0F : factor * into.at[c];
    y[i] = into;
  }
};

/// Channel c of an entry ← channel from[c] of the same entry of another field.
struct select_channels {
  float const* source;
  std::size_t source_stride;
  std::uint32_t const* from;
  std::uint32_t channels;
  four* to;
  std::uint32_t vectors;

  XRDCT_HOST_DEVICE void operator()(std::size_t i) const {
    float const* const entry = source + i / vectors * source_stride;
    auto const first = static_cast<std::uint32_t>(i % vectors) * channels_a_lane;
    four into;
    XRDCT_UNROLL
    for (std::uint32_t c = 0; c < channels_a_lane; ++c)
      into.at[c] = first + c < channels ? entry[from[first + c]] : 0.0F;
    to[i] = into;
  }
};

/// Where a vector is in an image.
struct image_place {
  bool in_first_column, in_last_column, in_first_row, in_last_row;

  XRDCT_HOST_DEVICE image_place(std::size_t i, std::uint32_t rows, std::uint32_t columns, std::uint32_t vectors) {
    std::size_t const entry = i / vectors;
    std::size_t const row = entry / columns, column = entry % columns;
    in_first_column = column == 0;
    in_last_column = column + 1 == columns;
    in_first_row = row == 0;
    in_last_row = row + 1 == rows;
  }
};

/// field_space::ascend_gradient(); `limits` of all vectors of an entry.
struct ascend_vectors {
  four const* image;
  float step;
  four const* limits;
  four* across;
  four* down;
  std::uint32_t rows, columns, vectors;

  XRDCT_HOST_DEVICE void operator()(std::size_t i) const {
    image_place const at(i, rows, columns, vectors);
    four const here = image[i];
    four const right = image[at.in_last_column ? i : i + vectors];
    four const below = image[at.in_last_row ? i : i + std::size_t{columns} * vectors];
    four const limit = limits[i % vectors];
    four a = across[i], d = down[i];
    XRDCT_UNROLL
    for (std::uint32_t c = 0; c < channels_a_lane; ++c) {
      float const x = fused(step, right.at[c] - here.at[c], a.at[c]);
      float const y = fused(step, below.at[c] - here.at[c], d.at[c]);
      float const length = sqrtf(fused(x, x, y * y));
      float const factor = length > limit.at[c] ? limit.at[c] / length : 1.0F;
      a.at[c] = x * factor;
      d.at[c] = y * factor;
    }
    across[i] = a;
    down[i] = d;
  }
};

/// field_space::divergence()
struct diverge_vectors {
  four const* across;
  four const* down;
  four* image;
  std::uint32_t rows, columns, vectors;

  XRDCT_HOST_DEVICE void operator()(std::size_t i) const {
    image_place const at(i, rows, columns, vectors);
    std::size_t const row = std::size_t{columns} * vectors;
    four const zero{{0, 0, 0, 0}};
    four const right = at.in_last_column ? zero : across[i], left = at.in_first_column ? zero : across[i - vectors];
    four const below = at.in_last_row ? zero : down[i], above = at.in_first_row ? zero : down[i - row];
    four into;
    XRDCT_UNROLL
    for (std::uint32_t c = 0; c < channels_a_lane; ++c)
      into.at[c] = (right.at[c] + below.at[c]) - (left.at[c] + above.at[c]);
    image[i] = into;
  }
};

}  // namespace xrdct::lanes
