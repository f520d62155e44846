#include "kernels/cpu/bin_reducer.hpp"

#include <span>

namespace xrdct::cpu {
namespace {

variance_source source_of(error_model errors) {
  return {.none = errors == error_model::none,
          .scatter = errors == error_model::azimuthal,
          .image = errors == error_model::image,
          .floor = errors == error_model::poisson ? 1.0F : 0.0F};
}

}  // namespace

bool needs_whole_bins(error_model errors, rejection const& reject) {
  return errors == error_model::azimuthal || reject.method != rejection_method::none;
}

bin_reducer::bin_reducer(bin_order const& order, error_model errors, rejection const& reject)
    : order_(order),
      store_(order),
      by_quantiles_(reject.method == rejection_method::quantiles),
      quantiles_(source_of(errors), reject.lower, reject.upper),
      clip_(source_of(errors), reject.threshold, reject.method == rejection_method::sigma_clip ? reject.cycles : 0) {}

void bin_reducer::reduce(std::uint32_t lanes_wanted) {
  if (sums_.empty()) {
    rows_ = huge_buffer<float>(order_.entries_of_largest_bin() * simd::lanes);
    sums_.resize(order_.bins() * simd::lanes);
  }
  for (std::size_t i = 0; i < order_.bins(); ++i) {
    bin_values const bin{order_.bin(i), order_.totals(i), rows_.data()};
    store_.get(bin.entries, rows_.data());
    std::span<bin_sums, simd::lanes> const into(sums_.data() + i * simd::lanes, simd::lanes);
    if (by_quantiles_) {
      quantiles_.reduce(bin, lanes_wanted, into);
    } else {
      clip_.reduce(bin, lanes_wanted, into);
    }
  }
}

}  // namespace xrdct::cpu
