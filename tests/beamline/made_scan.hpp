#pragma once
/// \file Scans in the making, as beamlines write them, without a pixel.

#include "tests/io/h5_files.hpp"

#include <random>
#include <string>
#include <vector>

namespace xrdct::test {

/// An HDF5 file to which frames, lists, single values, units and classes are added.
class made_scan {
 public:
  explicit made_scan(fs::path const& path) : path_(path.string()), file_(path) {}

  std::string const& path() const { return path_; }
  made_scan& frames(std::string const& dataset, hsize_t count, hsize_t rows = 30, hsize_t columns = 40);
  made_scan& list(std::string const& dataset, std::vector<double> const& values, std::string const& unit = "");
  made_scan& value(std::string const& dataset, double value, std::string const& unit = "");
  made_scan& text(std::string const& dataset, std::string const& words);
  made_scan& attribute(std::string const& object, std::string const& name, std::string const& words);
  made_scan& link(std::string const& path, std::string const& target) {
    file_.soft_link(path, target);
    return *this;
  }
  h5_file& file() { return file_; }
  /// What was written is there for others to read.
  std::string const& done() {
    file_.close();
    return path_;
  }

 private:
  std::string path_;
  h5_file file_;
};

/// first, first + step, …
std::vector<double> ramp(std::size_t count, double first, double step);
/// Every value `times` times.
std::vector<double> held(std::vector<double> const& values, std::size_t times);
/// The values, again and again.
std::vector<double> repeated(std::vector<double> const& values, std::size_t times);
/// With noise of this size.
std::vector<double> shaken(std::vector<double> values, double noise, std::mt19937& engine);

}  // namespace xrdct::test
