#pragma once
/// \file Which pixels of a bin are outliers (SEMANTICS §5; pyFAI ext/CSR_common.pxi sigma_clip, medfilt).

#include "kernels/reference/bin_sums.hpp"
#include "xrdct/kernels/reduction.hpp"

#include <vector>

namespace xrdct::reference {

/// Those of a bin's pixels that stay, in the order given.
std::vector<contribution> without_outliers(std::vector<contribution> const& pixels, rejection const& how,
                                           error_model errors);

}  // namespace xrdct::reference
