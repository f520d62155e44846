#include "tests/beamline/made_scan.hpp"

namespace xrdct::test {

made_scan& made_scan::frames(std::string const& dataset, hsize_t count, hsize_t rows, hsize_t columns) {
  auto const properties = chunked({1, rows, columns});
  file_.dataset(dataset, H5T_STD_U16LE, {count, rows, columns}, properties.id(), {H5S_UNLIMITED, rows, columns});
  return *this;
}

made_scan& made_scan::list(std::string const& dataset, std::vector<double> const& values, std::string const& unit) {
  auto const made = file_.dataset(dataset, H5T_IEEE_F64LE, {values.size()});
  if (!values.empty()) write_all(made.id(), H5T_NATIVE_DOUBLE, values.data());
  if (!unit.empty()) attribute(dataset, "units", unit);
  return *this;
}

made_scan& made_scan::value(std::string const& dataset, double value, std::string const& unit) {
  auto const made = file_.dataset(dataset, H5T_IEEE_F64LE, {});
  write_all(made.id(), H5T_NATIVE_DOUBLE, &value);
  if (!unit.empty()) attribute(dataset, "units", unit);
  return *this;
}

made_scan& made_scan::text(std::string const& dataset, std::string const& words) {
  handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), words.size() + 1);
  write_all(file_.dataset(dataset, type.id(), {}).id(), type.id(), words.c_str());
  return *this;
}

made_scan& made_scan::attribute(std::string const& object, std::string const& name, std::string const& words) {
  handle const opened(H5Oopen(file_.id(), object.c_str(), H5P_DEFAULT), H5Oclose);
  handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), words.size() + 1);
  handle const space(H5Screate(H5S_SCALAR), H5Sclose);
  handle const made(H5Acreate2(opened.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  check(H5Awrite(made.id(), type.id(), words.c_str()), "H5Awrite");
  return *this;
}

std::vector<double> ramp(std::size_t count, double first, double step) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(first + step * static_cast<double>(i));
  return values;
}

std::vector<double> held(std::vector<double> const& values, std::size_t times) {
  std::vector<double> all;
  for (auto const v : values) all.insert(all.end(), times, v);
  return all;
}

std::vector<double> repeated(std::vector<double> const& values, std::size_t times) {
  std::vector<double> all;
  for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), values.begin(), values.end());
  return all;
}

std::vector<double> shaken(std::vector<double> values, double noise, std::mt19937& engine) {
  std::uniform_real_distribution<double> size(-noise, noise);
  for (auto& v : values) v += size(engine);
  return values;
}

}  // namespace xrdct::test
