#include "kernels/cpu/simd_rows.hpp"

#include <cstring>
#include <limits>

#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Compiles the part up to HWY_ONCE once for every instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/simd_rows.cpp"
#include <hwy/foreach_target.h>
// (the order matters)
#include "kernels/cpu/simd_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace xrdct::cpu::simd {
namespace HWY_NAMESPACE {

constexpr std::uint8_t is_wide = 255;  // as the last byte of a row

HWY_INLINE bool are_counts(std::uint8_t const* row) {
  bool all = true;
  for (std::size_t lane = 0; lane < lanes; ++lane) all = all && row[lane] != is_wide;
  return all;
}

// A row to bytes; false if it does not fit.
HWY_INLINE bool narrow_row(std::uint8_t const* row, std::uint8_t* to) {
  std::memcpy(to, row, lanes);
#if HWY_TARGET != HWY_SCALAR
  hn::FixedTag<std::uint8_t, lanes> const d;
  return hn::AllFalse(d, hn::Eq(hn::LoadU(d, row), hn::Set(d, is_wide)));
#else
  return are_counts(row);
#endif
}

HWY_INLINE bool narrow_row(std::uint16_t const* row, std::uint8_t* to) {
  hn::CappedTag<std::int16_t, lanes> const d;
  hn::RebindToUnsigned<decltype(d)> const u;
  constexpr std::size_t halves = hn::MaxLanes(d);
  bool fits = true;
  for (std::size_t lane = 0; lane < lanes; lane += halves) {
    auto const v = hn::LoadU(u, row + lane);
    hn::StoreU(hn::DemoteTo(hn::Rebind<std::uint8_t, decltype(d)>(), hn::BitCast(d, v)),
               hn::Rebind<std::uint8_t, decltype(d)>(), to + lane);
    auto const most = hn::Set(u, is_wide - 1);
    fits = fits && hn::AllTrue(u, hn::Eq(hn::Min(v, most), v));
  }
  return fits;
}

// 0 goes with either sign.
HWY_INLINE bool narrow_row(float const* row, std::uint8_t* to) {
  df const d;
  bool fits = true;
  for (std::size_t lane = 0; lane < lanes; lane += floats) {
    auto const v = hn::LoadU(d, row + lane);
    auto const within = hn::And(hn::Ge(v, hn::Zero(d)), hn::Lt(v, hn::Set(d, is_wide)));
    auto const count = hn::ConvertTo(di(), hn::IfThenElseZero(within, v));
    hn::StoreU(hn::DemoteTo(db(), count), db(), to + lane);
    fits = fits && hn::AllTrue(d, hn::And(within, hn::Eq(hn::ConvertTo(d, count), v)));
  }
  return fits;
}

template <class T>
HWY_INLINE void widen_row(T const* row, float* to) {
  for (std::size_t lane = 0; lane < lanes; ++lane) to[lane] = static_cast<float>(row[lane]);
}

// Where rows go is known long before, and only the program knows it.
constexpr std::size_t runs_ahead = 8;
HWY_INLINE void prefetch_run(row_run const& run, std::uint8_t const* narrow) {
  auto const* const begin = narrow + std::size_t{run.row} * lanes;
  for (std::size_t i = 0; i < run.pixels * lanes; i += 64) __builtin_prefetch(begin + i, 1);
}

template <class T>
HWY_INLINE std::size_t store(T const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                             std::size_t wide_used) {
  auto const* pixel = slice.pixels;
  for (std::size_t i = 0; i < slice.runs.size(); ++i) {
    auto const& run = slice.runs[i];
    auto* to = narrow + std::size_t{run.row} * lanes;
    if (i + runs_ahead < slice.runs.size()) prefetch_run(slice.runs[i + runs_ahead], narrow);
    for (auto const* const end = pixel + run.pixels; pixel != end; ++pixel, to += lanes) {
      auto const* const row = rows + std::size_t{*pixel} * lanes;
      if (HWY_LIKELY(narrow_row(row, to))) continue;
      widen_row(row, wide + wide_used * lanes);
      auto const number = static_cast<std::uint32_t>(wide_used++);
      std::memcpy(to, &number, sizeof number);
      to[lanes - 1] = is_wide;
    }
  }
  return wide_used;
}

std::size_t store_bytes(std::uint8_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                        std::size_t wide_used) {
  return store(rows, slice, narrow, wide, wide_used);
}
std::size_t store_halves(std::uint16_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                         std::size_t wide_used) {
  return store(rows, slice, narrow, wide, wide_used);
}
std::size_t store_floats(float const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                         std::size_t wide_used) {
  return store(rows, slice, narrow, wide, wide_used);
}

HWY_INLINE void load_row(std::uint8_t const* narrow, float const* wide, float* to) {
  df const d;
  if (HWY_UNLIKELY(narrow[lanes - 1] == is_wide)) {
    std::uint32_t number;
    std::memcpy(&number, narrow, sizeof number);
    std::memcpy(to, wide + std::size_t{number} * lanes, lanes * sizeof(float));
    return;
  }
  for (std::size_t lane = 0; lane < lanes; lane += floats)
    hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(di(), hn::LoadU(db(), narrow + lane))), d, to + lane);
}

// Wide rows lie anywhere: they are asked for some rows ahead.
constexpr std::size_t rows_ahead = 24;
HWY_INLINE void prefetch_wide(std::uint8_t const* narrow, float const* wide) {
  std::uint32_t number;
  std::memcpy(&number, narrow, sizeof number);
  __builtin_prefetch(wide + (narrow[lanes - 1] == is_wide ? number : 0) * lanes);
}

void load_bin(std::uint8_t const* narrow, float const* wide, bin_entries const& bin, float* rows) {
  if (bin.row == nullptr) {
    auto const* from = narrow + std::size_t{bin.first_row} * lanes;
    for (std::size_t e = 0; e < bin.size; ++e) {
      prefetch_wide(from + (e + rows_ahead) * lanes, wide);
      load_row(from + e * lanes, wide, rows + e * lanes);
    }
  } else {
    for (std::size_t e = 0; e < bin.size; ++e) {
      auto const ahead = bin.row[HWY_MIN(e + rows_ahead, bin.size - 1)];
      prefetch_wide(narrow + std::size_t{ahead} * lanes, wide);
      load_row(narrow + std::size_t{bin.row[e]} * lanes, wide, rows + e * lanes);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xrdct::cpu::simd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xrdct::cpu::simd {

HWY_EXPORT(store_bytes);
HWY_EXPORT(store_halves);
HWY_EXPORT(store_floats);
HWY_EXPORT(load_bin);

std::size_t store_rows(std::uint8_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used) {
  return HWY_DYNAMIC_DISPATCH(store_bytes)(rows, slice, narrow, wide, wide_used);
}
std::size_t store_rows(std::uint16_t const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used) {
  return HWY_DYNAMIC_DISPATCH(store_halves)(rows, slice, narrow, wide, wide_used);
}
std::size_t store_rows(float const* rows, sorted_slice const& slice, std::uint8_t* narrow, float* wide,
                       std::size_t wide_used) {
  return HWY_DYNAMIC_DISPATCH(store_floats)(rows, slice, narrow, wide, wide_used);
}
void load_rows(std::uint8_t const* narrow, float const* wide, bin_entries const& bin, float* rows) {
  HWY_DYNAMIC_DISPATCH(load_bin)(narrow, wide, bin, rows);
}

}  // namespace xrdct::cpu::simd
#endif  // HWY_ONCE
