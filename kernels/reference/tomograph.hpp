#pragma once
/// \file Filtering and back-projection as the formulas have them, in double.

#include "xrdct/kernels/tomograph.hpp"

#include <memory>

namespace xrdct::reference {

/// Throws std::invalid_argument for a geometry without angles, translations or pixels, or with values that are not
/// finite.
std::unique_ptr<tomograph> make_tomograph(scan_geometry const& geometry);

}  // namespace xrdct::reference
