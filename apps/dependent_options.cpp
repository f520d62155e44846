#include "apps/dependent_options.hpp"

#include "xrdct/base/error.hpp"

#include <string>

namespace xrdct::app {
namespace {

/// "" where an option is not given.
std::string value_of(given_options const& given, std::string_view option) {
  auto const found = given.find(option);
  if (found == given.end()) return "";
  return found->second.empty() ? "true" : found->second[0];
}

void require_beside(given_options const& given, std::string_view option, std::string_view owner) {
  auto const value = value_of(given, owner);
  if (!given.contains(option) || (!value.empty() && value != "none" && value != "off")) return;
  throw usage_error("--" + std::string(option) + " belongs to --" + std::string(owner) + ", which " +
                    (value.empty() ? "is not given" : "is " + value));
}

}  // namespace

void check_dependent(given_options const& given) {
  require_beside(given, "despike-threshold", "despike");
  require_beside(given, "polarization-offset", "polarization");
  if (value_of(given, "monitor") == "none") require_beside(given, "monitor-reference", "monitor");
  auto const algorithm = value_of(given, "algorithm");
  if (algorithm.empty() || algorithm == "fbp") return;
  for (char const* option : {"filter", "fill", "pad"})
    if (given.contains(std::string_view(option)))
      throw usage_error("--" + std::string(option) + " belongs to --algorithm fbp, not to " + algorithm);
}

}  // namespace xrdct::app
