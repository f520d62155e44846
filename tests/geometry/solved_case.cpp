#include "tests/geometry/solved_case.hpp"

#include "tests/support/shared_data.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace xrdct::test {
namespace {

std::vector<float> floats(std::vector<double> const& values) { return {values.begin(), values.end()}; }

std::optional<std::array<double, 2>> range_of(nlohmann::json const& options, char const* key) {
  if (!options.contains(key)) return {};
  return options[key].get<std::array<double, 2>>();
}

template <class T>
std::optional<T> value_of(nlohmann::json const& options, char const* key) {
  if (!options.contains(key) || options[key].is_null()) return {};
  return options[key].get<T>();
}

std::vector<float> norm_of(solved_case const& c, nlohmann::json const& options, std::vector<float> flat) {
  norm_images images;
  if (flat.empty()) flat.assign(c.raw.size(), 1.0F);
  auto const factor = static_cast<float>(options.value("normalization_factor", 1.0));
  for (float& value : flat) value *= factor;
  images.flat = std::move(flat);
  if (auto const factor_of = value_of<double>(options, "polarization_factor"))
    images.polarization = polarization(c.geometry, *factor_of, 0);
  if (options.value("correctSolidAngle", true)) images.solid_angle = solid_angle(c.geometry);
  return pixel_norm(images);
}

bool made_by_dectris(std::string const& detector) {
  return detector.starts_with("Pilatus") || detector.starts_with("Eiger");
}

}  // namespace

std::filesystem::path cases_path() {
  char const* const other = std::getenv("XRDCT_CASES");  // NOLINT(concurrency-mt-unsafe)
  return other != nullptr ? std::filesystem::path(other) : test::shared("reference/pyfai_cases.h5");
}

solved_case read_case(case_file const& file, std::string const& name) {
  auto const options = nlohmann::json::parse(file.attribute(name, "options"));
  solved_case c;
  c.geometry = parse_poni(file.text(name + "/poni"), (file.folder() / name).string());
  auto const [rows, columns] = file.shape(name + "/image");
  fit_shape(c.geometry, rows, columns);
  c.type = file.type(name + "/image");
  c.raw = file.numbers(name + "/image");
  for (double value : file.numbers(name + "/mask")) c.mask.push_back(value != 0);
  c.options.bins = options.at("npt");
  c.options.unit = parse_radial_unit(options.at("unit").get<std::string>());
  c.options.splitting = parse_splitting(options.at("method").get<std::string>());
  c.options.radial_range = range_of(options, "radial_range");
  c.options.azimuth_range = range_of(options, "azimuth_range");
  c.dummy = value_of<double>(options, "dummy");
  c.delta_dummy = options.value("delta_dummy", 0.0);
  c.cake_in_ranges = options.value("cake_ranges", false);
  if (!c.dummy && file.root_attribute("pyFAI").starts_with("20") && made_by_dectris(c.geometry.detector.name)) {
    c.dummy = -2;  // what newer pyFAI takes for dead on these without being told
    c.delta_dummy = 1.5;
  }
  c.error_model = value_of<std::string>(options, "error_model").value_or("none");
  if (file.has(name + "/dark")) c.dark = floats(file.numbers(name + "/dark"));
  c.norm = norm_of(c, options, file.has(name + "/flat") ? floats(file.numbers(name + "/flat")) : std::vector<float>{});
  return c;
}

double median_magnitude(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return 0;
  for (double& value : values) value = std::abs(value);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double compare(std::string const& what, std::vector<double> const& ours, std::vector<double> const& expected,
               std::vector<double> const& count, double tolerance) {
  std::vector<double> filled;
  for (std::size_t i = 0; i < count.size(); ++i)
    if (count[i] > 0) filled.push_back(expected[i]);
  double const median = median_magnitude(filled);
  double worst = 0;
  int wrong = 0;
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (!(count[i] > 0) || !std::isfinite(expected[i])) continue;
    double const off = std::abs(ours[i] - expected[i]) / std::max(std::abs(expected[i]), median);
    if (!(off <= tolerance) && ++wrong <= 5)
      ADD_FAILURE() << what << " of bin " << i << ": " << ours[i] << ", expected " << expected[i] << ", off by " << off;
    worst = std::max(worst, off);
  }
  EXPECT_EQ(wrong, 0) << what << ": bins that differ, of " << count.size();
  return worst;
}

}  // namespace xrdct::test
