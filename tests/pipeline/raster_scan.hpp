#pragma once
/// \file The reference scan, as a job.

#include "tests/support/shared_data.hpp"
#include "xrdct/pipeline/job.hpp"

#include <string>

namespace xrdct::test {

/// The reconstruction of shared data/scans/NAME by its recipe.
inline job reference_job(std::string const& name, std::string const& output) {
  auto const folder = shared("data/scans/" + name);
  job what;
  what.input.files = {(folder / "scan.h5").string()};
  what.input.dataset = "/1.1/measurement/detector";
  what.input.masks = {{(folder / "mask.edf").string(), {}}};
  what.geometry.ponis = {(folder / "geometry.poni").string()};
  what.geometry.integration.bins = 160;
  what.geometry.polarization = 0.99;
  what.geometry.monitor = "/1.1/measurement/fpico6";
  what.geometry.monitor_reference = 1e5;
  what.scan.rotation = "/1.1/measurement/rot";
  what.scan.translation = "/1.1/measurement/dty";
  what.tomogram.axis = 0;
  what.run.progress = progress_mode::off;
  what.run.threads = 2;
  what.output = output;
  return what;
}

}  // namespace xrdct::test
