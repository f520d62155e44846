#include "apps/rejection_options.hpp"

#include "xrdct/base/error.hpp"

namespace xrdct::app {
namespace {

void forget(job& what, std::string_view option) {
  std::erase_if(what.options, [&](auto const& used) { return used.first == option; });
}

void settle_errors(request& what, given_options const& given) {
  auto& job = what.job;
  if (job.input.variances.empty()) return;
  if (given.contains("error-model") && job.geometry.errors != error_model::poisson)
    throw usage_error("--variance and --error-model both say what errors are: use one of them");
  job.geometry.errors = error_model::image;
  forget(job, "error-model");
}

}  // namespace

void settle_rejection(request& what, given_options const& given) {
  settle_errors(what, given);
  auto const found = given.find("reject");
  std::string const method = found == given.end() ? "none" : found->second[0];
  for (auto const& [option, owner] : {std::pair{"reject-threshold", "sigma-clip"},
                                      {"reject-cycles", "sigma-clip"},
                                      {"reject-quantiles", "trimmed-mean"}}) {
    if (method == owner) continue;
    if (given.contains(option))
      throw usage_error("--" + std::string(option) + " belongs to --reject " + owner + ", not to --reject " + method);
    forget(what.job, option);
  }
  auto& geometry = what.job.geometry;
  if (method == "trimmed-mean") {
    geometry.reject.lower = what.quantiles[0];
    geometry.reject.upper = what.quantiles[1];
  }
  if (method == "sigma-clip" && geometry.errors == error_model::none)
    throw usage_error("--reject sigma-clip judges by errors: use it without --error-model none");
}

}  // namespace xrdct::app
