#include "kernels/cpu/field_rows.hpp"

#include "kernels/cpu/channel_block.hpp"

// The loops keep vectors in arrays, which types of unknown size cannot be; and SSE4 is as old as SSSE3.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/field_rows.cpp"
#include <hwy/foreach_target.h>  // compiles what follows once for every instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using tag = hn::CappedTag<float, 16>;
using floats = hn::Vec<tag>;
using wide_tag = hn::CappedTag<double, 8>;
using doubles = hn::Vec<wide_tag>;

/// Calls work(first value of a vector, its first channel) for all vectors of a row.
template <class Work>
HWY_INLINE void for_vectors(std::int64_t columns, Work work) {
  auto const lanes = static_cast<std::int64_t>(hn::Lanes(tag()));
  for (std::int64_t i = 0; i < columns; ++i)
    for (std::int64_t c = 0; c < channel_block; c += lanes) work(i * channel_block + c, c);
}

HWY_NOINLINE void combine_row(float* y, float const* a, float const* x, float const* b, std::int64_t columns) {
  tag const d;
  for_vectors(columns, [&](std::int64_t at, std::int64_t c) HWY_ATTR {
    auto const factor = hn::LoadU(d, a + c);
    auto const own = hn::Mul(factor, hn::Load(d, y + at));
    auto const kept = hn::IfThenZeroElse(hn::Eq(factor, hn::Zero(d)), own);
    hn::Store(hn::Add(kept, hn::Mul(hn::LoadU(d, b + c), hn::Load(d, x + at))), d, y + at);
  });
}

HWY_INLINE floats quotient(floats y, floats x) {
  tag const d;
  auto const ratio = hn::Div(y, x);
  auto const good = hn::And(hn::Gt(x, hn::Zero(d)), hn::IsFinite(ratio));
  return hn::IfThenElseZero(good, ratio);
}

template <class Op>
HWY_INLINE void apply_to(float* y, float const* x, std::int64_t columns, Op op) {
  tag const d;
  for_vectors(columns, [&](std::int64_t at, std::int64_t)
                           HWY_ATTR { hn::Store(op(hn::Load(d, y + at), hn::Load(d, x + at)), d, y + at); });
}

HWY_NOINLINE void apply_row(float* y, pointwise op, float const* x, std::int64_t columns) {
  switch (op) {
    case pointwise::multiply:
      return apply_to(y, x, columns, [](floats one, floats other) HWY_ATTR { return hn::Mul(one, other); });
    case pointwise::divide:
      return apply_to(y, x, columns, [](floats one, floats other) HWY_ATTR { return quotient(one, other); });
    case pointwise::divide_by:
      return apply_to(y, x, columns, [](floats one, floats other) HWY_ATTR { return quotient(other, one); });
    case pointwise::non_negative: break;
  }
  // Only y is read. What is not above 0 (NaN too) becomes 0.
  apply_to(y, y, columns,
           [](floats one, floats) HWY_ATTR { return hn::IfThenElseZero(hn::Gt(one, hn::Zero(tag())), one); });
}

HWY_NOINLINE void scale_row(float* y, float const* factors, std::int64_t columns) {
  tag const d;
  for_vectors(columns, [&](std::int64_t at, std::int64_t) HWY_ATTR {
    auto const factor = hn::Set(d, factors[at / channel_block]);
    auto const scaled = hn::Mul(factor, hn::Load(d, y + at));
    hn::Store(hn::IfThenZeroElse(hn::Eq(factor, hn::Zero(d)), scaled), d, y + at);
  });
}

HWY_NOINLINE void dot_row(float const* x, float const* y, std::int64_t columns, double* sums) {
  constexpr int vectors = 8;  // sums in registers at a time: all 64 channels with AVX-512
  wide_tag const d;
  hn::Rebind<float, wide_tag> const narrow;
  int const lanes = static_cast<int>(hn::Lanes(d));
  for (int c = 0; c < channel_block; c += vectors * lanes) {
    doubles sum[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sum[v] = hn::Zero(d);
    for (std::int64_t i = 0; i < columns; ++i) {
      std::int64_t const at = i * channel_block + c;
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        auto const one = hn::PromoteTo(d, hn::Load(narrow, x + at + v * lanes));
        auto const other = hn::PromoteTo(d, hn::Load(narrow, y + at + v * lanes));
        sum[v] = hn::MulAdd(one, other, sum[v]);  // products of floats are exact in double, fused or not
      }
    }
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) hn::StoreU(sum[v], d, sums + c + v * lanes);
  }
}

HWY_NOINLINE void ascend_row(float const* here, float const* below, float step, float const* limits, float* across,
                             float* down, std::int64_t columns) {
  tag const d;
  auto const by = hn::Set(d, step);
  for_vectors(columns, [&](std::int64_t at, std::int64_t c) HWY_ATTR {
    auto const value = hn::Load(d, here + at);
    bool const last = at / channel_block + 1 == columns;
    auto const right = hn::Sub(hn::Load(d, last ? here + at : here + at + channel_block), value);
    auto const lower = hn::Sub(hn::Load(d, below + at), value);
    auto const a = hn::Add(hn::Load(d, across + at), hn::Mul(by, right));
    auto const b = hn::Add(hn::Load(d, down + at), hn::Mul(by, lower));
    auto const length = hn::Sqrt(hn::Add(hn::Mul(a, a), hn::Mul(b, b)));
    auto const limit = hn::LoadU(d, limits + c);
    auto const factor = hn::IfThenElse(hn::Gt(length, limit), hn::Div(limit, length), hn::Set(d, 1.0F));
    hn::Store(hn::Mul(a, factor), d, across + at);
    hn::Store(hn::Mul(b, factor), d, down + at);
  });
}

HWY_NOINLINE void divergence_row(float const* across, float const* above, float const* down, float* image,
                                 std::int64_t columns) {
  tag const d;
  for_vectors(columns, [&](std::int64_t at, std::int64_t) HWY_ATTR {
    bool const first = at < channel_block;
    bool const last = at / channel_block + 1 == columns;
    auto const to_right = last ? hn::Zero(d) : hn::Load(d, across + at);
    auto const from_left = first ? hn::Zero(d) : hn::Load(d, across + at - channel_block);
    auto const here = hn::Add(to_right, hn::LoadU(d, down + at));
    hn::Store(hn::Sub(here, hn::Add(from_left, hn::LoadU(d, above + at))), d, image + at);
  });
}

}  // namespace xrdct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu {

HWY_EXPORT(combine_row);
HWY_EXPORT(apply_row);
HWY_EXPORT(scale_row);
HWY_EXPORT(dot_row);
HWY_EXPORT(ascend_row);
HWY_EXPORT(divergence_row);

void combine_row(float* y, float const* a, float const* x, float const* b, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(combine_row)(y, a, x, b, columns);
}
void apply_row(float* y, pointwise op, float const* x, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(apply_row)(y, op, x, columns);
}
void scale_row(float* y, float const* factors, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(scale_row)(y, factors, columns);
}
void dot_row(float const* x, float const* y, std::int64_t columns, double* sums) {
  HWY_DYNAMIC_DISPATCH(dot_row)(x, y, columns, sums);
}
void ascend_row(float const* here, float const* below, float step, float const* limits, float* across, float* down,
                std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(ascend_row)(here, below, step, limits, across, down, columns);
}
void divergence_row(float const* across, float const* above, float const* down, float* image, std::int64_t columns) {
  HWY_DYNAMIC_DISPATCH(divergence_row)(across, above, down, image, columns);
}

}  // namespace xrdct::cpu
#endif
