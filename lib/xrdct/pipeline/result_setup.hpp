#pragma once
/// \file What a result says of the beam, the instrument, the sample and the monitor, as NeXus' base classes have it
/// and, where that is the same, as the application definition NXxrdct.

#include "xrdct/io/result_file.hpp"
#include "xrdct/pipeline/measurement.hpp"
#include "xrdct/pipeline/result_layout.hpp"

#include <string>

namespace xrdct {

/// /entry/instrument, /entry/beam, /entry/sample and /entry/control. Sinogram, patterns and frames are there already,
/// and are linked to.
void write_setup(nexus_file& file, measurement const& m, channel_axis const& channels);

/// The same from an earlier result of this program, as far as it is small; nothing from other files.
void copy_setup(nexus_file& file, std::string const& from);

}  // namespace xrdct
